// 64-bit division, which the compiler calls by these names. libgcc has the same functions, but takes its arguments on
// the stack; the kernel is compiled with arguments in registers (-mregparm=3).

#include "lib/types.h"

namespace faultline {

namespace {

struct Division {
    u64 quotient, remainder;
};

// high < divisor, so that the quotient fits (SDM vol. 2, "DIV").
u32 divide_step(u32 high, u32 low, u32 divisor, u32& remainder)
{
    u32 quotient;
    asm("divl %4" : "=a"(quotient), "=d"(remainder) : "0"(low), "1"(high), "r"(divisor) : "cc");
    return quotient;
}

Division divide(u64 value, u64 divisor)
{
    const u32 divisor_high = static_cast<u32>(divisor >> 32), divisor_low = static_cast<u32>(divisor);
    const u32 high = static_cast<u32>(value >> 32), low = static_cast<u32>(value);
    if (divisor_high == 0) {
        u32 remainder;
        const u32 quotient_high = divide_step(0, high, divisor_low, remainder);
        const u32 quotient_low = divide_step(remainder, low, divisor_low, remainder);
        return {u64{quotient_high} << 32 | quotient_low, remainder};
    }
    if (divisor > value) return {0, value};
    // The divisor has more than 32 bits, so the quotient fits one word. Shifted down until the divisor's top word is
    // all of it, the division gives the quotient or one too many (Knuth, "The Art of Computer Programming", 4.3.1).
    const u32 shift = 32 - static_cast<u32>(__builtin_clz(divisor_high));
    const u32 top = shift == 32 ? divisor_high : static_cast<u32>(divisor >> shift);
    const u64 half = value >> 1;
    u32 ignored;
    const u32 estimate =
        divide_step(static_cast<u32>(half >> 32), static_cast<u32>(half), top, ignored) >> (shift - 1);
    u64 quotient = estimate == 0 ? 0 : estimate - 1;
    u64 remainder = value - quotient * divisor;
    while (remainder >= divisor) {
        remainder -= divisor;
        quotient++;
    }
    return {quotient, remainder};
}

u64 magnitude(i64 value)
{
    return value < 0 ? 0 - static_cast<u64>(value) : static_cast<u64>(value);
}

}  // namespace

extern "C" {

u64 __udivdi3(u64 value, u64 divisor)
{
    return divide(value, divisor).quotient;
}

u64 __umoddi3(u64 value, u64 divisor)
{
    return divide(value, divisor).remainder;
}

u64 __udivmoddi4(u64 value, u64 divisor, u64* remainder)
{
    const Division result = divide(value, divisor);
    *remainder = result.remainder;
    return result.quotient;
}

i64 __divdi3(i64 value, i64 divisor)
{
    const u64 quotient = divide(magnitude(value), magnitude(divisor)).quotient;
    return static_cast<i64>((value < 0) != (divisor < 0) ? 0 - quotient : quotient);
}

i64 __moddi3(i64 value, i64 divisor)
{
    const u64 remainder = divide(magnitude(value), magnitude(divisor)).remainder;
    return static_cast<i64>(value < 0 ? 0 - remainder : remainder);
}

int __popcountsi2(u32 value)
{
    value -= value >> 1 & 0x55555555;
    value = (value & 0x33333333) + (value >> 2 & 0x33333333);
    value = (value + (value >> 4)) & 0x0F0F0F0F;
    return static_cast<int>(value * 0x01010101 >> 24);
}

}  // extern "C"

}  // namespace faultline
