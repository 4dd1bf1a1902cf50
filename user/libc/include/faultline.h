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

// page_info::backing: where the contents of the page live
#define PAGE_BACKING_NONE 0       // no region holds the address
#define PAGE_BACKING_ZERO 1       // never written: it reads as zeroes
#define PAGE_BACKING_ANONYMOUS 2  // a frame of private memory
#define PAGE_BACKING_FILE 3       // a page of a file
#define PAGE_BACKING_SHARED 4     // a page of shared anonymous memory
#define PAGE_BACKING_SWAP 5       // a swap slot
#define PAGE_BACKING_GUARD 6      // the guard page of the xv6 layout
#define PAGE_BACKING_KERNEL 7     // the kernel's half of the map

// page_info::region_flags
#define PAGE_REGION_SHARED 1
#define PAGE_REGION_HEAP 2
#define PAGE_REGION_STACK 4

struct page_info {      // of the page that holds an address
    unsigned pde, pte;  // raw entries, 0: none
    unsigned backing;   // PAGE_BACKING_*
    unsigned offset;    // FILE, SHARED: byte offset of this page in its object; SWAP: slot number
    unsigned region_first, region_end;  // addresses; 0, 0: no region
    unsigned rights;                    // PROT_*
    unsigned region_flags;              // PAGE_REGION_*
    char name[64];                      // path of the file, "" otherwise
};

// frame_info::use
#define FRAME_USE_RESERVED 0  // firmware, holes, frames beyond the direct map
#define FRAME_USE_FREE 1
#define FRAME_USE_KERNEL 2     // image, boot data, kernel page tables
#define FRAME_USE_SLAB 3       // kernel heap
#define FRAME_USE_STACK 4      // kernel stacks
#define FRAME_USE_DIRECTORY 5  // a page directory
#define FRAME_USE_TABLE 6      // a page table
#define FRAME_USE_ANONYMOUS 7  // private memory of programs
#define FRAME_USE_CACHE 8      // a page of a file, a disk or shared memory
#define FRAME_USE_PIPE 9       // a pipe's ring
#define FRAME_USE_ZERO 10      // the one shared frame of zeroes
#define FRAME_USE_SWAP 11      // private memory that stands in the swap area, too

// frame_info::flags
#define FRAME_DIRTY 1       // newer than the file
#define FRAME_REFERENCED 2  // used since the clock's hand passed
#define FRAME_BUSY 4        // being read in
#define FRAME_WRITING 8     // being written
#define FRAME_CACHED 16     // in the page cache

struct frame_info {
    unsigned use;           // FRAME_USE_*
    unsigned owners;        // PTEs, the cache, pins
    unsigned flags;         // FRAME_DIRTY, ...
    unsigned index;         // page index in its file or memory; VPN of private memory
    unsigned mapper_count;  // PTEs that show it
    struct {
        int pid;
        unsigned va;
    } mappers[16];  // the first of them
    char name[64];  // path of the file that it caches, "" otherwise
};

// What a policy does at once and what it puts off: docs/architecture.md.
#define FL_POLICY_STOCK 0
#define FL_POLICY_LAZY 1
#define FL_POLICY_COW 2
#define FL_POLICY_FULL 3

__BEGIN_DECLS
// The raw page-table entry of a virtual address of a process; 0 where there is none, or no such process.
unsigned getpagetableentry(pid_t pid, const void* address);
// 1 if the frame (a number, not an address) is free; a clean cached frame that nothing maps counts as free.
int isphysicalpagefree(unsigned frame);
// Writes the process's page table to the kernel log.
int dumppagetable(pid_t pid);
// The entries of the page that holds an address of a process (0: of this one), and what stands behind it. -1 with ESRCH
// where there is no such process.
int page_info(pid_t pid, const void* address, struct page_info* info);
// Who uses a frame, how many own it, and which pages of which processes show it. -1 with EINVAL beyond the last frame.
int frame_info(unsigned frame, struct frame_info* info);
// Lets another process run.
int yield(void);
// Ends the machine at once, with this exit status of QEMU where it listens. Returns only on failure.
int shutdown(int status);
// The policy of this process from its next exec on, and its children's. stack_pages: of programs in the xv6 layout; 0:
// what the program's kind gets (16; 1 where it was built with --xv6).
int set_policy(int policy, int stack_pages);
// The nth allocation (a frame, or an object of the kernel's heap) that the kernel makes from now on for this process fails,
// once; 0 switches that off. Returns what was left of the previous count: 0, it has fired or was off. A call that does so
// itself makes no allocation, nor does a child inherit the count.
int fail_nth(int n);
// Runs a self-test of the kernel ("all": every one that does not end in a panic), which prints a line to the kernel log. -1
// with ENOENT where there is none of the name, EIO where one failed.
int ktest(const char* name);
__END_DECLS
