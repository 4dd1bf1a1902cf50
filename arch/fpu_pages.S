// Clearing and copying one page: 16 bytes a store by SSE where the CPU has it, else unrolled words.
// The user's registers are live (arch/fpu.h), so those used are saved on the stack.

.text
.balign 16
.globl clear_page_sse
clear_page_sse:
    subl $16, %esp
    movups %xmm0, (%esp)
    xorps %xmm0, %xmm0
    leal 4096(%eax), %edx
1:
    .set offset, 0
    .rept 32
    movaps %xmm0, offset(%eax)
    .set offset, offset + 16
    .endr
    addl $512, %eax
    cmpl %edx, %eax
    jne 1b
    movups (%esp), %xmm0
    addl $16, %esp
    ret

.balign 16
.globl copy_page_sse
copy_page_sse:
    movl %edx, %ecx
    subl $64, %esp
    movups %xmm0, (%esp)
    movups %xmm1, 16(%esp)
    movups %xmm2, 32(%esp)
    movups %xmm3, 48(%esp)
    leal 4096(%eax), %edx
1:
    .set offset, 0
    .rept 8
    movaps offset(%ecx), %xmm0
    movaps offset + 16(%ecx), %xmm1
    movaps offset + 32(%ecx), %xmm2
    movaps offset + 48(%ecx), %xmm3
    movaps %xmm0, offset(%eax)
    movaps %xmm1, offset + 16(%eax)
    movaps %xmm2, offset + 32(%eax)
    movaps %xmm3, offset + 48(%eax)
    .set offset, offset + 64
    .endr
    addl $512, %eax
    addl $512, %ecx
    cmpl %edx, %eax
    jne 1b
    movups (%esp), %xmm0
    movups 16(%esp), %xmm1
    movups 32(%esp), %xmm2
    movups 48(%esp), %xmm3
    addl $64, %esp
    ret

.balign 16
.globl clear_page_words
clear_page_words:
    xorl %ecx, %ecx
    leal 4096(%eax), %edx
1:
    .set offset, 0
    .rept 32
    movl %ecx, offset(%eax)
    .set offset, offset + 4
    .endr
    addl $128, %eax
    cmpl %edx, %eax
    jne 1b
    ret

.balign 16
.globl copy_page_words
copy_page_words:
    pushl %esi
    pushl %edi
    movl %eax, %edi
    movl %edx, %esi
    movl $1024, %ecx
    rep movsl
    popl %edi
    popl %esi
    ret

.section .note.GNU-stack, "", @progbits
