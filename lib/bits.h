// Rounding, powers of two, checked sums.
#pragma once

#include "lib/result.h"
#include "lib/types.h"

namespace faultline {

template <class T> constexpr T round_down(T value, T unit)
{
    return value / unit * unit;
}
template <class T> constexpr T round_up(T value, T unit)
{
    return (value + unit - 1) / unit * unit;
}
template <class T> constexpr T divide_up(T value, T unit)
{
    return (value + unit - 1) / unit;
}
constexpr bool is_power_of_two(u32 value)
{
    return value != 0 && (value & (value - 1)) == 0;
}
constexpr u32 lowest_bit(u32 value)
{
    return static_cast<u32>(__builtin_ctz(value));
}  // value != 0
constexpr u32 count_bits(u32 value)
{
    return static_cast<u32>(__builtin_popcount(value));
}

inline Result<u32> checked_add(u32 a, u32 b)
{
    u32 sum;
    if (__builtin_add_overflow(a, b, &sum)) return Errno::Overflow;
    return sum;
}

}  // namespace faultline
