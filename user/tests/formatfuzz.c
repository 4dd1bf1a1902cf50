// Prints what printf makes of random formats and values, and what strtod and the strtol family make of random texts:
// the same text from every right C library (test/test_libc.py compares with glibc).
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kRounds = 20000 };

static uint64_t next(void)
{
    static uint64_t state = 88172645463325252ULL;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static unsigned below(unsigned limit)
{
    return (unsigned)(next() % limit);
}

static double from_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

// %[flags][width][.precision]LENGTH and one of the conversions. No '#' where glibc is wrong about %#g.
static void make_format(char* to, const char* conversions, const char* length)
{
    static const char flags[] = "-+ 0#";
    const unsigned kinds = strchr(conversions, 'g') ? 4 : 5;
    *to++ = '%';
    for (unsigned count = below(4); count > 0; count--)
        *to++ = flags[below(kinds)];
    if (below(2)) to += sprintf(to, "%u", 1 + below(30));
    if (below(2)) to += below(4) ? sprintf(to, ".%u", below(25)) : sprintf(to, ".");
    to = stpcpy(to, length);
    *to++ = conversions[below((unsigned)strlen(conversions))];
    *to = 0;
}

static double interesting_double(void)
{
    static const double values[] = {0,      -0.0,     1,        0.5,   0.1,   1e-5,      1e-4,
                                    123456, 999999.5, 99999.95, 2.5,   3.5,   1e15,      1e16,
                                    1e22,   1e23,     4.9e-324, 5e-7,  1e21,  9.9999995, 1e17,
                                    0.3,    -1e100,   1.0 / 3,  1e100, 0.125, 1234567,   0.00001234};
    switch (below(3)) {
    case 0:
        return values[below(sizeof(values) / sizeof(values[0]))];
    case 1:
        return from_bits(next());
    }
    return (double)(int64_t)next() / (double)(1ULL << below(60));
}

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"

static void format_something(void)
{
    char format[64], text[2048];
    int count;
    switch (below(6)) {
    case 0:
        make_format(format, "diuxXo", ""),
            count = snprintf(text, sizeof(text), format, (int)(next() >> below(64)));
        break;
    case 1:
        make_format(format, "diuxXo", "ll"),
            count = snprintf(text, sizeof(text), format, next() >> below(64));
        break;
    case 2:
        make_format(format, "diuxXo", "hh"), count = snprintf(text, sizeof(text), format, (int)next());
        break;
    case 3:
        make_format(format, "diuxXo", "h"), count = snprintf(text, sizeof(text), format, (int)next());
        break;
    case 4:
        make_format(format, "s", ""),
            count = snprintf(text, sizeof(text), format, "hello, world" + below(12));
        break;
    default:
        make_format(format, "eEfFgG", ""), count = snprintf(text, sizeof(text), format, interesting_double());
    }
    printf("%s -> %d [%s]\n", format, count, text);
}

static void read_double(void)
{
    char text[128], *end;
    switch (below(3)) {
    case 0:
        sprintf(text, "%.*e", (int)below(20), from_bits(next()));
        break;
    case 1:
        sprintf(text, "%u.%llue%d", below(100000), (unsigned long long)next(), (int)below(700) - 350);
        break;
    default:
        sprintf(text, "  -%llu.%05u", (unsigned long long)next(), below(100000));
    }
    const double value = strtod(text, &end);
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    if (value != value) bits = 0;  // any kind of nan
    printf("%s -> %016llx, %d\n", text, (unsigned long long)bits, (int)(end - text));
}

static void read_integer(void)
{
    char text[64], *end;
    const int base = below(4) ? 2 + (int)below(35) : 0;
    sprintf(text, "%s%s%s%llx%s", below(3) ? "" : "  ", below(3) ? "" : "-",
            below(3)   ? ""
            : below(2) ? "0x"
                       : "0",
            (unsigned long long)(next() >> below(64)), below(2) ? "" : "zq");
    printf("%s in base %d: %ld", text, base, strtol(text, &end, base));
    printf(" %lu", strtoul(text, NULL, base));
    printf(" %lld", strtoll(text, NULL, base));
    printf(" %llu, %d\n", strtoull(text, NULL, base), (int)(end - text));
}

int main(void)
{
    for (int i = 0; i < kRounds; i++)
        format_something();
    for (int i = 0; i < kRounds; i++)
        read_double();
    for (int i = 0; i < kRounds; i++)
        read_integer();
    return 0;
}
