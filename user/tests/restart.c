// An instruction that faults is restarted exactly: registers and memory are as if the page had always been there.
#include "report.h"

#include <stdint.h>
#include <sys/mman.h>

static char* fresh(unsigned pages)
{
    char* memory = mmap(NULL, pages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(memory != MAP_FAILED);
    return memory;
}

// push with esp at the lowest byte of a present page: the word goes into an absent one.
static void push_into_absent(void)
{
    char* top = fresh(2) + kPage;
    uint32_t after;
    top[0] = 1;
    __asm__ volatile("mov %%esp, %%ebx\n\t"
                     "mov %1, %%esp\n\t"
                     "push $0x12345678\n\t"
                     "mov %%esp, %0\n\t"
                     "mov %%ebx, %%esp"
                     : "=&r"(after)
                     : "r"(top)
                     : "ebx", "memory");
    check(after == (uint32_t)(uintptr_t)top - 4);
    check(*(uint32_t*)(top - 4) == 0x12345678);
}

// pusha writes eight words; here the fifth and later ones fall into an absent page.
static void pusha_over_boundary(void)
{
    char* boundary = fresh(2) + kPage;
    uint32_t* top = (uint32_t*)(boundary + 16);
    uint32_t after;
    boundary[0] = 1;
    __asm__ volatile("mov %%esp, %%esi\n\t"
                     "mov %1, %%esp\n\t"
                     "mov $0x11111111, %%ecx\n\t"
                     "mov $0x22222222, %%edi\n\t"
                     "pusha\n\t"
                     "mov %%esp, %0\n\t"
                     "mov %%esi, %%esp"
                     : "=&a"(after)
                     : "d"(top)
                     : "ecx", "esi", "edi", "memory");
    check(after == (uint32_t)(uintptr_t)top - 32);
    check(top[-2] == 0x11111111);                // ecx: second word, in the page that was there
    check(top[-8] == 0x22222222);                // edi: last word, in the page that was not
    check(top[-5] == (uint32_t)(uintptr_t)top);  // esp as it was before the instruction
}

// rep movsb over four absent pages on both sides.
static void rep_movs(void)
{
    enum { kSize = 3 * kPage + 123 };
    char* from = fresh(4);
    char* to = fresh(4);
    char* source = from + 5;
    char* target = to + 777;
    for (int i = 0; i < kSize; i++)
        source[i] = (char)(i * 7);
    char *si = source, *di = target;
    uint32_t count = kSize;
    __asm__ volatile("rep movsb" : "+S"(si), "+D"(di), "+c"(count) : : "memory");
    check(si == source + kSize && di == target + kSize && count == 0);
    check(memcmp(source, target, kSize) == 0);
    check(target[kSize] == 0 && target[-1] == 0);

    // And from pages that are absent at the source: zeroes arrive.
    char* zeroes = fresh(3);
    si = zeroes;
    di = target;
    count = 2 * kPage / 4;
    __asm__ volatile("rep movsl" : "+S"(si), "+D"(di), "+c"(count) : : "memory");
    check(count == 0 && si == zeroes + 2 * kPage);
    for (int i = 0; i < 2 * kPage; i++)
        check(target[i] == 0);
}

// Backwards, with the direction flag set.
static void rep_movs_backwards(void)
{
    char* to = fresh(3);
    static char from[2 * kPage];
    for (unsigned i = 0; i < sizeof(from); i++)
        from[i] = (char)(i * 3);
    char *si = from + sizeof(from) - 1, *di = to + sizeof(from) + 99;
    uint32_t count = sizeof(from);
    __asm__ volatile("std\n\trep movsb\n\tcld" : "+S"(si), "+D"(di), "+c"(count) : : "memory");
    check(count == 0 && memcmp(to + 100, from, sizeof(from)) == 0);
}

// One store of four bytes of which two lie in each of two absent pages.
static void store_across_two_pages(void)
{
    char* memory = fresh(2);
    const long before = all_faults();
    *(volatile uint32_t*)(memory + kPage - 2) = 0xaabbccdd;
    check(all_faults() - before == 2);
    check((unsigned char)memory[kPage - 2] == 0xdd && (unsigned char)memory[kPage + 1] == 0xaa);
    check(memory[kPage - 3] == 0 && memory[kPage + 2] == 0);
}

// A read-modify-write instruction on an absent page happens once.
static void increment_once(void)
{
    char* memory = fresh(1);
    __asm__ volatile("incl %0\n\tlock addl $2, %0" : "+m"(*(int*)memory));
    check(*(int*)memory == 3);
}

int main(void)
{
    push_into_absent();
    pusha_over_boundary();
    rep_movs();
    rep_movs_backwards();
    store_across_two_pages();
    increment_once();
    puts("restart: exact");
    return 0;
}
