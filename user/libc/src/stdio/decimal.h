// The exact decimal digits of a binary floating-point number: what printf rounds and what strtod compares with.
#pragma once

#include <stddef.h>

// The value 0.d1 d2 d3... times 10^point; no leading zero digits. The value 0 has no digits.
struct decimal {
    int point;
    size_t count;
    char digits[1200];  // a double has at most 1075 + 17
};

// mantissa times 2^exponent, exactly. The exponent is a double's, or one less: -1075 to 971.
void __decimal_from_binary(struct decimal* decimal, unsigned long long mantissa, int exponent);
// Rounds to that many digits (which may be 0 or negative), half to even.
void __decimal_round(struct decimal* decimal, int digits);
