// lib/format against the C library, which it must agree with wherever both know a directive.

#include "lib/format.h"

#include <gtest/gtest.h>

#include <climits>
#include <cstdio>
#include <string>

namespace faultline {
namespace {

// Past the compiler's checks of format strings.
usize format_it(Span<char> out, const char* text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    const usize length = format_list(out, text, arguments);
    va_end(arguments);
    return length;
}

template <class... A> void same_as_printf(const char* text, A... arguments)
{
    char ours[256], theirs[256];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
    const usize length = format(Span<char>{ours}, text, arguments...);
    const int expected = snprintf(theirs, sizeof(theirs), text, arguments...);
#pragma GCC diagnostic pop
    EXPECT_STREQ(ours, theirs) << text;
    EXPECT_EQ(length, static_cast<usize>(expected)) << text;
}

TEST(Format, NumbersAgreeWithPrintf)
{
    const char* const directives[] = {"%d",   "%5d",   "%-5d|",   "%05d", "%+d",
                                      "%.3d", "%8.3d", "%-8.3d|", "%i",   "%.0d"};
    for (const char* text : directives)
        for (int value : {0, 1, -1, 42, -42, 123456, INT_MAX, INT_MIN})
            same_as_printf(text, value);
    for (const char* text : {"%u", "%x", "%X", "%08x", "%-12u|", "%12x", "%.5x"})
        for (unsigned value : {0u, 9u, 10u, 0xdeadbeefu, UINT_MAX})
            same_as_printf(text, value);
}

TEST(Format, LongLongAgreesWithPrintf)
{
    for (long long value : {0LL, 1LL, -1LL, 4294967296LL, LLONG_MAX, LLONG_MIN})
        same_as_printf("%lld %20lld", value, value);
    for (unsigned long long value : {0ULL, 4294967295ULL, 4294967296ULL, ULLONG_MAX})
        same_as_printf("%llu %llx %016llx", value, value, value);
    same_as_printf("%lu %zu", 7UL, sizeof(int));
}

TEST(Format, TextAgreesWithPrintf)
{
    same_as_printf("plain");
    same_as_printf("%s", "word");
    same_as_printf("[%8s] [%-8s]", "word", "word");
    same_as_printf("%.2s", "word");
    same_as_printf("%.*s|%*s|%-*s|", 3, "abcdef", 6, "ab", 6, "cd");
    same_as_printf("%c%c%%", 'o', 'k');
    same_as_printf("%d %s %x %c", 1, "two", 3u, '4');
}

TEST(Format, PrecisionReadsNoFurther)
{
    const char unterminated[3] = {'a', 'b', 'c'};
    char out[8];
    EXPECT_EQ(format(Span<char>{out}, "%.3s", unterminated), 3u);
    EXPECT_STREQ(out, "abc");
}

TEST(Format, CutsAndTellsTheWholeLength)
{
    char out[4] = {'?', '?', '?', '?'};
    EXPECT_EQ(format(Span<char>{out}, "%s", "abcdef"), 6u);
    EXPECT_STREQ(out, "abc");
    EXPECT_EQ(format(Span<char>{out, 0}, "%u", 12u), 2u);
    EXPECT_STREQ(out, "abc");
}

TEST(Format, ShowsWhatItDoesNotKnow)
{
    char out[32];
    format_it(out, "%s", static_cast<const char*>(nullptr));
    EXPECT_STREQ(out, "(null)");
    format_it(out, "a%qb", 0);
    EXPECT_STREQ(out, "a%qb");
}

}  // namespace
}  // namespace faultline
