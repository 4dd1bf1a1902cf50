// Traps before the real IDT is loaded: print number, error code, eip and CR2 on COM1 and port 0xE9, and stop.
// Position: physical addresses, valid before and (by the identity map) after paging is on.

#include "boot/boot.inc"

.set TRAPS, 32
.set WITH_ERROR_CODE, (1 << 8) | (1 << 10) | (1 << 11) | (1 << 12) | (1 << 13) | (1 << 14) | (1 << 17)
.set STUB_SIZE, 8
.set GATE_INTERRUPT, 0x8E00

.section .boot.text, "ax"
.globl boot_traps
boot_traps:                             // fills and loads the IDT
    movl $boot_idt, %edi
    movl $stubs, %eax
    movl $TRAPS, %ecx
1:  movw %ax, (%edi)
    movw $KERNEL_CODE, 2(%edi)
    movw $GATE_INTERRUPT, 4(%edi)
    movl %eax, %edx
    shrl $16, %edx
    movw %dx, 6(%edi)
    addl $8, %edi
    addl $STUB_SIZE, %eax
    loop 1b
    lidt boot_idt_register
    ret

.balign 8
stubs:
.set number, 0
.rept TRAPS
    .balign STUB_SIZE
    .if ((WITH_ERROR_CODE >> number) & 1) == 0
    pushl $0
    .endif
    pushl $number
    jmp report
    .set number, number + 1
.endr

report:                                 // stack: number, error code, eip, ...
    movl $KERNEL_DATA, %eax
    movw %ax, %ds
    movl $text_trap, %esi
    call print
    popl %eax
    call print_hex
    movl $text_error, %esi
    call print
    popl %eax
    call print_hex
    movl $text_eip, %esi
    call print
    popl %eax
    call print_hex
    movl $text_cr2, %esi
    call print
    movl %cr2, %eax
    call print_hex
    movl $text_end, %esi
    call boot_stop

// Prints the text at esi, ends QEMU where it can be ended that way, halts.
.globl boot_stop
boot_stop:
    call print
    movl $0x3E, %eax                    // status 125, as for a panic (arch/power.h)
    outl %eax, $0xF4
1:  cli
    hlt
    jmp 1b

print:
    lodsb
    testb %al, %al
    jz 1f
    call put
    jmp print
1:  ret

print_hex:                              // eax, 8 digits
    movl %eax, %ebx
    movl $8, %ecx
1:  roll $4, %ebx
    movl %ebx, %eax
    andl $15, %eax
    movb digits(%eax), %al
    call put
    loop 1b
    ret

put:                                    // al
    movb %al, %ah
    outb %al, $0xE9
    movw $0x3FD, %dx
    movl $0x10000, %edi                 // a line that is never ready must not hang us
1:  pause
    inb %dx, %al
    testb $0x20, %al
    jnz 2f
    decl %edi
    jnz 1b
2:  movw $0x3F8, %dx
    movb %ah, %al
    outb %al, %dx
    ret

.section .boot.data, "aw"
digits: .ascii "0123456789abcdef"
text_trap: .asciz "\r\npanic: trap 0x"
text_error: .asciz " error code 0x"
text_eip: .asciz " at eip 0x"
text_cr2: .asciz " cr2 0x"
text_end: .asciz " before the kernel could handle traps\r\n"
.balign 4
boot_idt_register:
    .word TRAPS * 8 - 1
    .long boot_idt

.section .boot.pages, "aw", @nobits
.balign 8
boot_idt:
    .skip TRAPS * 8

.section .note.GNU-stack, "", @progbits
