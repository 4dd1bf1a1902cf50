// The calls that only Faultline has: its memory, read by its own programs. On another kernel they fail with ENOSYS,
// except getpagetableentry and isphysicalpagefree, which apply no errno and return what the kernel said.
#pragma once

#include <sys/types.h>

#define FL_PTE_P 0x001  // present
#define FL_PTE_W 0x002  // writable
#define FL_PTE_U 0x004  // user
#define FL_PTE_A 0x020  // accessed
#define FL_PTE_D 0x040  // dirty
#define FL_PTE_PS 0x080
#define FL_PTE_G 0x100
#define FL_PTE_FRAME(pte) ((unsigned)(pte) >> 12)

__BEGIN_DECLS
// The raw page-table entry of a virtual address of a process; 0 where there is none, or no such process.
unsigned getpagetableentry(pid_t pid, const void* address);
// 1 if the frame (a number, not an address) is free; a clean cached frame that nothing maps counts as free.
int isphysicalpagefree(unsigned frame);
// Writes the process's page table to the kernel log.
int dumppagetable(pid_t pid);
// Lets another process run.
int yield(void);
// Ends the machine at once, with this exit status of QEMU where it listens. Returns only on failure.
int shutdown(int status);
__END_DECLS
