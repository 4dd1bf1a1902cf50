// ptrace: the kernel writes the word of a PEEK to memory; C's function returns it.
#include <stdarg.h>
#include <sys/ptrace.h>

#include "user/libc/src/result.h"

static int is_peek(enum __ptrace_request request)
{
    return request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA || request == PTRACE_PEEKUSER;
}

long ptrace(enum __ptrace_request request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    const long pid = va_arg(arguments, long), address = va_arg(arguments, long);
    long data = va_arg(arguments, long), word = 0;
    va_end(arguments);
    if (is_peek(request)) data = (long)&word;
    const long answer = result(__syscall4(SYS_ptrace, request, pid, address, data));
    if (!is_peek(request) || answer < 0) return answer;
    errno = 0;
    return word;
}
