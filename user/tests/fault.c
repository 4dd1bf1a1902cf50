// Dies of one page fault, of the kind that the argument names. The kernel prints the kill line.
#include "report.h"

#include <sys/mman.h>

static const int read_only = 42;

static void overflow(int depth)
{
    volatile char frame[1024];
    frame[0] = (char)depth;
    if (depth >= 0) overflow(depth + 1);  // always: the condition only quiets the compiler
    frame[1] = frame[0];
}

int main(int argc, char** argv)
{
    const char* kind = argc > 1 ? argv[1] : "";
    volatile int* const unmapped = (int*)0x800444;
    volatile int* const kernel = (int*)0x80100000;
    if (strcmp(kind, "unmapped-read") == 0) return *unmapped;
    if (strcmp(kind, "unmapped-write") == 0) *unmapped = 1;
    if (strcmp(kind, "null-read") == 0) return *(volatile int*)(argc - 2);
    if (strcmp(kind, "null-write") == 0) *(volatile int*)(argc - 2) = 1;
    if (strcmp(kind, "kernel-read") == 0) return *kernel;
    if (strcmp(kind, "kernel-write") == 0) *kernel = 1;
    if (strcmp(kind, "text-write") == 0) *(volatile int*)main = 1;
    if (strcmp(kind, "rodata-write") == 0) *(volatile int*)&read_only = 1;
    if (strcmp(kind, "jump-unmapped") == 0) ((void (*)(void))0x800444)();
    if (strcmp(kind, "stack-overflow") == 0) overflow(0);
    if (strcmp(kind, "none-read") == 0) {
        char* page = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        page[0] = 1;
        mprotect(page, kPage, PROT_NONE);
        return *(volatile char*)page;
    }
    if (strcmp(kind, "divide") == 0) {
        volatile int zero = argc - 2;
        return 100 / zero;  // 1 / x needs no division
    }
    if (strcmp(kind, "illegal") == 0) __asm__ volatile("ud2");
    if (strcmp(kind, "privileged") == 0) __asm__ volatile("hlt");
    if (strcmp(kind, "bad-selector") == 0) __asm__ volatile("movw %w0, %%gs" : : "r"(0x1234));
    fprintf(
        stderr,
        "usage: fault unmapped-read|unmapped-write|null-read|null-write|kernel-read|kernel-write|text-write|"
        "rodata-write|jump-unmapped|stack-overflow|none-read|divide|illegal|privileged|bad-selector\n");
    return 2;
}
