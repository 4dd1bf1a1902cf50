// The printf family: all of them are __format with one sink or the other.
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "user/libc/src/stdio/format.h"
#include "user/libc/src/stdio/stream.h"

// An unbuffered stream gets a buffer for the time of one call: one write for a message, not one for each piece.
static int print_with_buffer(FILE* stream, const char* format, va_list arguments)
{
    unsigned char memory[256];
    FILE buffered = {.fd = stream->fd,
                     .flags = kWritable | kModeChosen,
                     .buffering = _IOFBF,
                     .buffer = memory,
                     .size = sizeof(memory)};
    struct sink sink = {.stream = &buffered};
    const int count = __format(&sink, format, arguments);
    if (buffered.flags & kWriting) __flush(&buffered);
    stream->flags |= buffered.flags & kFailed;
    return buffered.flags & kFailed ? -1 : count;
}

int vfprintf(FILE* stream, const char* format, va_list arguments)
{
    if (__begin_writing(stream) < 0) return -1;
    if (stream->buffering == _IONBF) return print_with_buffer(stream, format, arguments);
    const unsigned failed_before = stream->flags & kFailed;
    stream->flags &= ~(unsigned)kFailed;
    struct sink sink = {.stream = stream};
    const int count = __format(&sink, format, arguments);
    const int failed = stream->flags & kFailed;
    stream->flags |= failed_before;
    return failed ? -1 : count;
}

int vdprintf(int fd, const char* format, va_list arguments)
{
    FILE stream = {.fd = fd, .flags = kWritable | kModeChosen, .buffering = _IONBF};
    return print_with_buffer(&stream, format, arguments);
}

int vsnprintf(char* to, size_t size, const char* format, va_list arguments)
{
    struct sink sink = {.next = to, .end = size ? to + size - 1 : to};
    const int count = __format(&sink, format, arguments);
    if (size) *sink.next = 0;
    return count;
}

int vsprintf(char* to, const char* format, va_list arguments)
{
    // As much as there can be from here to the end of the address space.
    const size_t room = UINTPTR_MAX - (uintptr_t)to;
    return vsnprintf(to, room < INT_MAX ? room : INT_MAX, format, arguments);
}

int vasprintf(char** to, const char* format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    const int count = vsnprintf(NULL, 0, format, again);
    va_end(again);
    *to = count < 0 ? NULL : malloc((size_t)count + 1);
    return *to ? vsnprintf(*to, (size_t)count + 1, format, arguments) : -1;
}

int vprintf(const char* format, va_list arguments)
{
    return vfprintf(stdout, format, arguments);
}

#define FORWARD(call)                                                                                        \
    va_list arguments;                                                                                       \
    va_start(arguments, format);                                                                             \
    const int count = call;                                                                                  \
    va_end(arguments);                                                                                       \
    return count

int printf(const char* format, ...)
{
    FORWARD(vfprintf(stdout, format, arguments));
}

int fprintf(FILE* stream, const char* format, ...)
{
    FORWARD(vfprintf(stream, format, arguments));
}

int dprintf(int fd, const char* format, ...)
{
    FORWARD(vdprintf(fd, format, arguments));
}

int sprintf(char* to, const char* format, ...)
{
    FORWARD(vsprintf(to, format, arguments));
}

int snprintf(char* to, size_t size, const char* format, ...)
{
    FORWARD(vsnprintf(to, size, format, arguments));
}

int asprintf(char** to, const char* format, ...)
{
    FORWARD(vasprintf(to, format, arguments));
}
