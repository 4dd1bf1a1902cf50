// Where a program begins. The kernel has put on the stack, from esp upwards:
//   argc, argv[0..argc-1], NULL, envp..., NULL, auxv pairs..., AT_NULL
// (System V i386). ebp = 0 ends backtraces; the stack is aligned to 16 bytes for the call.
    .section .text
    .globl _start
    .type _start, @function
_start:
    xorl %ebp, %ebp
    movl %esp, %eax
    andl $-16, %esp
    subl $12, %esp
    pushl %eax
    call __libc_start
    hlt                          // never reached: __libc_start calls exit
    .size _start, . - _start

    .section .note.GNU-stack, "", @progbits
