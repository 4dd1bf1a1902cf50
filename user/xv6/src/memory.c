// The heap's end, and the page tables seen from outside.
#include <faultline_syscalls.h>

#include "user/xv6/src/result.h"
#include "user/xv6/user.h"

// The kernel knows where the heap ends; this library keeps no copy.
char* sbrk(int bytes)
{
    const unsigned long end = (unsigned long)__sys_brk((void*)0);
    if (bytes == 0) return (char*)end;
    const unsigned long wanted = end + (unsigned long)bytes;
    if ((bytes > 0) != (wanted > end)) return (char*)-1;
    return (unsigned long)__sys_brk((void*)wanted) == wanted ? (char*)end : (char*)-1;
}

unsigned getpagetableentry(int pid, int address)
{
    return (unsigned)__sys_getpagetableentry(pid, (const void*)address);
}

int isphysicalpagefree(int page_number)
{
    return (int)__sys_isphysicalpagefree((unsigned)page_number);
}

int dumppagetable(int pid)
{
    return __result(__sys_dumppagetable(pid));
}

// What the compiler may call by itself for assignments of structures. xv6 has no such names, and a program may have its own.
__attribute__((weak)) void* memcpy(void* to, const void* from, unsigned count)
{
    void* const start = to;
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
    return start;
}

__attribute__((weak)) int memcmp(const void* a, const void* b, unsigned count)
{
    const unsigned char *p = a, *q = b;
    for (; count > 0; count--, p++, q++)
        if (*p != *q) return *p - *q;
    return 0;
}
