// printf to a descriptor. What is printed collects in a small buffer on the stack (a program has one page of it) and is
// written when that is full and at the end.
#include <stdarg.h>

#include "user/xv6/user.h"

struct sink {
    int fd, used;
    char bytes[128];
};

static void flush(struct sink* sink)
{
    if (sink->used > 0) write(sink->fd, sink->bytes, sink->used);
    sink->used = 0;
}

static void put(struct sink* sink, char byte)
{
    if (sink->used == (int)sizeof(sink->bytes)) flush(sink);
    sink->bytes[sink->used++] = byte;
}

static void put_text(struct sink* sink, const char* text)
{
    for (text = text ? text : "(null)"; *text; text++)
        put(sink, *text);
}

static void put_number(struct sink* sink, uint value, uint base)
{
    char digits[10];  // of 2^32 in base 10; in base 16 there are fewer
    int count = 0;
    do {
        digits[count++] = "0123456789ABCDEF"[value % base];
        value /= base;
    } while (value > 0);
    while (count > 0)
        put(sink, digits[--count]);
}

static void put_signed(struct sink* sink, int value)
{
    if (value < 0) put(sink, '-');
    put_number(sink, value < 0 ? 0 - (uint)value : (uint)value, 10);
}

static void put_argument(struct sink* sink, char kind, va_list* arguments)
{
    switch (kind) {
    case 'd':
        put_signed(sink, va_arg(*arguments, int));
        break;
    case 'u':
        put_number(sink, va_arg(*arguments, uint), 10);
        break;
    case 'x':
    case 'p':
        put_number(sink, va_arg(*arguments, uint), 16);
        break;
    case 's':
        put_text(sink, va_arg(*arguments, const char*));
        break;
    case 'c':
        put(sink, (char)va_arg(*arguments, int));
        break;
    case '%':
        put(sink, '%');
        break;
    default:  // shown as it stands, so that one sees it
        put(sink, '%');
        put(sink, kind);
    }
}

void printf(int fd, const char* format, ...)
{
    struct sink sink;
    sink.fd = fd;
    sink.used = 0;
    va_list arguments;
    va_start(arguments, format);
    for (; *format; format++) {
        if (*format != '%')
            put(&sink, *format);
        else if (*++format)
            put_argument(&sink, *format, &arguments);
        else
            break;
    }
    va_end(arguments);
    flush(&sink);
}
