// The calls that only Faultline has. The first two answer with plain values: no errno.
#include <faultline.h>

#include "user/libc/src/result.h"

unsigned getpagetableentry(pid_t pid, const void* address)
{
    return (unsigned)__sys_getpagetableentry(pid, address);
}

int isphysicalpagefree(unsigned frame)
{
    return __sys_isphysicalpagefree(frame);
}

int dumppagetable(pid_t pid)
{
    return result(__sys_dumppagetable(pid));
}

int page_info(pid_t pid, const void* address, struct page_info* info)
{
    return result(__sys_page_info(pid, address, info));
}

int frame_info(unsigned frame, struct frame_info* info)
{
    return result(__sys_frame_info(frame, info));
}

int yield(void)
{
    return result(__sys_yield());
}

int shutdown(int status)
{
    return result(__sys_shutdown(status));
}

int set_policy(int policy, int stack_pages)
{
    return result(__sys_set_policy((unsigned)policy, stack_pages));
}

int fail_nth(int n)
{
    return result(__sys_fail_nth(n));
}

int ktest(const char* name)
{
    return result(__sys_ktest(name));
}
