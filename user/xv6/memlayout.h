// Where things lie in xv6. KERNBASE and the direct map above it are this kernel's too; a program can compute with the
// addresses, not read them.
#pragma once

#define EXTMEM 0x100000      // physical: memory above the PC's old devices
#define PHYSTOP 0xE000000    // physical: end of memory (here with mem=224M)
#define DEVSPACE 0xFE000000  // devices
#define KERNBASE 0x80000000  // end of a program's addresses
#define KERNLINK (KERNBASE + EXTMEM)

#define V2P(a) (((uint)(a)) - KERNBASE)
#define P2V(a) ((void*)(((char*)(a)) + KERNBASE))
#define V2P_WO(x) ((x)-KERNBASE)  // the same for constants and assembly
#define P2V_WO(x) ((x) + KERNBASE)
