// There is one locale.
#include <locale.h>
#include <string.h>

char* setlocale(int category, const char* locale)
{
    (void)category;
    const int known = !locale || !*locale || strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0;
    return known ? (char*)"C" : NULL;
}
