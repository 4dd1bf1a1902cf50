// From one kernel stack to another, and where new threads begin (arch/thread_switch.h).

.set SAVED_ESP, 4                       // offset in ThreadContext

.text
// ThreadContext* switch_context(ThreadContext* from, ThreadContext* to)
.balign 16
.globl switch_context
switch_context:
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
    call thread_begin
    sti
    popl %edx
    popl %eax
    call *%edx
    call thread_end

// Stack: the user's TrapFrame.
.globl user_thread_start
user_thread_start:
    call thread_begin
    movl %esp, %eax
    call return_to_user

.section .note.GNU-stack, "", @progbits
