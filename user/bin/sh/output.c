// Buffered output of builtins (see output.h).
#include "output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char pending[1024];
static size_t pending_length;
static int first_error;

static int write_all(int fd, const char* bytes, size_t length)
{
    while (length > 0) {
        const ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        bytes += written;
        length -= (size_t)written;
    }
    return 0;
}

static void write_pending(void)
{
    const int error = write_all(1, pending, pending_length);
    if (error && !first_error) first_error = error;
    pending_length = 0;
}

int out_flush(void)
{
    if (pending_length) write_pending();
    const int error = first_error;
    first_error = 0;
    return error;
}

void out_char(char c)
{
    if (pending_length == sizeof pending) write_pending();
    pending[pending_length++] = c;
}

void out_bytes(const char* bytes, unsigned long length)
{
    for (unsigned long i = 0; i < length; i++)
        out_char(bytes[i]);
}

void out_string(const char* text)
{
    out_bytes(text, strlen(text));
}

// Formats into a small array where that suffices and into malloc'ed memory where not.
static void format_to(void (*sink)(const char*, unsigned long), const char* format, va_list arguments)
{
    char small[256];
    va_list again;
    va_copy(again, arguments);
    const int length = vsnprintf(small, sizeof small, format, arguments);
    if (length < (int)sizeof small) {
        if (length > 0) sink(small, (unsigned long)length);
    } else {
        char* large = malloc((size_t)length + 1);
        if (large) {
            vsnprintf(large, (size_t)length + 1, format, again);
            sink(large, (unsigned long)length);
            free(large);
        }
    }
    va_end(again);
}

void out_format(const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    format_to(out_bytes, format, arguments);
    va_end(arguments);
}

static void write_error(const char* bytes, unsigned long length)
{
    write_all(2, bytes, length);
}

void error_format(const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    format_to(write_error, format, arguments);
    va_end(arguments);
}

void out_quoted(const char* text)
{
    out_char('\'');
    for (; *text; text++) {
        if (*text == '\'') {
            out_string("'\\''");
        } else {
            out_char(*text);
        }
    }
    out_char('\'');
}
