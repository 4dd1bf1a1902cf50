// Finding characters and strings in strings.
#include <ctype.h>
#include <stdint.h>
#include <string.h>

char* strchrnul(const char* text, int c)
{
    while (*text && *text != (char)c)
        text++;
    return (char*)text;
}

char* strchr(const char* text, int c)
{
    char* found = strchrnul(text, c);
    return *found == (char)c ? found : NULL;
}

char* strrchr(const char* text, int c)
{
    return memrchr(text, c, strlen(text) + 1);
}

// A set of bytes, one bit each.
struct byte_set {
    uint32_t bits[8];
};

static struct byte_set set_of(const char* bytes)
{
    struct byte_set set = {{0}};
    for (; *bytes; bytes++)
        set.bits[(unsigned char)*bytes / 32] |= 1U << ((unsigned char)*bytes % 32);
    return set;
}

static int contains(const struct byte_set* set, char c)
{
    return (set->bits[(unsigned char)c / 32] >> ((unsigned char)c % 32)) & 1;
}

size_t strspn(const char* text, const char* accept)
{
    const struct byte_set set = set_of(accept);
    size_t length = 0;
    while (text[length] && contains(&set, text[length]))
        length++;
    return length;
}

size_t strcspn(const char* text, const char* reject)
{
    const struct byte_set set = set_of(reject);
    size_t length = 0;
    while (text[length] && !contains(&set, text[length]))
        length++;
    return length;
}

char* strpbrk(const char* text, const char* accept)
{
    text += strcspn(text, accept);
    return *text ? (char*)text : NULL;
}

char* strstr(const char* haystack, const char* needle)
{
    const size_t length = strlen(needle);
    if (length == 0) return (char*)haystack;
    for (; (haystack = strchr(haystack, *needle)); haystack++)
        if (strncmp(haystack, needle, length) == 0) return (char*)haystack;
    return NULL;
}

char* strcasestr(const char* haystack, const char* needle)
{
    const size_t length = strlen(needle);
    for (; strncasecmp(haystack, needle, length) != 0; haystack++)
        if (!*haystack) return NULL;
    return (char*)haystack;
}

char* index(const char* text, int c)
{
    return strchr(text, c);
}

char* rindex(const char* text, int c)
{
    return strrchr(text, c);
}

int ffs(int bits)
{
    return bits ? __builtin_ctz((unsigned)bits) + 1 : 0;
}

int ffsl(long bits)
{
    return ffs((int)bits);
}

int ffsll(long long bits)
{
    return (int)bits ? ffs((int)bits) : (int)(bits >> 32) ? ffs((int)(bits >> 32)) + 32 : 0;
}
