// Backslash escapes (see escapes.h).
#include "user/lib/escapes.h"

#include <ctype.h>
#include <string.h>

static int digit_value(int c)
{
    return isdigit(c) ? c - '0' : tolower(c) - 'a' + 10;
}

static int read_number(const char** at, int base, int most_digits)
{
    int value = 0;
    for (; most_digits > 0 && isxdigit((unsigned char)**at); most_digits--, (*at)++) {
        const int digit = digit_value((unsigned char)**at);
        if (digit >= base) break;
        value = value * base + digit;
    }
    return value & 255;
}

int read_escape(const char** at)
{
    static const char letters[] = "abefnrtv\\";
    static const char bytes[] = "\a\b\033\f\n\r\t\v\\";
    const char letter = **at;
    const char* found = letter ? strchr(letters, letter) : 0;
    if (found) {
        (*at)++;
        return bytes[found - letters];
    }
    if (letter == 'c') {
        (*at)++;
        return -1;
    }
    if (letter == 'x' && isxdigit((unsigned char)(*at)[1])) {
        (*at)++;
        return read_number(at, 16, 2);
    }
    if (letter >= '0' && letter <= '7') return read_number(at, 8, letter == '0' ? 4 : 3);
    return '\\';
}
