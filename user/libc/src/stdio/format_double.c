// %e %f %g: exact digits from decimal.c, rounded, then laid out as sign, digits, zeros and exponent.
#include <stdint.h>
#include <string.h>

#include "user/libc/src/stdio/decimal.h"
#include "user/libc/src/stdio/format.h"

enum { kMantissaBits = 52, kExponentMask = 0x7ff, kExponentBias = 1075, kDefaultPrecision = 6 };

// The text of a number: body, zeros, tail. The zeros are only counted: %.5000f is fine.
struct text {
    char body[1600];  // at most 309 digits, a point and 1074 digits
    size_t size;
    size_t zeros;
    char tail[8];  // e+308
    size_t tail_size;
};

static char digit_at(const struct decimal* decimal, int i)
{
    return i >= 0 && i < (int)decimal->count ? decimal->digits[i] : '0';
}

// Digits [from, from + count) behind a point. Zeros beyond the decimal's last digit are only counted.
static void put_fraction(struct text* text, const struct decimal* decimal, int from, int count, int alternate)
{
    if (count > 0 || alternate) text->body[text->size++] = '.';
    int written = (int)decimal->count - from;
    if (written > count) written = count;
    if (written < 0) written = 0;
    for (int i = 0; i < written; i++)
        text->body[text->size++] = digit_at(decimal, from + i);
    text->zeros = (size_t)(count - written);
}

static void layout_fixed(struct text* text, const struct decimal* decimal, int precision, int alternate)
{
    if (decimal->point <= 0) text->body[text->size++] = '0';
    for (int i = 0; i < decimal->point; i++)
        text->body[text->size++] = digit_at(decimal, i);
    put_fraction(text, decimal, decimal->point, precision, alternate);
}

static void layout_exponent(struct text* text, const struct decimal* decimal, int precision, int alternate,
                            char letter)
{
    text->body[text->size++] = digit_at(decimal, 0);
    put_fraction(text, decimal, 1, precision, alternate);
    const int exponent = decimal->point - 1, magnitude = exponent < 0 ? -exponent : exponent;
    char* to = text->tail;
    *to++ = letter;
    *to++ = exponent < 0 ? '-' : '+';
    if (magnitude >= 100) *to++ = (char)('0' + magnitude / 100);
    *to++ = (char)('0' + magnitude / 10 % 10);
    *to++ = (char)('0' + magnitude % 10);
    text->tail_size = (size_t)(to - text->tail);
}

// %g: `precision` digits in all, by exponent where the number is too small or too large for them; no trailing zeros
// unless '#' asks for them.
static void layout_general(struct text* text, struct decimal* decimal, int precision, int alternate,
                           char letter)
{
    if (precision == 0) precision = 1;
    __decimal_round(decimal, precision);
    const int exponent = decimal->point - 1;
    const int fixed = exponent >= -4 && exponent < precision;
    if (!alternate && precision > (int)decimal->count) precision = (int)decimal->count;
    if (fixed)
        layout_fixed(text, decimal, precision > decimal->point ? precision - decimal->point : 0, alternate);
    else
        layout_exponent(text, decimal, precision > 0 ? precision - 1 : 0, alternate, letter);
}

static void layout(struct text* text, struct decimal* decimal, const struct conversion* conversion)
{
    const int precision = conversion->precision < 0 ? kDefaultPrecision : conversion->precision;
    const int alternate = (conversion->flags & kAlternate) != 0;
    switch (conversion->letter | 32) {
    case 'f':
        __decimal_round(decimal, decimal->point + precision);
        return layout_fixed(text, decimal, precision, alternate);
    case 'e':
        __decimal_round(decimal, precision + 1);
        return layout_exponent(text, decimal, precision, alternate, conversion->letter);
    }
    layout_general(text, decimal, precision, alternate, conversion->letter == 'G' ? 'E' : 'e');
}

static void write_text(struct sink* sink, const struct conversion* conversion, const char* sign,
                       const struct text* text)
{
    const size_t size = strlen(sign) + text->size + text->zeros + text->tail_size;
    const size_t padding =
        conversion->width > 0 && (size_t)conversion->width > size ? (size_t)conversion->width - size : 0;
    if (!(conversion->flags & (kMinus | kZero))) __sink_fill(sink, ' ', padding);
    __sink_write(sink, sign, strlen(sign));
    if (conversion->flags & kZero) __sink_fill(sink, '0', padding);
    __sink_write(sink, text->body, text->size);
    __sink_fill(sink, '0', text->zeros);
    __sink_write(sink, text->tail, text->tail_size);
    if (conversion->flags & kMinus) __sink_fill(sink, ' ', padding);
}

void __format_double(struct sink* sink, const struct conversion* conversion, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    const char* sign = bits >> 63                   ? "-"
                       : conversion->flags & kPlus  ? "+"
                       : conversion->flags & kSpace ? " "
                                                    : "";
    const uint64_t fraction = bits & ((1ULL << kMantissaBits) - 1);
    const int exponent = (int)(bits >> kMantissaBits) & kExponentMask;
    if (exponent == kExponentMask) {
        struct conversion plain = *conversion;
        const int upper = conversion->letter < 'a';
        plain.flags &= ~(unsigned)kZero;
        __format_padded(sink, &plain, sign, 0, fraction ? upper ? "NAN" : "nan" : upper ? "INF" : "inf", 3);
        return;
    }
    struct decimal decimal;
    struct text text;
    text.size = text.zeros = text.tail_size = 0;
    const uint64_t mantissa = exponent ? fraction | 1ULL << kMantissaBits : fraction;
    __decimal_from_binary(&decimal, mantissa, (exponent ? exponent : 1) - kExponentBias);
    layout(&text, &decimal, conversion);
    write_text(sink, conversion, sign, &text);
}
