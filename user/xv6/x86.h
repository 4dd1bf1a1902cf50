// Single instructions, as far as a program may execute them.
#pragma once

#include "types.h"

// Stores a value and returns the former one, as one step for all CPUs.
static inline uint xchg(volatile uint* address, uint value)
{
    __asm__ volatile("lock; xchgl %0, %1" : "+m"(*address), "+r"(value) : : "memory");
    return value;
}

static inline void stosb(void* to, int byte, int count)
{
    __asm__ volatile("cld; rep stosb" : "+D"(to), "+c"(count) : "a"(byte) : "memory");
}

static inline void stosl(void* to, int word, int count)
{
    __asm__ volatile("cld; rep stosl" : "+D"(to), "+c"(count) : "a"(word) : "memory");
}

static inline uint readeflags(void)
{
    uint flags;
    __asm__ volatile("pushfl; popl %0" : "=r"(flags));
    return flags;
}
