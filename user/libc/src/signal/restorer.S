// Where a signal handler returns to: sigaction passes one of these as sa_restorer. They ask the kernel to load the
// registers that it saved on the stack. Unwinders and debuggers know them by these bytes.
    .section .text
    .globl __restore, __restore_rt
    .type __restore, @function
    .type __restore_rt, @function
__restore:
    popl %eax                    // the signal's number; the saved registers follow
    movl $119, %eax              // SYS_sigreturn
    int $0x80
    .size __restore, . - __restore
__restore_rt:
    movl $173, %eax              // SYS_rt_sigreturn
    int $0x80
    .size __restore_rt, . - __restore_rt

    .section .note.GNU-stack, "", @progbits
