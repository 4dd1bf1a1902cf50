// memcpy, memmove, memset: the string instructions, by words. The compiler calls them by these names.

.text
.balign 16
.globl memcpy
memcpy:
    pushl %edi
    pushl %esi
    movl 12(%esp), %edi
    movl 16(%esp), %esi
    movl 20(%esp), %edx
    movl %edi, %eax
forward:
    movl %edx, %ecx
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
    movl 12(%esp), %edi
    movl 16(%esp), %esi
    movl 20(%esp), %edx
    movl %edi, %eax
    movl %edi, %ecx
    subl %esi, %ecx
    cmpl %edx, %ecx                     // unsigned: below only if `to` lies inside [from, from + size)
    jae forward
    addl %edx, %edi                     // from the last byte down: odd bytes, then words
    addl %edx, %esi
    decl %edi
    decl %esi
    std
    movl %edx, %ecx
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
    movl 8(%esp), %edi
    movzbl 12(%esp), %eax
    movl 16(%esp), %edx
    imull $0x01010101, %eax
    movl %edx, %ecx
    shrl $2, %ecx
    rep stosl
    movl %edx, %ecx
    andl $3, %ecx
    rep stosb
    movl 8(%esp), %eax
    popl %edi
    ret

.section .note.GNU-stack, "", @progbits
