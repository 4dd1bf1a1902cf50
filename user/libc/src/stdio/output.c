// Writing: characters, blocks, strings.
#include <string.h>

#include "user/libc/src/stdio/stream.h"

int fputc(int c, FILE* stream)
{
    const unsigned char byte = (unsigned char)c;
    if (!(stream->flags & kWriting) || stream->next >= stream->end)
        return __write_bytes(stream, &byte, 1) == 1 ? byte : EOF;
    *stream->next++ = byte;
    return byte;
}

int putc(int c, FILE* stream)
{
    return fputc(c, stream);
}

int putc_unlocked(int c, FILE* stream)
{
    return fputc(c, stream);
}

int putchar(int c)
{
    return fputc(c, stdout);
}

size_t fwrite(const void* memory, size_t size, size_t count, FILE* stream)
{
    return size ? __write_bytes(stream, memory, size * count) / size : 0;
}

int fputs(const char* text, FILE* stream)
{
    const size_t length = strlen(text);
    return __write_bytes(stream, text, length) == length ? 0 : EOF;
}

int puts(const char* text)
{
    return fputs(text, stdout) == 0 && fputc('\n', stdout) != EOF ? 0 : EOF;
}
