// Moving, filling and searching bytes. Long stretches go by words, four in a round: in an emulator plain loads and
// stores are cheaper than rep movs, and on hardware the loop keeps up for the sizes programs use.
// (Built with -fno-tree-loop-distribute-patterns, or the compiler would turn these loops into calls of themselves.)
#include <stdint.h>
#include <string.h>

#include "user/libc/src/string/word.h"

enum { kRound = 4 * sizeof(word) };

void* memcpy(void* to, const void* from, size_t size)
{
    unsigned char* target = to;
    const unsigned char* source = from;
    for (; size >= kRound; size -= kRound, target += kRound, source += kRound) {
        const word a = ((const word*)source)[0], b = ((const word*)source)[1];
        const word c = ((const word*)source)[2], d = ((const word*)source)[3];
        ((word*)target)[0] = a, ((word*)target)[1] = b;
        ((word*)target)[2] = c, ((word*)target)[3] = d;
    }
    for (; size >= sizeof(word); size -= sizeof(word), target += sizeof(word), source += sizeof(word))
        *(word*)target = *(const word*)source;
    while (size--)
        *target++ = *source++;
    return to;
}

static void copy_backwards(unsigned char* target, const unsigned char* source, size_t size)
{
    while (size % sizeof(word))
        size--, target[size] = source[size];
    for (; size; size -= sizeof(word))
        *(word*)(target + size - sizeof(word)) = *(const word*)(source + size - sizeof(word));
}

void* memmove(void* to, const void* from, size_t size)
{
    // Forwards is safe unless the target begins inside the source. (memcpy reads each round before it writes it.)
    if ((uintptr_t)to - (uintptr_t)from >= size) return memcpy(to, from, size);
    copy_backwards(to, from, size);
    return to;
}

void* memset(void* memory, int c, size_t size)
{
    unsigned char* at = memory;
    const word pattern = (unsigned char)c * 0x01010101U;
    for (; size >= kRound; size -= kRound, at += kRound) {
        ((word*)at)[0] = pattern, ((word*)at)[1] = pattern;
        ((word*)at)[2] = pattern, ((word*)at)[3] = pattern;
    }
    while (size--)
        *at++ = (unsigned char)c;
    return memory;
}

int memcmp(const void* a, const void* b, size_t size)
{
    const unsigned char *left = a, *right = b;
    for (; size >= sizeof(word) && *(const word*)left == *(const word*)right; size -= sizeof(word))
        left += sizeof(word), right += sizeof(word);
    for (; size; size--, left++, right++)
        if (*left != *right) return *left - *right;
    return 0;
}

void* mempcpy(void* to, const void* from, size_t size)
{
    return (char*)memcpy(to, from, size) + size;
}

void* memccpy(void* to, const void* from, int c, size_t size)
{
    unsigned char* target = to;
    const unsigned char* source = from;
    while (size--)
        if ((*target++ = *source++) == (unsigned char)c) return target;
    return NULL;
}

void* memchr(const void* memory, int c, size_t size)
{
    const unsigned char* at = memory;
    const word pattern = (unsigned char)c * 0x01010101U;
    for (; size >= sizeof(word) && !has_zero_byte(*(const word*)at ^ pattern); size -= sizeof(word))
        at += sizeof(word);
    for (; size--; at++)
        if (*at == (unsigned char)c) return (void*)at;
    return NULL;
}

void* memrchr(const void* memory, int c, size_t size)
{
    const unsigned char* at = memory;
    while (size--)
        if (at[size] == (unsigned char)c) return (void*)(at + size);
    return NULL;
}

void* memmem(const void* haystack, size_t haystack_size, const void* needle, size_t needle_size)
{
    const unsigned char* at = haystack;
    if (needle_size == 0) return (void*)at;
    for (; haystack_size >= needle_size; at++, haystack_size--)
        if (*at == *(const unsigned char*)needle && memcmp(at, needle, needle_size) == 0) return (void*)at;
    return NULL;
}

int bcmp(const void* a, const void* b, size_t size)
{
    return memcmp(a, b, size);
}

void bcopy(const void* from, void* to, size_t size)
{
    memmove(to, from, size);
}

void bzero(void* memory, size_t size)
{
    memset(memory, 0, size);
}

void explicit_bzero(void* memory, size_t size)
{
    memset(memory, 0, size);
    __asm__ volatile("" : : "r"(memory) : "memory");  // the compiler may not drop the store to a dying buffer
}
