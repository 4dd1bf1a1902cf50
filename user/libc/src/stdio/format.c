// The interpreter of printf's formats: %[flags][width][.precision][length]conversion. Numbers of floating point are
// format_double.c's.
#include "user/libc/src/stdio/format.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

void __sink_write(struct sink* sink, const char* bytes, size_t size)
{
    sink->count += size;
    if (sink->stream) {
        fwrite(bytes, 1, size, sink->stream);
        return;
    }
    const size_t room = (size_t)(sink->end - sink->next);
    const size_t fits = size < room ? size : room;
    memcpy(sink->next, bytes, fits);
    sink->next += fits;
}

void __sink_fill(struct sink* sink, char c, size_t count)
{
    char run[32];
    memset(run, c, sizeof(run));
    for (size_t part; count > 0; count -= part) {
        part = count < sizeof(run) ? count : sizeof(run);
        __sink_write(sink, run, part);
    }
}

void __format_padded(struct sink* sink, const struct conversion* conversion, const char* prefix, size_t zeros,
                     const char* body, size_t body_size)
{
    const size_t prefix_size = strlen(prefix);
    const size_t size = prefix_size + zeros + body_size;
    const size_t padding =
        conversion->width > 0 && (size_t)conversion->width > size ? (size_t)conversion->width - size : 0;
    if (conversion->flags & kZero) {
        zeros += padding;
    } else if (!(conversion->flags & kMinus)) {
        __sink_fill(sink, ' ', padding);
    }
    __sink_write(sink, prefix, prefix_size);
    __sink_fill(sink, '0', zeros);
    __sink_write(sink, body, body_size);
    if (conversion->flags & kMinus) __sink_fill(sink, ' ', padding);
}

// Digits from the end of the buffer forwards; returns the first.
static char* to_digits(unsigned long long value, unsigned base, const char* digits, char* end)
{
    for (; value > UINT_MAX; value /= base)
        *--end = digits[value % base];
    // The rest fits a register: 64-bit division is a library call on this machine.
    for (unsigned rest = (unsigned)value; rest; rest /= base)
        *--end = digits[rest % base];
    return end;
}

static void format_integer(struct sink* sink, struct conversion* conversion, unsigned long long magnitude,
                           const char* prefix)
{
    char buffer[24];
    char* const end = buffer + sizeof(buffer);
    const char letter = conversion->letter;
    const unsigned base = letter == 'o' ? 8 : (letter | 32) == 'x' ? 16 : 10;
    const char* digits =
        to_digits(magnitude, base, letter == 'X' ? "0123456789ABCDEF" : "0123456789abcdef", end);
    const size_t length = (size_t)(end - digits);

    // A precision is the least number of digits, and then 0 does not pad. The value 0 has one digit by default.
    size_t least = 1;
    if (conversion->precision >= 0) {
        least = (size_t)conversion->precision;
        conversion->flags &= ~(unsigned)kZero;
    }
    size_t zeros = least > length ? least - length : 0;
    if (letter == 'o' && conversion->flags & kAlternate && zeros == 0 && (length == 0 || digits[0] != '0'))
        zeros = 1;
    __format_padded(sink, conversion, prefix, zeros, digits, length);
}

static void format_signed(struct sink* sink, struct conversion* conversion, long long value)
{
    const char* sign = value < 0                    ? "-"
                       : conversion->flags & kPlus  ? "+"
                       : conversion->flags & kSpace ? " "
                                                    : "";
    format_integer(sink, conversion, value < 0 ? 0 - (unsigned long long)value : (unsigned long long)value,
                   sign);
}

static void format_unsigned(struct sink* sink, struct conversion* conversion, unsigned long long value)
{
    const char* prefix = "";
    if (conversion->flags & kAlternate && value)
        prefix = conversion->letter == 'x' ? "0x" : conversion->letter == 'X' ? "0X" : "";
    format_integer(sink, conversion, value, prefix);
}

static void format_text(struct sink* sink, struct conversion* conversion, const char* text)
{
    if (!text) text = conversion->precision >= 0 && conversion->precision < 6 ? "" : "(null)";
    const size_t limit = conversion->precision < 0 ? (size_t)-1 : (size_t)conversion->precision;
    conversion->flags &= ~(unsigned)kZero;
    __format_padded(sink, conversion, "", 0, text, strnlen(text, limit));
}

static void format_pointer(struct sink* sink, struct conversion* conversion, const void* pointer)
{
    if (!pointer) {
        conversion->precision = -1;
        format_text(sink, conversion, "(nil)");
        return;
    }
    conversion->letter = 'x';
    conversion->flags |= kAlternate;
    format_unsigned(sink, conversion, (uintptr_t)pointer);
}

enum length { kChar, kShort, kInt, kLong, kLongLong, kLongDouble };

// Reads hh h l ll j z t L and q, and steps over them.
static enum length parse_length(const char** format)
{
    switch (*(*format)++) {
    case 'h':
        if (**format != 'h') return kShort;
        ++*format;
        return kChar;
    case 'l':
        if (**format != 'l') return kLong;
        ++*format;
        return kLongLong;
    case 'j':
    case 'q':
        return kLongLong;
    case 'z':
    case 't':
        return kLong;
    case 'L':
        return kLongDouble;
    }
    --*format;
    return kInt;
}

static unsigned parse_flags(const char** format)
{
    static const char letters[] = "-+ #0'";
    unsigned flags = 0;
    for (const char* found; **format && (found = strchr(letters, **format)); ++*format)
        flags |= 1U << (found - letters);
    return flags;
}

static int parse_number(const char** format)
{
    int number = 0;
    for (; **format >= '0' && **format <= '9'; ++*format)
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, **format - '0', &number))
            number = INT_MAX;
    return number;
}

// Arguments are read through a pointer to the list, so that all functions advance the same one.
struct arguments {
    va_list list;
};

static long long signed_argument(struct arguments* arguments, enum length length)
{
    switch (length) {
    case kChar:
        return (signed char)va_arg(arguments->list, int);
    case kShort:
        return (short)va_arg(arguments->list, int);
    case kLong:
        return va_arg(arguments->list, long);
    case kLongLong:
    case kLongDouble:
        return va_arg(arguments->list, long long);
    case kInt:
        break;
    }
    return va_arg(arguments->list, int);
}

static unsigned long long unsigned_argument(struct arguments* arguments, enum length length)
{
    const unsigned long long value = (unsigned long long)signed_argument(arguments, length);
    switch (length) {
    case kChar:
        return (unsigned char)value;
    case kShort:
        return (unsigned short)value;
    case kInt:
    case kLong:
        return (unsigned)value;
    case kLongLong:
    case kLongDouble:
        break;
    }
    return value;
}

static void store_count(struct arguments* arguments, enum length length, size_t count)
{
    void* target = va_arg(arguments->list, void*);
    switch (length) {
    case kChar:
        *(signed char*)target = (signed char)count;
        break;
    case kShort:
        *(short*)target = (short)count;
        break;
    case kInt:
        *(int*)target = (int)count;
        break;
    case kLong:
        *(long*)target = (long)count;
        break;
    case kLongLong:
    case kLongDouble:
        *(long long*)target = (long long)count;
        break;
    }
}

static void parse_width_and_precision(const char** format, struct conversion* conversion,
                                      struct arguments* arguments)
{
    if (**format == '*') {
        ++*format;
        conversion->width = va_arg(arguments->list, int);
        if (conversion->width < 0) {
            conversion->flags |= kMinus;
            conversion->width = conversion->width == INT_MIN ? INT_MAX : -conversion->width;
        }
    } else {
        conversion->width = parse_number(format);
    }
    conversion->precision = -1;
    if (**format != '.') return;
    ++*format;
    if (**format == '*') {
        ++*format;
        conversion->precision = va_arg(arguments->list, int);
    } else {
        conversion->precision = parse_number(format);
    }
}

static double double_argument(struct arguments* arguments, enum length length)
{
    return length == kLongDouble ? (double)va_arg(arguments->list, long double)
                                 : va_arg(arguments->list, double);
}

// One conversion, after its '%'. Returns where the format goes on; null where it ends too early.
static const char* convert(struct sink* sink, const char* format, struct arguments* arguments, int error)
{
    struct conversion conversion;
    conversion.flags = parse_flags(&format);
    parse_width_and_precision(&format, &conversion, arguments);
    const enum length length = parse_length(&format);
    conversion.letter = *format++;
    if (conversion.flags & kMinus) conversion.flags &= ~(unsigned)kZero;

    char character;
    switch (conversion.letter) {
    case 'd':
    case 'i':
        format_signed(sink, &conversion, signed_argument(arguments, length));
        break;
    case 'u':
    case 'o':
    case 'x':
    case 'X':
        format_unsigned(sink, &conversion, unsigned_argument(arguments, length));
        break;
    case 'c':
        character = (char)va_arg(arguments->list, int);
        conversion.flags &= ~(unsigned)kZero;
        __format_padded(sink, &conversion, "", 0, &character, 1);
        break;
    case 's':
        format_text(sink, &conversion, va_arg(arguments->list, const char*));
        break;
    case 'p':
        format_pointer(sink, &conversion, va_arg(arguments->list, const void*));
        break;
    case 'm':
        format_text(sink, &conversion, strerror(error));
        break;
    case 'n':
        store_count(arguments, length, sink->count);
        break;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
        __format_double(sink, &conversion, double_argument(arguments, length));
        break;
    case '%':
        __sink_write(sink, "%", 1);
        break;
    default:
        return NULL;
    }
    return format;
}

int __format(struct sink* sink, const char* format, va_list list)
{
    struct arguments arguments;
    const int error = errno;  // for %m, before writing changes it
    va_copy(arguments.list, list);
    while (format && *format) {
        const size_t plain = strcspn(format, "%");
        __sink_write(sink, format, plain);
        format += plain;
        if (!*format) break;
        const char* rest = convert(sink, format + 1, &arguments, error);
        if (!rest) {
            // Not a conversion: the text is shown as it stands, so that the mistake is seen.
            __sink_write(sink, format, 1);
            rest = format + 1;
        }
        format = rest;
    }
    va_end(arguments.list);
    if (sink->count <= INT_MAX) return (int)sink->count;
    errno = EOVERFLOW;
    return -1;
}
