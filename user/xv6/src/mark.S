// The ELF note by which the kernel knows a program of xv6: it gets xv6's layout, one page of stack, and starts at main
// with xv6's frame: the return address 0xffffffff, argc, argv.
    .section .note.faultline, "a", @note
    .balign 4
    .long 2f - 1f                // bytes of the owner's name
    .long 4f - 3f                // bytes of the description
    .long 1                      // NT_FAULTLINE_XV6
1:  .asciz "Faultline"
2:  .balign 4
3:  .long 1
4:  .balign 4

    .section .note.GNU-stack, "", @progbits
