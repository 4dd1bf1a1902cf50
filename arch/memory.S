// memcpy, memmove, memset: the string instructions, by words. The compiler calls them by these names.
// Arguments: eax, edx, ecx (-mregparm=3, here and in every .S file of the kernel); eax, edx, ecx may be changed.

.text
.balign 16
.globl memcpy
memcpy:
    pushl %edi
    pushl %esi
    movl %eax, %edi
    movl %edx, %esi
    movl %ecx, %edx
forward:
    shrl $2, %ecx
    rep movsl
    movl %edx, %ecx
    andl $3, %ecx
    rep movsb
    popl %esi
    popl %edi
    ret

.balign 16
.globl memmove
memmove:
    pushl %edi
    pushl %esi
    movl %eax, %edi
    movl %edx, %esi
    subl %eax, %edx
    negl %edx
    cmpl %ecx, %edx                     // unsigned: below only if `to` lies inside [from, from + size)
    movl %ecx, %edx
    jae forward
    addl %edx, %edi                     // from the last byte down: odd bytes, then words
    addl %edx, %esi
    decl %edi
    decl %esi
    std
    andl $3, %ecx
    rep movsb
    subl $3, %edi
    subl $3, %esi
    movl %edx, %ecx
    shrl $2, %ecx
    rep movsl
    cld
    popl %esi
    popl %edi
    ret

.balign 16
.globl memset
memset:
    pushl %edi
    pushl %eax
    movl %eax, %edi
    movzbl %dl, %eax
    imull $0x01010101, %eax
    movl %ecx, %edx
    shrl $2, %ecx
    rep stosl
    movl %edx, %ecx
    andl $3, %ecx
    rep stosb
    popl %eax
    popl %edi
    ret

.section .note.GNU-stack, "", @progbits
