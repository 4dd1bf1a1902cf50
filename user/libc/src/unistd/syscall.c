// syscall(): any call by number.
#include <stdarg.h>
#include <unistd.h>

#include "user/libc/src/result.h"

long syscall(long number, ...)
{
    long words[6];
    va_list arguments;
    va_start(arguments, number);
    for (int i = 0; i < 6; i++)
        words[i] = va_arg(arguments, long);
    va_end(arguments);
    return result(__syscall6(number, words[0], words[1], words[2], words[3], words[4], words[5]));
}
