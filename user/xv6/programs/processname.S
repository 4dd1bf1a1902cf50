// The slide's kill line: pid 4 processname: trap 14 err 6 on cpu 0 eip 0x1a addr 0x800444--kill proc
// A program linked at 0 whose instruction at 0x1a stores to 0x800444, where nothing is mapped.
    .section .text.startup, "ax", @progbits  // first in the program: address 0
    .globl main
    .type main, @function
main:
    xorl %eax, %eax
    jmp store
    .org 0x1a, 0x90
store:
    movl %eax, 0x800444
    ud2                          // never reached
    .size main, . - main

    .section .note.GNU-stack, "", @progbits
