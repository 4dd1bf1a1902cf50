// The break, and the mmap family.
#include <stdarg.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "user/libc/src/result.h"

// The kernel's brk never fails: it answers with the break as it now stands.
static uintptr_t set_break(const void* end)
{
    return (uintptr_t)__sys_brk(end);
}

int brk(void* end)
{
    if (set_break(end) == (uintptr_t)end) return 0;
    errno = ENOMEM;
    return -1;
}

void* sbrk(intptr_t increment)
{
    const uintptr_t old = set_break(NULL);
    if (increment == 0) return (void*)old;
    const uintptr_t wanted = old + (uintptr_t)increment;
    const int wrapped = increment > 0 ? wanted < old : wanted > old;
    if (!wrapped && set_break((void*)wanted) == wanted) return (void*)old;
    errno = ENOMEM;
    return (void*)-1;
}

void* mmap(void* start, size_t size, int protection, int flags, int fd, off_t offset)
{
    if (offset < 0 || offset % 4096 || offset >> 44) {  // the call counts pages, in 32 bits
        errno = EINVAL;
        return MAP_FAILED;
    }
    return (void*)result(
        __sys_mmap2(start, size, (unsigned)protection, (unsigned)flags, fd, (unsigned)(offset / 4096)));
}

void* mremap(void* start, size_t old_size, size_t new_size, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    void* new_start = flags & MREMAP_FIXED ? va_arg(arguments, void*) : NULL;
    va_end(arguments);
    return (void*)result(__sys_mremap(start, old_size, new_size, (unsigned)flags, new_start));
}

int munmap(void* start, size_t size)
{
    return result(__sys_munmap(start, size));
}

int mprotect(void* start, size_t size, int protection)
{
    return result(__sys_mprotect(start, size, (unsigned)protection));
}

int msync(void* start, size_t size, int flags)
{
    return result(__sys_msync(start, size, (unsigned)flags));
}

int madvise(void* start, size_t size, int advice)
{
    return result(__sys_madvise(start, size, (unsigned)advice));
}

int mincore(void* start, size_t size, unsigned char* vector)
{
    return result(__sys_mincore(start, size, vector));
}

int mlock(const void* start, size_t size)
{
    return result(__sys_mlock((void*)start, size));
}

int mlock2(const void* start, size_t size, unsigned flags)
{
    return result(__sys_mlock2((void*)start, size, flags));
}

int munlock(const void* start, size_t size)
{
    return result(__sys_munlock((void*)start, size));
}

int mlockall(int flags)
{
    return result(__sys_mlockall((unsigned)flags));
}

int munlockall(void)
{
    return result(__sys_munlockall());
}
