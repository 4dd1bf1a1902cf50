// Comparing strings.
#include <ctype.h>
#include <string.h>

int strcmp(const char* a, const char* b)
{
    while (*a && *a == *b)
        a++, b++;
    return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char* a, const char* b, size_t count)
{
    while (count && *a && *a == *b)
        a++, b++, count--;
    return count ? (unsigned char)*a - (unsigned char)*b : 0;
}

int strcoll(const char* a, const char* b)
{
    return strcmp(a, b);
}

int strncasecmp(const char* a, const char* b, size_t count)
{
    for (; count; a++, b++, count--) {
        const int difference = tolower((unsigned char)*a) - tolower((unsigned char)*b);
        if (difference || !*a) return difference;
    }
    return 0;
}

int strcasecmp(const char* a, const char* b)
{
    return strncasecmp(a, b, (size_t)-1);
}

// Runs of digits compare as numbers; a run that begins with 0 is a fraction: shorter zeros are bigger (GNU's order).
int strverscmp(const char* a, const char* b)
{
    size_t common = 0, run_start = 0;
    int fraction = 1;
    for (; a[common] == b[common]; common++) {
        if (!a[common]) return 0;
        if (!isdigit((unsigned char)a[common])) {
            run_start = common + 1;
            fraction = 1;
        } else if (a[common] != '0') {
            fraction = 0;
        }
    }
    if ((unsigned)a[run_start] - '1' < 9 && (unsigned)b[run_start] - '1' < 9) {
        // Two numbers without leading zeros: the one with more digits is bigger.
        for (size_t i = common; isdigit((unsigned char)a[i]); i++)
            if (!isdigit((unsigned char)b[i])) return 1;
        size_t i = common;
        while (isdigit((unsigned char)a[i]))
            i++;
        if (isdigit((unsigned char)b[i])) return -1;
    } else if (fraction && run_start < common &&
               (isdigit((unsigned char)a[common]) || isdigit((unsigned char)b[common]))) {
        return (unsigned char)(a[common] - '0') - (unsigned char)(b[common] - '0');
    }
    return (unsigned char)a[common] - (unsigned char)b[common];
}
