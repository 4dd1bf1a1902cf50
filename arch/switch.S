// From one kernel stack to another, and where new threads begin (arch/thread_switch.h).

.set SAVED_ESP, 4                       // offset in ThreadContext

.text
// ThreadContext* switch_context(ThreadContext* from, ThreadContext* to)
.balign 16
.globl switch_context
switch_context:
    movl 4(%esp), %eax
    movl 8(%esp), %edx
    pushl %ebp
    pushl %ebx
    pushl %esi
    pushl %edi
    movl %esp, SAVED_ESP(%eax)
    movl SAVED_ESP(%edx), %esp
    movl %edx, %fs:current_context
    popl %edi
    popl %esi
    popl %ebx
    popl %ebp
    ret                                 // eax: the context that was left

// Stack: entry, argument.
.globl kernel_thread_start
kernel_thread_start:
    pushl %eax
    call thread_begin
    addl $4, %esp
    sti
    popl %eax
    call *%eax
    call thread_end

// Stack: the user's TrapFrame.
.globl user_thread_start
user_thread_start:
    pushl %eax
    call thread_begin
    movl %esp, %eax
    addl $4, %eax
    movl %eax, (%esp)
    call return_to_user

.section .note.GNU-stack, "", @progbits
