// setjmp keeps what a function must keep: ebx esi edi ebp, its own esp and return address. longjmp loads them and
// returns from setjmp a second time. sigsetjmp also has C code save the signal mask (jump_mask.c).
// struct __jump_state: ebx 0, esi 4, edi 8, ebp 12, esp 16, eip 20, mask_saved 24, mask 28.
    .section .text
    .globl setjmp, _setjmp, sigsetjmp, longjmp, _longjmp, siglongjmp
    .type setjmp, @function
    .type _setjmp, @function
    .type sigsetjmp, @function
    .type longjmp, @function
    .type _longjmp, @function
    .type siglongjmp, @function

sigsetjmp:
    movl 4(%esp), %eax
    movl 8(%esp), %ecx
    movl %ecx, 24(%eax)
    testl %ecx, %ecx
    jz save_registers
    subl $12, %esp               // keeps the call aligned
    movl %eax, (%esp)
    call __save_mask
    addl $12, %esp
    movl 4(%esp), %eax
    jmp save_registers

setjmp:
_setjmp:
    movl 4(%esp), %eax
    movl $0, 24(%eax)
save_registers:
    movl %ebx, 0(%eax)
    movl %esi, 4(%eax)
    movl %edi, 8(%eax)
    movl %ebp, 12(%eax)
    leal 4(%esp), %ecx           // esp as the caller has it after the return
    movl %ecx, 16(%eax)
    movl (%esp), %ecx
    movl %ecx, 20(%eax)
    xorl %eax, %eax
    ret

longjmp:
_longjmp:
siglongjmp:
    movl 4(%esp), %edx
    cmpl $0, 24(%edx)
    je 1f
    subl $12, %esp
    movl %edx, (%esp)
    call __restore_mask
    addl $12, %esp
    movl 4(%esp), %edx
1:  movl 8(%esp), %eax
    testl %eax, %eax
    jnz 2f
    incl %eax                    // setjmp never returns 0 a second time
2:  movl 0(%edx), %ebx
    movl 4(%edx), %esi
    movl 8(%edx), %edi
    movl 12(%edx), %ebp
    movl 16(%edx), %esp
    jmp *20(%edx)

    .section .note.GNU-stack, "", @progbits
