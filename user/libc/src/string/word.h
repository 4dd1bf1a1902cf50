// Four bytes at a time.
#pragma once

#include <stdint.h>

// May alias any type, and need not be aligned: x86 does not mind.
typedef uint32_t __attribute__((may_alias, aligned(1))) word;

// Subtracting 1 from each byte borrows into a high bit that was clear only where the byte was 0. (A byte above a zero
// byte may be taken for one too: this says whether, not where.)
static inline int has_zero_byte(word bytes)
{
    return ((bytes - 0x01010101U) & ~bytes & 0x80808080U) != 0;
}
