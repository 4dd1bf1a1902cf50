// From text to integers. One loop serves all widths: it reads an unsigned 64-bit magnitude and notes whether it
// outgrew the limit that the caller's type sets.
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

struct number {
    unsigned long long magnitude;  // the limit, where the text says more
    int negative;
    int overflow;
};

static int digit_value(char c)
{
    if (isdigit((unsigned char)c)) return c - '0';
    if (isalpha((unsigned char)c)) return (c | 32) - 'a' + 10;
    return INT_MAX;
}

// Skips a prefix that the base allows: 0x for 16, and for 0 whatever says octal or hexadecimal.
static const char* skip_prefix(const char* text, int* base)
{
    const int hexadecimal = text[0] == '0' && (text[1] | 32) == 'x' && digit_value(text[2]) < 16;
    if ((*base == 0 || *base == 16) && hexadecimal) {
        *base = 16;
        return text + 2;
    }
    if (*base == 0) *base = text[0] == '0' ? 8 : 10;
    return text;
}

static const char* read_digits(const char* text, int base, unsigned long long limit, struct number* out)
{
    for (int digit; (digit = digit_value(*text)) < base; text++) {
        const unsigned long long value = out->magnitude;
        if (value <= UINT_MAX / 64) {
            // A 32-bit step: 64-bit division is a library call on this machine.
            out->magnitude = (unsigned)value * (unsigned)base + (unsigned)digit;
            if (out->magnitude > limit) out->overflow = 1;
        } else if (value > (ULLONG_MAX - (unsigned)digit) / (unsigned)base) {
            out->overflow = 1;
        } else {
            out->magnitude = value * (unsigned)base + (unsigned)digit;
            if (out->magnitude > limit) out->overflow = 1;
        }
    }
    return text;
}

// positive_limit: the largest positive value of the type; negative_limit: the largest magnitude after a minus.
static struct number read_number(const char* text, char** end, int base, unsigned long long positive_limit,
                                 unsigned long long negative_limit)
{
    struct number number = {0, 0, 0};
    const char* at = text;
    if (end) *end = (char*)text;
    if (base < 0 || base == 1 || base > 36) {
        errno = EINVAL;
        return number;
    }
    while (isspace((unsigned char)*at))
        at++;
    if (*at == '-' || *at == '+') number.negative = *at++ == '-';
    const unsigned long long limit = number.negative ? negative_limit : positive_limit;
    const char* digits = skip_prefix(at, &base);
    at = read_digits(digits, base, limit, &number);
    if (at != digits && end) *end = (char*)at;
    if (number.overflow) {
        number.magnitude = limit;
        errno = ERANGE;
    }
    return number;
}

static long long signed_value(struct number number)
{
    return (long long)(number.negative ? 0 - number.magnitude : number.magnitude);
}

// A minus sign before an unsigned number negates it, unless it overflowed: then C wants the largest.
static unsigned long long unsigned_value(struct number number)
{
    return number.negative && !number.overflow ? 0 - number.magnitude : number.magnitude;
}

long strtol(const char* text, char** end, int base)
{
    return (long)signed_value(read_number(text, end, base, LONG_MAX, LONG_MAX + 1ULL));
}

long long strtoll(const char* text, char** end, int base)
{
    return signed_value(read_number(text, end, base, LLONG_MAX, LLONG_MAX + 1ULL));
}

unsigned long strtoul(const char* text, char** end, int base)
{
    return (unsigned long)unsigned_value(read_number(text, end, base, ULONG_MAX, ULONG_MAX));
}

unsigned long long strtoull(const char* text, char** end, int base)
{
    return unsigned_value(read_number(text, end, base, ULLONG_MAX, ULLONG_MAX));
}

intmax_t strtoimax(const char* text, char** end, int base)
{
    return strtoll(text, end, base);
}

uintmax_t strtoumax(const char* text, char** end, int base)
{
    return strtoull(text, end, base);
}

int atoi(const char* text)
{
    return (int)strtol(text, NULL, 10);
}

long atol(const char* text)
{
    return strtol(text, NULL, 10);
}

long long atoll(const char* text)
{
    return strtoll(text, NULL, 10);
}
