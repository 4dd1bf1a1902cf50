// The interrupted program as a signal handler with SA_SIGINFO sees it (its third argument, a ucontext_t*).
// The registers may be changed; sigreturn then loads them.
#pragma once

#include <signal.h>

enum {
    REG_GS,
    REG_FS,
    REG_ES,
    REG_DS,
    REG_EDI,
    REG_ESI,
    REG_EBP,
    REG_ESP,
    REG_EBX,
    REG_EDX,
    REG_ECX,
    REG_EAX,
    REG_TRAPNO,
    REG_ERR,
    REG_EIP,
    REG_CS,
    REG_EFL,
    REG_UESP,
    REG_SS,
    NGREG
};

typedef int greg_t;
typedef greg_t gregset_t[NGREG];

typedef struct {
    gregset_t gregs;
    void* fpregs;  // the FPU's state, or null
    unsigned long oldmask;
    unsigned long cr2;  // the address of a page fault
} mcontext_t;

typedef struct ucontext {
    unsigned long uc_flags;
    struct ucontext* uc_link;
    stack_t uc_stack;
    mcontext_t uc_mcontext;
    sigset_t uc_sigmask;
} ucontext_t;
