// How a system call's answer becomes C's: the kernel returns -errno in the last page of numbers.
#pragma once

#include <errno.h>
#include <faultline_syscalls.h>

static inline long result(long answer)
{
    if ((unsigned long)answer <= -4096UL) return answer;
    errno = (int)-answer;
    return -1;
}

// For calls that the kernel's table does not have yet.
static inline int no_such_call(void)
{
    errno = ENOSYS;
    return -1;
}
