// vfork: the child runs on the parent's stack and would overwrite the return address there, so it waits in ecx, which
// the kernel keeps for both.
    .section .text
    .globl vfork
    .type vfork, @function
vfork:
    popl %ecx
    movl $190, %eax              // SYS_vfork
    int $0x80
    pushl %ecx
    cmpl $-4095, %eax
    jae 1f
    ret
1:  negl %eax
    movl %eax, errno
    movl $-1, %eax
    ret
    .size vfork, . - vfork

    .section .note.GNU-stack, "", @progbits
