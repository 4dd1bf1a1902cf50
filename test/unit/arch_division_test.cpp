// arch/division against the compiler's own 64-bit division.

#include <gtest/gtest.h>

#include <cstdint>
#include <random>

#include "lib/types.h"

#if defined(__x86_64__) || defined(__i386__)

namespace faultline {

extern "C" {
u64 __udivdi3(u64 value, u64 divisor);
u64 __umoddi3(u64 value, u64 divisor);
i64 __divdi3(i64 value, i64 divisor);
i64 __moddi3(i64 value, i64 divisor);
int __popcountsi2(u32 value);
}

namespace {

void check(u64 value, u64 divisor)
{
    ASSERT_EQ(__udivdi3(value, divisor), value / divisor) << value << " / " << divisor;
    ASSERT_EQ(__umoddi3(value, divisor), value % divisor) << value << " % " << divisor;
    const i64 a = static_cast<i64>(value), b = static_cast<i64>(divisor);
    if (a == INT64_MIN && b == -1) return;
    ASSERT_EQ(__divdi3(a, b), a / b) << a << " / " << b;
    ASSERT_EQ(__moddi3(a, b), a % b) << a << " % " << b;
}

TEST(Division, EdgesAgree)
{
    const u64 edges[] = {0,
                         1,
                         2,
                         9,
                         0x7fffffff,
                         0x80000000,
                         0xffffffff,
                         0x100000000,
                         0x100000001,
                         0x7fffffffffffffff,
                         0x8000000000000000,
                         0xfffffffeffffffff,
                         0xffffffffffffffff};
    for (const u64 value : edges)
        for (const u64 divisor : edges)
            if (divisor != 0) check(value, divisor);
}

TEST(Division, RandomNumbersOfAllSizesAgree)
{
    std::mt19937_64 random(1);
    for (int i = 0; i < 1000000; i++) {
        const u64 divisor = random() >> (random() % 64);
        if (divisor == 0) continue;
        check(random() >> (random() % 64), divisor);
        check(divisor * (random() % 5) - random() % 3, divisor);  // around a multiple
    }
}

TEST(Division, PopcountAgrees)
{
    std::mt19937 random(2);
    for (int i = 0; i < 1000; i++) {
        const u32 value = static_cast<u32>(random());
        ASSERT_EQ(__popcountsi2(value), __builtin_popcount(value));
    }
}

}  // namespace
}  // namespace faultline

#endif
