// From the boot loader to C++ in the high half.
//
// Multiboot 1 starts us in flat 32-bit protected mode, paging off, interrupts off, eax = magic, ebx = information.
// Everything in .boot.* is linked at its physical address; boot_high is the first instruction above KERNBASE.

#include "boot/boot.inc"

.set MULTIBOOT_MAGIC, 0x1BADB002
.set MULTIBOOT_FLAGS, 3                 // modules on page boundaries; a memory map, please

.section .boot.header, "a"
.balign 4
    .long MULTIBOOT_MAGIC, MULTIBOOT_FLAGS, -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

.section .boot.text, "ax"
.globl boot_entry
boot_entry:
    cli
    cld
    movl $boot_stack_top, %esp
    pushl %ebx
    pushl %eax
    lgdt boot_gdt_register
    ljmp $KERNEL_CODE, $1f
1:  movl $KERNEL_DATA, %eax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    xorl %eax, %eax
    movw %ax, %fs
    movw %ax, %gs
    call boot_traps                     // from here on no trap is silent
    call check_cpu
    call boot_page_tables
    call boot_enable_paging
    popl %eax
    popl %ebx
    movl $boot_high, %edx
    jmp *%edx

// Large pages we need, global ones we take.
check_cpu:
    movl $1, %eax
    cpuid
    movl $text_no_pse, %esi
    testl $CPUID_PSE, %edx
    jz boot_stop
    testl $CPUID_PGE, %edx
    jz 1f
    orl $CR4_PGE, boot_cr4
1:  ret

// Loads the boot directory; large pages, and global ones where the CPU has them. Used by each CPU. Leaves eax, edx changed.
.globl boot_enable_paging
boot_enable_paging:
    movl boot_cr4, %eax
    movl %eax, %cr4
    movl $boot_directory, %eax
    movl %eax, %cr3
    movl %cr0, %eax
    andl $~CR0_CACHE_OFF, %eax
    orl $(CR0_PAGING | CR0_WRITE_PROTECT), %eax
    movl %eax, %cr0
    ret

.section .boot.data, "aw"
// Null, and the kernel's flat code and data where the final GDT has them (arch/segments.h).
.balign 8
.globl boot_gdt
boot_gdt:
    .skip KERNEL_CODE
    .quad 0x00CF9A000000FFFF
    .quad 0x00CF92000000FFFF
.globl boot_gdt_register
boot_gdt_register:
    .word . - boot_gdt - 1
    .long boot_gdt

boot_cr4:
    .long CR4_PSE
text_no_pse:
    .asciz "panic: this CPU has no 4 MiB pages (PSE), which Faultline needs\r\n"

.section .boot.pages, "aw", @nobits
.balign 4096
.globl boot_directory
boot_directory:
    .skip 4096
    .skip 2048
boot_stack_top:

.text
boot_high:
    movl $boot_stack_high, %esp
    xorl %ebp, %ebp                     // backtraces end here
    movl %ebx, %edx
    call boot_main                      // does not return

// The boot CPU's stack: kernel_main runs on it, and so does its idle thread. mm takes the guard page away.
.bss
.balign 4096
.globl boot_stack_guard
boot_stack_guard:
    .skip 4096
.globl boot_stack_low
boot_stack_low:
    .skip 8192
.globl boot_stack_high
boot_stack_high:

.section .note.GNU-stack, "", @progbits
