// Where the other CPUs begin: real mode, cs:ip = page:0 of a page below 1 MiB, to which arch/apic copies the trampoline.
// It only turns protected mode on; the rest stands where the boot CPU's own entry does.

#include "boot/boot.inc"

.section .rodata
.globl ap_trampoline_begin, ap_trampoline_end
.code16
ap_trampoline_begin:
    cli
    cld
    movw %cs, %ax
    movw %ax, %ds
    lgdtl gdt_register - ap_trampoline_begin
    movl %cr0, %eax
    orl $CR0_PROTECTED, %eax
    movl %eax, %cr0
    ljmpl $KERNEL_CODE, $ap_protected
.balign 4
gdt_register:
    .word KERNEL_DATA + 7
    .long boot_gdt
ap_trampoline_end:

.section .boot.text, "ax"
.code32
ap_protected:
    movl $KERNEL_DATA, %eax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movl $boot_ap_stack_top, %esp
    call boot_enable_paging
    movl $ap_high, %edx
    jmp *%edx

.section .boot.pages, "aw", @nobits
.balign 4
    .skip 64                            // one call; the CPUs start one after the other
boot_ap_stack_top:

.text
ap_high:
    movl ap_start_directory, %eax
    movl %eax, %cr3
    movl ap_start_stack, %esp
    xorl %ebp, %ebp
    movl ap_start_cpu, %eax
    call ap_entry                       // arch/apic.cpp; does not return

.section .note.GNU-stack, "", @progbits
