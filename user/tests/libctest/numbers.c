// Numbers from text, sorting and searching, random numbers.
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "check.h"

static void integers(void)
{
    char* end;
    const char* text = "  -0x1fz";
    CHECK_EQUAL(strtol(text, &end, 16), -31);
    CHECK_TEXT(end, "z");
    CHECK_EQUAL(strtol("0777", NULL, 0), 511);
    CHECK_EQUAL(strtol("0x", &end, 0), 0);
    CHECK_TEXT(end, "x");
    CHECK_EQUAL(strtol("zz", NULL, 36), 35 * 36 + 35);
    CHECK_EQUAL(strtol(text = "none", &end, 10), 0);
    CHECK(end == text);
    errno = 0;
    CHECK_EQUAL(strtol("2147483648", NULL, 10), LONG_MAX);
    CHECK_EQUAL(errno, ERANGE);
    errno = 0;
    CHECK_EQUAL(strtol("-2147483648", NULL, 10), LONG_MIN);
    CHECK_EQUAL(errno, 0);
    CHECK_EQUAL(strtoul("4294967295", NULL, 10), ULONG_MAX);
    CHECK_EQUAL(strtoul("-1", NULL, 10), ULONG_MAX);
    CHECK_EQUAL(strtoll("-9223372036854775808", NULL, 10), LLONG_MIN);
    errno = 0;
    CHECK_EQUAL(strtoll("9223372036854775808", NULL, 10), LLONG_MAX);
    CHECK_EQUAL(errno, ERANGE);
    CHECK(strtoull("18446744073709551615", NULL, 10) == ULLONG_MAX);
    CHECK(strtoumax("ffffffffffffffff", NULL, 16) == UINTMAX_MAX);
    CHECK_EQUAL(atoi(" +42abc"), 42);
    CHECK_EQUAL(llabs(-5000000000LL), 5000000000LL);
    CHECK(lldiv(-7, 2).quot == -3 && lldiv(-7, 2).rem == -1);
}

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static void doubles(void)
{
    char* end;
    CHECK(bits_of(strtod("0.1", NULL)) == 0x3fb999999999999aULL);
    CHECK(bits_of(strtod("1.7976931348623157e308", NULL)) == 0x7fefffffffffffffULL);
    CHECK(bits_of(strtod("4.9e-324", NULL)) == 1);
    CHECK(bits_of(strtod("2.2250738585072011e-308", NULL)) == 0x000fffffffffffffULL);
    // Half way between two doubles: to even; a trifle more: up.
    CHECK(bits_of(strtod("9007199254740993", NULL)) == 0x4340000000000000ULL);
    CHECK(bits_of(strtod("9007199254740993.0000000000000000000000001", NULL)) == 0x4340000000000001ULL);
    CHECK(bits_of(strtod("-0", NULL)) == 1ULL << 63);
    CHECK(strtod("1e400", NULL) == __builtin_inf());
    CHECK(strtod("-infinity", NULL) == -__builtin_inf());
    CHECK(strtod("nan", NULL) != strtod("nan", NULL));
    CHECK(strtod(" 12.5e+1x", &end) == 125);
    CHECK_TEXT(end, "x");
    CHECK(strtod("3e", &end) == 3);
    CHECK_TEXT(end, "e");
    CHECK(strtod(".5", NULL) == 0.5 && strtod("5.", NULL) == 5);
}

static int by_value(const void* a, const void* b)
{
    const int left = *(const int*)a, right = *(const int*)b;
    return (left > right) - (left < right);
}

static int by_text(const void* a, const void* b)
{
    return strcmp(a, b);
}

static void sorting(void)
{
    enum { kCount = 5000 };
    static int numbers[kCount];
    long long sum = 0, sorted_sum = 0;
    int wrong = 0;
    srand(7);
    for (int i = 0; i < kCount; i++)
        sum += numbers[i] = rand() % 1000 - 500;
    qsort(numbers, kCount, sizeof(numbers[0]), by_value);
    for (int i = 0; i < kCount; i++)
        sorted_sum += numbers[i];
    for (int i = 1; i < kCount; i++)
        wrong += numbers[i - 1] > numbers[i];
    CHECK_EQUAL(wrong, 0);
    CHECK_EQUAL(sorted_sum, sum);
    const int key = numbers[1234], absent = 501;
    const int* found = bsearch(&key, numbers, kCount, sizeof(numbers[0]), by_value);
    CHECK(found && *found == key);
    CHECK(!bsearch(&absent, numbers, kCount, sizeof(numbers[0]), by_value));
    char words[][7] = {"pear", "fig", "apple", "quince", "date"};  // an odd element size
    qsort(words, 5, sizeof(words[0]), by_text);
    CHECK_TEXT(words[0], "apple");
    CHECK_TEXT(words[4], "quince");
    CHECK_TEXT(bsearch("fig", words, 5, sizeof(words[0]), by_text), "fig");
}

// A row of a table that is too large for memory to sort with: qsort must do without.
static int by_first_byte(const void* a, const void* b)
{
    return *(const unsigned char*)a - *(const unsigned char*)b;
}

static void sorting_without_memory(void)
{
    enum { kRow = 4096, kRows = 64 };
    static unsigned char rows[kRows][kRow];
    struct rlimit limits, none;
    CHECK_EQUAL(getrlimit(RLIMIT_AS, &limits), 0);
    for (int i = 0; i < kRows; i++)
        rows[i][0] = (unsigned char)(i * 37), rows[i][kRow - 1] = (unsigned char)(i * 37 + 1);
    none = limits;
    none.rlim_cur = 4096;
    setrlimit(RLIMIT_AS, &none);
    qsort(rows, kRows, kRow, by_first_byte);
    setrlimit(RLIMIT_AS, &limits);
    int wrong = 0;
    for (int i = 0; i < kRows; i++)
        wrong += rows[i][kRow - 1] != (unsigned char)(rows[i][0] + 1);
    for (int i = 1; i < kRows; i++)
        wrong += rows[i - 1][0] > rows[i][0];
    CHECK_EQUAL(wrong, 0);
}

static void random_numbers(void)
{
    srand(42);
    const int first = rand(), second = rand();
    srand(42);
    CHECK(rand() == first && rand() == second && first != second && first >= 0);
}

const struct test number_tests[] = {
    {"strtol family", integers}, {"strtod", doubles},
    {"qsort bsearch", sorting},  {"qsort without memory", sorting_without_memory},
    {"rand", random_numbers},    {NULL, NULL}};
