// From text to floating point, correctly rounded: a guess in extended precision, then a comparison of the text's
// digits with the exact digits of the points half way to the guess's neighbours.
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "user/libc/src/stdio/decimal.h"

enum { kMantissaBits = 52, kExponentBias = 1075, kInfiniteExponent = 0x7ff };
enum {
    kKeptDigits = 800
};  // more than any point half way between two doubles has; later digits only say "more"

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static double from_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static void add_digit(struct decimal* decimal, char digit, int* ended)
{
    if (*ended) return;
    if (decimal->count < kKeptDigits) {
        decimal->digits[decimal->count++] = digit;
    } else if (digit != '0') {
        decimal->digits[decimal->count++] = '1';  // sticky: beyond all that a comparison looks at exactly
        *ended = 1;
    }
}

static const char* read_exponent(const char* text, int* exponent)
{
    const char* at = text + 1;
    const int negative = *at == '-';
    if (*at == '-' || *at == '+') at++;
    if ((text[0] | 32) != 'e' || !isdigit((unsigned char)*at)) return text;
    int value = 0;
    for (; isdigit((unsigned char)*at); at++)
        if (value < 100000) value = value * 10 + *at - '0';
    *exponent = negative ? -value : value;
    return at;
}

// Digits with at most one point, then an exponent. Returns the end; the start where there was no digit.
static const char* read_decimal(const char* text, struct decimal* decimal)
{
    const char* at = text;
    int seen_point = 0, seen_digit = 0, ended = 0, exponent = 0;
    decimal->count = 0;
    decimal->point = 0;
    for (;; at++) {
        if (*at == '.' && !seen_point) {
            seen_point = 1;
        } else if (isdigit((unsigned char)*at)) {
            seen_digit = 1;
            if (decimal->count > 0 || *at != '0') {
                add_digit(decimal, *at, &ended);
                decimal->point += !seen_point;
            } else {
                decimal->point -= seen_point;
            }
        } else {
            break;
        }
    }
    if (!seen_digit) return text;
    at = read_exponent(at, &exponent);
    decimal->point += exponent;
    while (decimal->count > 0 && decimal->digits[decimal->count - 1] == '0')
        decimal->count--;
    return at;
}

static int compare(const struct decimal* a, const struct decimal* b)
{
    if (a->count == 0 || b->count == 0) return (a->count > 0) - (b->count > 0);
    if (a->point != b->point) return a->point < b->point ? -1 : 1;
    const size_t common = a->count < b->count ? a->count : b->count;
    const int order = memcmp(a->digits, b->digits, common);
    return order ? order : (a->count > b->count) - (a->count < b->count);
}

// The point half way between the double with these bits and the next larger one.
static void half_way_above(uint64_t bits, struct decimal* out)
{
    const int exponent = (int)(bits >> kMantissaBits);
    const uint64_t fraction = bits & ((1ULL << kMantissaBits) - 1);
    const uint64_t mantissa = exponent ? fraction | 1ULL << kMantissaBits : fraction;
    __decimal_from_binary(out, 2 * mantissa + 1, (exponent ? exponent : 1) - kExponentBias - 1);
}

static double guess(const struct decimal* decimal)
{
    long double value = 0;
    const int used = decimal->count < 19 ? (int)decimal->count : 19;
    for (int i = 0; i < used; i++)
        value = value * 10 + (decimal->digits[i] - '0');
    int exponent = decimal->point - used;
    long double power = exponent < 0 ? 0.1L : 10.0L;
    if (exponent < 0) exponent = -exponent;
    long double factor = 1;
    for (; exponent; exponent /= 2, power *= power)
        if (exponent & 1) factor *= power;
    return (double)(value * factor);
}

// Moves the guess up or down until the decimal lies between the two half-way points around it.
static double settle(const struct decimal* decimal)
{
    const uint64_t infinite = (uint64_t)kInfiniteExponent << kMantissaBits;
    uint64_t bits = bits_of(guess(decimal));
    struct decimal half_way;
    if (bits >= infinite) bits = infinite - 1;
    for (; bits < infinite; bits++) {
        half_way_above(bits, &half_way);
        const int order = compare(decimal, &half_way);
        if (order < 0 || (order == 0 && bits % 2 == 0)) break;
    }
    for (; bits > 0; bits--) {
        half_way_above(bits - 1, &half_way);
        const int order = compare(decimal, &half_way);
        if (order > 0 || (order == 0 && bits % 2 == 0)) break;
    }
    return from_bits(bits);
}

// "inf", "infinity" and "nan"; the length of what stands there, or 0.
static size_t read_word(const char* text, double* value)
{
    *value = __builtin_inf();
    if (strncasecmp(text, "infinity", 8) == 0) return 8;
    if (strncasecmp(text, "inf", 3) == 0) return 3;
    *value = __builtin_nan("");
    return strncasecmp(text, "nan", 3) == 0 ? 3 : 0;
}

static double magnitude_of(const struct decimal* decimal)
{
    if (decimal->count == 0) return 0;
    const double value = decimal->point > 310 ? __builtin_inf() : decimal->point < -330 ? 0 : settle(decimal);
    if (value == 0 || value == __builtin_inf()) errno = ERANGE;
    return value;
}

double strtod(const char* text, char** end)
{
    const char* at = text;
    while (isspace((unsigned char)*at))
        at++;
    const int negative = *at == '-';
    if (*at == '-' || *at == '+') at++;
    double value;
    const size_t word = read_word(at, &value);
    if (word) {
        at += word;
    } else {
        struct decimal decimal;
        const char* after = read_decimal(at, &decimal);
        value = after == at ? 0 : magnitude_of(&decimal);
        at = after == at ? text : after;
    }
    if (end) *end = (char*)at;
    return negative ? -value : value;
}

float strtof(const char* text, char** end)
{
    return (float)strtod(text, end);
}

double atof(const char* text)
{
    return strtod(text, NULL);
}
