// printf and scanf.
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

// Formats and compares. (No format attribute: some formats here are odd on purpose.)
static void expect(int line, const char* wanted, const char* format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    const int count = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    check_text(text, wanted, format, __FILE__, line);
    check_equal(count, (long long)strlen(wanted), format, __FILE__, line);
}
#define EXPECT(...) expect(__LINE__, __VA_ARGS__)

static void integers(void)
{
    EXPECT("0 -1 42", "%d %i %u", 0, -1, 42U);
    EXPECT("   42|42   |00042|+42| 42", "%5d|%-5d|%05d|%+d|% d", 42, 42, 42, 42, 42);
    EXPECT("  042|00042|-0042", "%5.3d|%.5d|%05d", 42, 42, -42);
    EXPECT("|0|", "%.0d|%d|%.0x", 0, 0, 0);
    EXPECT("beef BEEF 0xbeef 0XBEEF 0", "%x %X %#x %#X %#x", 0xbeef, 0xbeef, 0xbeef, 0xbeef, 0);
    EXPECT("777 0777 0", "%o %#o %#o", 0777, 0777, 0);
    EXPECT("-128 255 -32768 65535", "%hhd %hhu %hd %hu", 128, 511, 32768, 65535 + 65536);
    EXPECT("-2147483648 4294967295", "%ld %lu", LONG_MIN, ULONG_MAX);
    EXPECT("-9223372036854775808 18446744073709551615 ffffffffffffffff", "%lld %llu %llx", LLONG_MIN,
           ULLONG_MAX, ULLONG_MAX);
    EXPECT("12 34 56", "%zu %td %jd", (size_t)12, (ptrdiff_t)34, (intmax_t)56);
    EXPECT("   7|7   |", "%*d|%*d|", 4, 7, -4, 7);
    EXPECT("0x1000 (nil)", "%p %p", (void*)0x1000, NULL);
}

static void texts(void)
{
    EXPECT("hello|  hel|hel  |", "%s|%5.3s|%-5.3s|", "hello", "hello", "hello");
    EXPECT("(null)", "%s", (char*)NULL);
    EXPECT("[x] [  x]", "[%c] [%3c]", 'x', 'x');
    EXPECT("100%", "%d%%", 100);
    const char unterminated[3] = {'a', 'b', 'c'};
    EXPECT("abc", "%.3s", unterminated);
    errno = ENOENT;
    EXPECT("No such file or directory", "%m");
    int count = 0;
    EXPECT("12345", "123%n45", &count);
    CHECK_EQUAL(count, 3);
}

static void doubles(void)
{
    EXPECT("3.141593 3.14 3 3.", "%f %.2f %.0f %#.0f", 3.14159265, 3.14159265, 3.14159265, 3.14159265);
    EXPECT("0 2 2 4", "%.0f %.0f %.0f %.0f", 0.5, 1.5, 2.5, 3.5);  // half to even
    EXPECT("1.000000e+00 -1.5E-10 0e+00", "%e %.1E %.0e", 1.0, -1.5e-10, 0.0);
    EXPECT("0.0001 1e-05 100000 1e+06 0.1", "%g %g %g %g %g", 0.0001, 0.00001, 100000.0, 1000000.0, 0.1);
    EXPECT("1.00000 1.", "%#g %#.1g", 1.0, 1.0);
    EXPECT("   -2.50|-2.50   |-0002.50|+2.50", "%8.2f|%-8.2f|%08.2f|%+.2f", -2.5, -2.5, -2.5, 2.5);
    EXPECT("inf -INF nan", "%f %F %g", __builtin_inf(), -__builtin_inf(), __builtin_nan(""));
    EXPECT("0.1000000000000000055511151231257827", "%.34f", 0.1);
    EXPECT("1.79769e+308 4.94066e-324 -0", "%g %g %g", 1.7976931348623157e308, 4.9e-324, -0.0);
    EXPECT("9.99 10.0", "%.2f %.1f", 9.994, 9.96);
    EXPECT("2.5", "%.1Lf", 2.5L);
}

static void sizes(void)
{
    char small[6] = "xxxxx";
    CHECK_EQUAL(snprintf(small, 4, "%d", 123456), 6);
    CHECK(memcmp(small, "123\0x", 5) == 0);
    CHECK_EQUAL(snprintf(small, 0, "abc"), 3);
    CHECK_EQUAL(small[0], '1');
    CHECK_EQUAL(snprintf(NULL, 0, "%1000d", 1), 1000);
    char* text;
    CHECK_EQUAL(asprintf(&text, "%s-%d", "a", 5), 3);
    CHECK_TEXT(text, "a-5");
    free(text);
    char buffer[8];
    CHECK_EQUAL(sprintf(buffer, "%s", "1234567"), 7);
    CHECK_TEXT(buffer, "1234567");
}

static void scanning(void)
{
    int a = 0, b = 0;
    long long big = 0;
    unsigned hex = 0;
    char word[16] = "", set[16] = "", c = 0;
    CHECK_EQUAL(sscanf(" 12 -34 0x1f", "%d%d%x", &a, &b, &hex), 3);
    CHECK(a == 12 && b == -34 && hex == 31);
    CHECK_EQUAL(sscanf("5000000000 hello", "%lld %5s", &big, word), 2);
    CHECK_EQUAL(big, 5000000000LL);
    CHECK_TEXT(word, "hello");
    CHECK_EQUAL(sscanf("key=value;x", "%15[^=]=%15[a-z];%c", word, set, &c), 3);
    CHECK_TEXT(word, "key");
    CHECK_TEXT(set, "value");
    CHECK_EQUAL(c, 'x');
    CHECK_EQUAL(sscanf("12:34", "%d:%d%n", &a, &b, (int*)&hex), 2);
    CHECK_EQUAL(hex, 5);
    CHECK_EQUAL(sscanf("1234", "%2d%*1d%d", &a, &b), 2);
    CHECK(a == 12 && b == 4);
    CHECK_EQUAL(sscanf("x", "%d", &a), 0);
    CHECK_EQUAL(sscanf("", "%d", &a), EOF);
    CHECK_EQUAL(sscanf("7 apples", "%d pears", &a), 1);
    CHECK_EQUAL(sscanf("0x10 010 9", "%i %i %i", &a, &b, (int*)&hex), 3);
    CHECK(a == 16 && b == 8 && hex == 9);
    double d = 0;
    float f = 0;
    CHECK_EQUAL(sscanf("2.5e2 -0.125", "%lf %f", &d, &f), 2);
    CHECK(d == 250 && f == -0.125f);
    short s = 0;
    signed char tiny[2] = {0, 55};
    CHECK_EQUAL(sscanf("-5 100", "%hd %hhd", &s, &tiny[0]), 2);
    CHECK(s == -5 && tiny[0] == 100 && tiny[1] == 55);
    void* pointer = NULL;
    CHECK_EQUAL(sscanf("0xdeadbeef", "%p", &pointer), 1);
    CHECK(pointer == (void*)0xdeadbeef);
}

const struct test format_tests[] = {{"printf integers", integers}, {"printf text", texts},
                                    {"printf floats", doubles},    {"printf sizes", sizes},
                                    {"scanf", scanning},           {NULL, NULL}};
