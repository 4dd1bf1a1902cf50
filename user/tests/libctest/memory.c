// memcpy and its kin at every alignment and overlap, against loops over single bytes.
#include <string.h>

#include "check.h"

enum { kSize = 80 };

static void fill(unsigned char* bytes)
{
    for (int i = 0; i < kSize; i++)
        bytes[i] = (unsigned char)(i * 7 + 1);
}

static int is_moved(const unsigned char* got, int to, int from, int size)
{
    unsigned char wanted[kSize], old[kSize];
    fill(wanted);
    fill(old);
    for (int i = 0; i < size; i++)
        wanted[to + i] = old[from + i];
    return memcmp(got, wanted, kSize) == 0;
}

static void moves(void)
{
    int wrong = 0;
    for (int to = 0; to < 24; to++)
        for (int from = 0; from < 24; from++)
            for (int size = 0; size < 50; size++) {
                unsigned char bytes[kSize];
                fill(bytes);
                wrong += memmove(bytes + to, bytes + from, (size_t)size) != bytes + to ||
                         !is_moved(bytes, to, from, size);
            }
    CHECK_EQUAL(wrong, 0);
}

static void copies(void)
{
    int wrong = 0;
    for (int offset = 0; offset < 8; offset++)
        for (int size = 0; size < 60; size++) {
            unsigned char from[kSize], to[kSize];
            fill(from);
            memset(to, 0xee, sizeof(to));
            memcpy(to + offset, from + 3, (size_t)size);
            for (int i = 0; i < kSize; i++) {
                const int inside = i >= offset && i < offset + size;
                wrong += to[i] != (inside ? from[3 + i - offset] : 0xee);
            }
        }
    CHECK_EQUAL(wrong, 0);
}

static void fills(void)
{
    int wrong = 0;
    for (int offset = 0; offset < 8; offset++)
        for (int size = 0; size < 60; size++) {
            unsigned char bytes[kSize] = {0};
            memset(bytes + offset, 0x1a5, (size_t)size);  // only the low byte counts
            for (int i = 0; i < kSize; i++)
                wrong += bytes[i] != (i >= offset && i < offset + size ? 0xa5 : 0);
        }
    CHECK_EQUAL(wrong, 0);
}

static void order(void)
{
    for (int i = 0; i < 20; i++) {
        unsigned char a[20] = {0}, b[20] = {0};
        a[i] = 1;
        CHECK(memcmp(a, b, sizeof(a)) > 0 && memcmp(b, a, sizeof(a)) < 0 && memcmp(a, b, (size_t)i) == 0);
    }
}

static void searches(void)
{
    int wrong = 0;
    for (int start = 0; start < 8; start++)
        for (int length = 0; length < 30; length++) {
            char text[48];
            memset(text, 'x', sizeof(text));
            text[start + length] = 0;
            text[start + length + 1] = 1;
            wrong += strlen(text + start) != (size_t)length;
            text[start + length] = (char)0x80;
            wrong += memchr(text + start, 0x80, 40) != text + start + length;
            wrong += memchr(text + start, 0x80, (size_t)length) != NULL;
        }
    CHECK_EQUAL(wrong, 0);
}

const struct test memory_tests[] = {{"memmove", moves}, {"memcpy", copies},          {"memset", fills},
                                    {"memcmp", order},  {"strlen memchr", searches}, {NULL, NULL}};
