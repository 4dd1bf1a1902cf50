// Names for temporary files.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { kPlaceholderLength = 6, kAttempts = 1000 };

// Not secret, only different each time; O_EXCL is what protects.
static unsigned some_number(void)
{
    static unsigned counter;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned)now.tv_nsec / 16 + (unsigned)getpid() * 65537U + counter++ * 2654435761U;
}

static char* placeholder_in(char* pattern)
{
    const size_t length = strlen(pattern);
    if (length >= kPlaceholderLength && strcmp(pattern + length - kPlaceholderLength, "XXXXXX") == 0)
        return pattern + length - kPlaceholderLength;
    errno = EINVAL;
    return NULL;
}

static void fill(char* placeholder)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEF0";
    unsigned number = some_number();
    for (int i = 0; i < kPlaceholderLength; i++, number /= 32)
        placeholder[i] = letters[number % 32];
}

int mkostemp(char* pattern, int flags)
{
    char* placeholder = placeholder_in(pattern);
    for (int attempt = 0; placeholder && attempt < kAttempts; attempt++) {
        fill(placeholder);
        const int fd = open(pattern, O_RDWR | O_CREAT | O_EXCL | flags, 0600);
        if (fd >= 0 || errno != EEXIST) return fd;
    }
    return -1;
}

int mkstemp(char* pattern)
{
    return mkostemp(pattern, 0);
}

char* mkdtemp(char* pattern)
{
    char* placeholder = placeholder_in(pattern);
    for (int attempt = 0; placeholder && attempt < kAttempts; attempt++) {
        fill(placeholder);
        if (mkdir(pattern, 0700) == 0) return pattern;
        if (errno != EEXIST) return NULL;
    }
    return NULL;
}
