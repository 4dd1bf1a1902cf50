// The calls that look into page tables: one entry, one frame, the whole table of a process in the kernel's log.
#include "report.h"

#include <faultline.h>
#include <sys/mman.h>
#include <sys/wait.h>

int main(int argc, char** argv)
{
    if (argc > 1) {  // dump another process's table, or none
        report("result", dumppagetable(atoi(argv[1])));
        return 0;
    }
    volatile char* page = mmap(NULL, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(getpagetableentry(getpid(), (const void*)page) == 0);
    page[0] = 1;
    const unsigned entry = getpagetableentry(getpid(), (const void*)page);
    check((entry & 7) == 7);        // present, writable, user
    check((entry & 0x60) == 0x60);  // accessed, dirty
    check(isphysicalpagefree(entry >> 12) == 0);
    check(getpagetableentry(99999, (const void*)page) == 0);
    check(dumppagetable(getpid()) == 0);
    report("pid", getpid());
    report("vpn", (long)((unsigned long)page >> 12));
    report("ppn", (long)(entry >> 12));
    munmap((void*)page, 2 * kPage);
    check(getpagetableentry(getpid(), (const void*)page) == 0);
    return 0;
}
