// The x86's paging as xv6 names it, and a few bits of the CPU's registers.
//
//   31          22 21          12 11           0
//   | directory   | table        | offset      |   a virtual address
//     PDX(va)       PTX(va)
#pragma once

#include "types.h"

#define FL_IF 0x00000200  // EFLAGS: interrupts are on

#define CR0_PE 0x00000001   // protection
#define CR0_WP 0x00010000   // the kernel, too, heeds read-only pages
#define CR0_PG 0x80000000   // paging
#define CR4_PSE 0x00000010  // 4 MiB pages

#define DPL_USER 0x3  // the privilege of programs

#define NPDENTRIES 1024  // entries of a page directory
#define NPTENTRIES 1024  // entries of a page table
#define PGSIZE 4096      // bytes of a page
#define PTXSHIFT 12
#define PDXSHIFT 22

#define PDX(va) (((uint)(va) >> PDXSHIFT) & 0x3FF)
#define PTX(va) (((uint)(va) >> PTXSHIFT) & 0x3FF)
#define PGADDR(d, t, o) ((uint)((d) << PDXSHIFT | (t) << PTXSHIFT | (o)))

#define PGROUNDUP(sz) (((sz) + PGSIZE - 1) & ~(PGSIZE - 1))
#define PGROUNDDOWN(a) (((a)) & ~(PGSIZE - 1))

// Bits of entries in directories and tables.
#define PTE_P 0x001    // present
#define PTE_W 0x002    // writable
#define PTE_U 0x004    // for programs
#define PTE_PWT 0x008  // write-through
#define PTE_PCD 0x010  // uncached
#define PTE_A 0x020    // was accessed
#define PTE_D 0x040    // was written
#define PTE_PS 0x080   // a 4 MiB page
#define PTE_MBZ 0x180  // must be zero in xv6

#define PTE_ADDR(pte) ((uint)(pte) & ~0xFFF)
#define PTE_FLAGS(pte) ((uint)(pte)&0xFFF)

typedef uint pte_t;
