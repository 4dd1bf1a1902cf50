// The x86's exceptions by number, xv6's interrupts.
#pragma once

#define T_DIVIDE 0    // division by zero
#define T_DEBUG 1     // debugging
#define T_NMI 2       // non-maskable interrupt
#define T_BRKPT 3     // int3
#define T_OFLOW 4     // into
#define T_BOUND 5     // bound
#define T_ILLOP 6     // no such instruction
#define T_DEVICE 7    // no floating point now
#define T_DBLFLT 8    // double fault
#define T_TSS 10      // bad task segment
#define T_SEGNP 11    // segment not present
#define T_STACK 12    // stack segment
#define T_GPFLT 13    // general protection
#define T_PGFLT 14    // page fault
#define T_FPERR 16    // floating point
#define T_ALIGN 17    // alignment
#define T_MCHK 18     // machine check
#define T_SIMDERR 19  // SIMD floating point

#define T_SYSCALL 64   // a system call in xv6 (here: 0x80)
#define T_DEFAULT 500  // any other

#define T_IRQ0 32  // IRQ 0 arrives here
#define IRQ_TIMER 0
#define IRQ_KBD 1
#define IRQ_COM1 4
#define IRQ_IDE 14
#define IRQ_ERROR 19
#define IRQ_SPURIOUS 31
