// The stubs behind the IDT, and the way out to user mode. arch/trap_frame.h draws what they build.
//
// Null system call: 15 instructions in, 15 out. Kernel and user share the page tables, so no CR3 is loaded.
// A fault in one of the instructions between return_to_user_pops and return_to_user_iret is the user's doing (a bad
// selector): arch/interrupts.cpp finds it by its address and mends the frame.

.set KERNEL_DATA, 0x68
.set PERCPU, 0xd8
.set FRAME_CS, 60                       // offsets in TrapFrame
.set FRAME_EIP, 56

.macro SAVE_REGISTERS
    pusha
    pushl %ds
    pushl %es
    pushl %fs
    pushl %gs
    movl $KERNEL_DATA, %eax
    movw %ax, %ds
    movw %ax, %es
    movl $PERCPU, %eax
    movw %ax, %fs
    cld
.endm

.text

// ---- System calls: interrupts stay on (a trap gate) ----

.balign 16
.globl system_call_stub
system_call_stub:
    pushl $0
    pushl $0x80
    SAVE_REGISTERS
    movl %esp, %eax
    call syscall_entry
    cli

// ---- Out to user mode: esp = the frame, interrupts off ----

leave_to_user:
    movl %fs:current_context, %eax
    cmpl $0, (%eax)                     // ThreadContext::return_work
    jne do_work
.globl return_to_user_pops
return_to_user_pops:
    popl %gs
.globl return_to_user_fs
return_to_user_fs:
    popl %fs
.globl return_to_user_es
return_to_user_es:
    popl %es
.globl return_to_user_ds
return_to_user_ds:
    popl %ds
    popa
    addl $8, %esp                       // trap number, error code
.globl return_to_user_iret
return_to_user_iret:
    iret

do_work:
    movl %esp, %eax
    call return_to_user_work
    cli
    jmp leave_to_user

// [[noreturn]] void return_to_user(TrapFrame* frame_at_top)
.globl return_to_user
return_to_user:
    movl %eax, %esp
    jmp leave_to_user

// [[noreturn]] void resume_bad_return(TrapFrame* frame_at_top): tells kernel/, then tries again
.globl resume_bad_return
resume_bad_return:
    movl %eax, %esp
    call bad_user_return
    cli
    jmp leave_to_user

// ---- Traps and interrupts: interrupts are off (interrupt gates) ----

.balign 16
page_fault_stub:
    pushl $14
    SAVE_REGISTERS
    movl %esp, %eax
    movl %cr2, %edx                     // before anything can fault again
    call page_fault_entry
    jmp leave

.balign 16
common:
    SAVE_REGISTERS
    movl %esp, %eax
    call trap_dispatch
leave:
    cli
    testb $3, FRAME_CS(%esp)
    jnz leave_to_user
    addl $4, %esp                       // not gs: it may still hold the selector of a thread that ran before, whose
    popl %fs                            // TLS entry is gone; the kernel uses no gs, and the user's is in the user's frame
    popl %es
    popl %ds
    popa
    addl $8, %esp
    iret

// ---- One stub a vector; the CPU pushes an error code itself for some traps ----

.set WITH_ERROR_CODE, (1 << 8) | (1 << 10) | (1 << 11) | (1 << 12) | (1 << 13) | (1 << 14) | (1 << 17)

.macro STUB vector
    .balign 4
stub_\vector:
    .if \vector >= 32
    pushl $0
    .elseif ((WITH_ERROR_CODE >> \vector) & 1) == 0
    pushl $0
    .endif
    .if \vector == 14
    jmp page_fault_stub
    .else
    pushl $\vector
    jmp common
    .endif
    .section .rodata
    .long stub_\vector
    .text
.endm

.section .rodata
.balign 4
.globl trap_stubs
trap_stubs:
.text
.altmacro
.set number, 0
.rept 256
    STUB %number
    .set number, number + 1
.endr

.section .note.GNU-stack, "", @progbits
