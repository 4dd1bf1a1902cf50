// Exact conversion of a binary floating-point number to decimal, in "limbs" of nine digits, the most significant
// first. A factor of two is a multiplication or a division of all limbs by a power of two; a division adds limbs
// behind the decimal point and never has a remainder in the end, as 10^9 is a multiple of 2^9.
#include "user/libc/src/stdio/decimal.h"

#include <stdint.h>
#include <string.h>

enum { kLimb = 1000000000, kLimbDigits = 9, kIntegerLimbs = 36, kLimbs = kIntegerLimbs + 122 };

struct limbs {
    int first, end;  // the limbs in use; those before kIntegerLimbs are the integer part
    uint32_t limb[kLimbs];
};

// By at most 2^29, so that a limb and the carry fit 64 bits.
static void multiply(struct limbs* number, int shift)
{
    uint32_t carry = 0;
    for (int i = number->end; i-- > number->first;) {
        const uint64_t value = ((uint64_t)number->limb[i] << shift) + carry;
        number->limb[i] = (uint32_t)(value % kLimb);
        carry = (uint32_t)(value / kLimb);
    }
    if (carry) number->limb[--number->first] = carry;
}

// By at most 2^9: then what one limb loses is a whole number in the next.
static void divide(struct limbs* number, int shift)
{
    uint32_t carry = 0;
    for (int i = number->first; i < number->end; i++) {
        const uint32_t lost = number->limb[i] & ((1U << shift) - 1);
        number->limb[i] = (number->limb[i] >> shift) + carry;
        carry = (uint32_t)(kLimb >> shift) * lost;
    }
    if (carry) number->limb[number->end++] = carry;
    while (number->first < number->end && number->limb[number->first] == 0)
        number->first++;
}

static void write_digits(const struct limbs* number, struct decimal* decimal)
{
    char* to = decimal->digits;
    for (int i = number->first; i < number->end; i++, to += kLimbDigits) {
        uint32_t rest = number->limb[i];
        for (int digit = kLimbDigits; digit-- > 0; rest /= 10)
            to[digit] = (char)('0' + rest % 10);
    }
    decimal->count = (size_t)(to - decimal->digits);
    decimal->point = (kIntegerLimbs - number->first) * kLimbDigits;
}

static void strip_zeros(struct decimal* decimal)
{
    size_t leading = 0;
    while (leading < decimal->count && decimal->digits[leading] == '0')
        leading++;
    memmove(decimal->digits, decimal->digits + leading, decimal->count - leading);
    decimal->count -= leading;
    decimal->point -= (int)leading;
    while (decimal->count > 0 && decimal->digits[decimal->count - 1] == '0')
        decimal->count--;
    if (decimal->count == 0) decimal->point = 1;  // so that 0 has one digit before the point
}

void __decimal_from_binary(struct decimal* decimal, unsigned long long mantissa, int exponent)
{
    struct limbs number = {.first = kIntegerLimbs, .end = kIntegerLimbs};
    for (; mantissa; mantissa /= kLimb)
        number.limb[--number.first] = (uint32_t)(mantissa % kLimb);
    for (; exponent > 0; exponent -= exponent < 29 ? exponent : 29)
        multiply(&number, exponent < 29 ? exponent : 29);
    for (; exponent<0; exponent += exponent> - 9 ? -exponent : 9)
        divide(&number, exponent > -9 ? -exponent : 9);
    write_digits(&number, decimal);
    strip_zeros(decimal);
}

// Whether what follows the first `digits` digits is more than half a unit of the last of them, or half and it is odd.
static int rounds_up(const struct decimal* decimal, size_t digits)
{
    const char next = decimal->digits[digits];
    if (next != '5' || decimal->count > digits + 1) return next >= '5';
    return digits > 0 && (decimal->digits[digits - 1] & 1);
}

void __decimal_round(struct decimal* decimal, int digits)
{
    if (digits >= (int)decimal->count) return;
    if (digits < 0) {
        decimal->count = 0;
        return;
    }
    const int up = rounds_up(decimal, (size_t)digits);
    decimal->count = (size_t)digits;
    if (!up) {
        while (decimal->count > 0 && decimal->digits[decimal->count - 1] == '0')
            decimal->count--;
        return;
    }
    while (decimal->count > 0 && decimal->digits[decimal->count - 1] == '9')
        decimal->count--;
    if (decimal->count > 0) {
        decimal->digits[decimal->count - 1]++;
    } else {
        decimal->digits[decimal->count++] = '1';
        decimal->point++;
    }
}
