// Registers as PTRACE_GETREGS shows them.
#pragma once

struct user_regs_struct {
    long ebx, ecx, edx, esi, edi, ebp, eax;
    long xds, xes, xfs, xgs;
    long orig_eax;  // the system call's number; -1: in none
    long eip, xcs, eflags, esp, xss;
};

struct user_fpregs_struct {
    long cwd, swd, twd, fip, fcs, foo, fos, st_space[20];
};

struct user_fpxregs_struct {
    unsigned short cwd, swd, twd, fop;
    long fip, fcs, foo, fos, mxcsr, reserved;
    long st_space[32], xmm_space[32], padding[56];
};
