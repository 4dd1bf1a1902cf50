// Non-local jumps. A jmp_buf holds ebx esi edi ebp esp eip, then, for sigsetjmp, whether and which mask to restore.
#pragma once

#include <sys/cdefs.h>

struct __jump_state {
    unsigned registers[6];
    int mask_saved;
    unsigned mask[2];
};
typedef struct __jump_state jmp_buf[1];
typedef struct __jump_state sigjmp_buf[1];

__BEGIN_DECLS
int setjmp(jmp_buf state) __attribute__((returns_twice));
int _setjmp(jmp_buf state) __attribute__((returns_twice));
int sigsetjmp(sigjmp_buf state, int save_mask) __attribute__((returns_twice));
__noreturn void longjmp(jmp_buf state, int value);
__noreturn void _longjmp(jmp_buf state, int value);
__noreturn void siglongjmp(sigjmp_buf state, int value);
__END_DECLS
