// Copies that may fault on user addresses (arch/user_copy.h).
//
// Each stretch that may fault is listed in user_copy_ranges with the place to go on at. A fault in a fast stretch goes on
// byte by byte from the last position known to be copied; a fault there ends it, so the count is exact.
// SSE registers are live (arch/fpu.h): four are saved on the stack. If the fault handler sleeps meanwhile, the thread's
// own FpuState keeps what they hold.

.macro RANGE begin, end, recovery
    .section .rodata.user_copy, "a"
    .long \begin, \end, \recovery
    .text
.endm

.data
.globl user_copy_by_sse
.balign 4
user_copy_by_sse: .long 0               // arch/fpu.cpp sets it

.section .rodata.user_copy, "a"
.balign 4
.globl user_copy_ranges
user_copy_ranges:

.text
// u32 user_copy_bytes(void* to, const void* from, u32 size): edi, esi; ecx = bytes left
.set BLOCK, 256
.balign 16
.globl user_copy_bytes
user_copy_bytes:
    pushl %esi
    pushl %edi
    movl %eax, %edi
    movl %edx, %esi
    cmpl $BLOCK, %ecx
    jae copy_blocks
copy_rest:
    movl %ecx, %edx
    shrl $2, %ecx
    andl $3, %edx
copy_words:
    rep movsl
copy_words_end:
    movl %edx, %ecx
copy_tail:
    rep movsb
copy_tail_end:
copied:
    movl %ecx, %eax
    popl %edi
    popl %esi
    ret
copy_words_failed:
    leal (%edx, %ecx, 4), %ecx
    jmp copy_tail

copy_blocks:
    cmpl $0, user_copy_by_sse
    je copy_rest
    subl $64, %esp
    movups %xmm0, (%esp)
    movups %xmm1, 16(%esp)
    movups %xmm2, 32(%esp)
    movups %xmm3, 48(%esp)
copy_sse:
    .set offset, 0
    .rept BLOCK / 64
    movups offset(%esi), %xmm0
    movups offset + 16(%esi), %xmm1
    movups offset + 32(%esi), %xmm2
    movups offset + 48(%esi), %xmm3
    movups %xmm0, offset(%edi)
    movups %xmm1, offset + 16(%edi)
    movups %xmm2, offset + 32(%edi)
    movups %xmm3, offset + 48(%edi)
    .set offset, offset + 64
    .endr
copy_sse_end:
    addl $BLOCK, %esi
    addl $BLOCK, %edi
    subl $BLOCK, %ecx
    cmpl $BLOCK, %ecx
    jae copy_sse
    call restore_sse
    jmp copy_rest
copy_sse_failed:                        // this block again, byte by byte, until it faults
    call restore_sse
    jmp copy_tail

restore_sse:
    movups 4(%esp), %xmm0
    movups 20(%esp), %xmm1
    movups 36(%esp), %xmm2
    movups 52(%esp), %xmm3
    ret $64

    RANGE copy_sse, copy_sse_end, copy_sse_failed
    RANGE copy_words, copy_words_end, copy_words_failed
    RANGE copy_tail, copy_tail_end, copied

// u32 user_clear_bytes(void* to, u32 size)
.balign 16
.globl user_clear_bytes
user_clear_bytes:
    pushl %edi
    movl %eax, %edi
    movl %edx, %ecx
    xorl %eax, %eax
    shrl $2, %ecx
    andl $3, %edx
clear_words:
    rep stosl
clear_words_end:
    movl %edx, %ecx
clear_tail:
    rep stosb
clear_tail_end:
cleared:
    movl %ecx, %eax
    popl %edi
    ret
clear_words_failed:
    leal (%edx, %ecx, 4), %ecx
    jmp clear_tail

    RANGE clear_words, clear_words_end, clear_words_failed
    RANGE clear_tail, clear_tail_end, cleared

// u32 user_copy_string(char* to, const char* from, u32 limit, CopyStringEnd* end): four bytes at a time until one of
// them is NUL or absent. ecx = bytes left
.set END_NUL, 0
.set END_LIMIT, 1
.set END_FAULT, 2
.balign 16
.globl user_copy_string
user_copy_string:
    pushl %esi
    pushl %edi
    pushl %ebx
    pushl %eax
    movl %eax, %edi
    movl %edx, %esi
    subl $4, %ecx
    jb string_last
string_words:
    movl (%esi), %eax
string_words_end:
    leal -0x01010101(%eax), %edx        // a zero byte borrows
    movl %eax, %ebx
    notl %ebx
    andl %ebx, %edx
    testl $0x80808080, %edx
    jnz string_last
    movl %eax, (%edi)
    addl $4, %esi
    addl $4, %edi
    subl $4, %ecx
    jae string_words
string_last:
    addl $4, %ecx
    jz string_limit
string_bytes:
    movb (%esi), %al
string_bytes_end:
    movb %al, (%edi)
    incl %esi
    incl %edi
    testb %al, %al
    jz string_nul
    decl %ecx
    jnz string_bytes
string_limit:
    movl $END_LIMIT, %edx
    jmp string_done
string_failed:
    movl $END_FAULT, %edx
    jmp string_done
string_nul:
    movl $END_NUL, %edx
string_done:
    movl 20(%esp), %eax                 // the fourth argument
    movl %edx, (%eax)
    movl %edi, %eax
    popl %edx
    subl %edx, %eax
    popl %ebx
    popl %edi
    popl %esi
    ret

    RANGE string_words, string_words_end, string_last
    RANGE string_bytes, string_bytes_end, string_failed

// u32 user_compare_exchange(u32* word, u32 expected, u32 desired, u32* found)
.balign 16
.globl user_compare_exchange
user_compare_exchange:
    xchgl %eax, %edx                    // eax: expected, edx: word
exchange:
    lock cmpxchgl %ecx, (%edx)
exchange_end:
    movl 4(%esp), %edx
    movl %eax, (%edx)
    xorl %eax, %eax
    ret
exchange_failed:
    movl $4, %eax
    ret

    RANGE exchange, exchange_end, exchange_failed

// u32 user_copy_words(void* to, const void* from, u32 words): for a few. Not 0: a fault
.balign 16
.globl user_copy_words
user_copy_words:
    pushl %esi
    pushl %edi
    movl %eax, %edi
    movl %edx, %esi
few_words:
    rep movsl
few_words_end:
    movl %ecx, %eax
    popl %edi
    popl %esi
    ret

// The FPU state in a signal frame: FSAVE's header of 112 bytes, then FXSAVE's image (SDM vol. 1, "FXSAVE Area").
.set IMAGE, 112
.set STATUS_AND_MAGIC, 108
.set IMAGE_TAGS, IMAGE + 4
.set IMAGE_MXCSR, IMAGE + 24
.set IMAGE_SOFTWARE, IMAGE + 464

// UserFpu user_fpu_save(void* header): the x87 registers go into the image only; where one is in use the caller fills in
// the header's.
.balign 16
.globl user_fpu_save
user_fpu_save:
fpu_save:
    fxsave IMAGE(%eax)
    movl $0, IMAGE_SOFTWARE(%eax)       // no state of newer CPUs follows
    movzwl IMAGE + 2(%eax), %edx        // status
    movl %edx, STATUS_AND_MAGIC(%eax)   // magic 0: an image follows
    orl $0xffff0000, %edx
    movl %edx, 4(%eax)
    movzwl IMAGE(%eax), %edx            // control
    orl $0xffff0000, %edx
    movl %edx, (%eax)
    movl $-1, 8(%eax)                   // tags: all empty
    movl IMAGE + 8(%eax), %edx          // instruction, operand
    movl %edx, 12(%eax)
    movl IMAGE + 12(%eax), %edx
    movl %edx, 16(%eax)
    movl IMAGE + 16(%eax), %edx
    movl %edx, 20(%eax)
    movl IMAGE + 20(%eax), %edx
    movl %edx, 24(%eax)
    cmpb $0, IMAGE_TAGS(%eax)
fpu_save_end:
    jne fpu_rest_is_callers
fpu_done:
    xorl %eax, %eax
    ret
fpu_rest_is_callers:
    movl $2, %eax
    ret
fpu_failed:
    movl $1, %eax
    ret

// UserFpu user_fpu_restore(const void* header, u32 bad_mxcsr): where header and image agree and no x87 register is in
// use. The caller has seen to the alignment. A general protection fault ends here, too (somebody changed MXCSR meanwhile).
.balign 16
.globl user_fpu_restore
user_fpu_restore:
fpu_restore:
    movw (%eax), %cx
    cmpw %cx, IMAGE(%eax)
    jne fpu_rest_is_callers
    movw 4(%eax), %cx
    cmpw %cx, IMAGE + 2(%eax)
    jne fpu_rest_is_callers
    cmpw $-1, 8(%eax)
    jne fpu_rest_is_callers
    cmpb $0, IMAGE_TAGS(%eax)
    jne fpu_rest_is_callers
    testl %edx, IMAGE_MXCSR(%eax)
    jnz fpu_failed
    fxrstor IMAGE(%eax)
fpu_restore_end:
    jmp fpu_done

    RANGE few_words, few_words_end, few_words_end
    RANGE fpu_save, fpu_save_end, fpu_failed
    RANGE fpu_restore, fpu_restore_end, fpu_failed

.section .rodata.user_copy, "a"
.globl user_copy_ranges_end
user_copy_ranges_end:

.section .note.GNU-stack, "", @progbits
