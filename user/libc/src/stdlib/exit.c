// The end of a program: functions of atexit in reverse order, C++ destructors, stdio's buffers, the kernel.
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "user/libc/src/result.h"

typedef void (*function)(void);

static function* functions;
static size_t count, capacity;

extern const function __fini_array_start[] __attribute__((weak, visibility("hidden")));
extern const function __fini_array_end[] __attribute__((weak, visibility("hidden")));

void __flush_streams(void) __attribute__((weak));  // only in programs that use stdio

int atexit(function function_)
{
    if (count == capacity) {
        const size_t bigger = capacity ? 2 * capacity : 32;
        function* moved = realloc(functions, bigger * sizeof(*functions));
        if (!moved) return -1;
        functions = moved;
        capacity = bigger;
    }
    functions[count++] = function_;
    return 0;
}

void exit(int status)
{
    while (count > 0)
        functions[--count]();  // a function may register another
    for (const function* each = __fini_array_end; each > __fini_array_start;)
        (*--each)();
    if (__flush_streams) __flush_streams();
    _exit(status);
}

void _exit(int status)
{
    for (;;)
        __sys_exit_group(status);
}

void _Exit(int status)
{
    _exit(status);
}

void abort(void)
{
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGABRT);
    sigprocmask(SIG_UNBLOCK, &mask, NULL);
    raise(SIGABRT);
    signal(SIGABRT, SIG_DFL);  // a handler has returned: it may not keep the program alive
    raise(SIGABRT);
    _exit(127);
}
