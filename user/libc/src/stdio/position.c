// Positions, and the state of a stream.
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "user/libc/src/stdio/stream.h"

int fseeko(FILE* stream, off_t offset, int whence)
{
    if (stream->flags & kWriting && __flush(stream) < 0) return -1;
    // The descriptor is ahead of the program by what was read ahead.
    if (stream->flags & kReading && whence == SEEK_CUR) offset -= stream->end - stream->next;
    if (lseek(stream->fd, offset, whence) < 0) return -1;
    stream->flags &= ~(unsigned)(kReading | kWriting | kAtEnd);
    stream->next = stream->end = stream->buffer;
    return 0;
}

off_t ftello(FILE* stream)
{
    // What waits to be appended will land at the end, wherever the descriptor is now.
    const int at_end = stream->flags & kAppends && stream->flags & kWriting && stream->next > stream->buffer;
    const off_t position = lseek(stream->fd, 0, at_end ? SEEK_END : SEEK_CUR);
    if (position < 0) return -1;
    if (stream->flags & kReading) return position - (stream->end - stream->next);
    if (stream->flags & kWriting) return position + (stream->next - stream->buffer);
    return position;
}

int fseek(FILE* stream, long offset, int whence)
{
    return fseeko(stream, offset, whence);
}

long ftell(FILE* stream)
{
    const off_t position = ftello(stream);
    if (position <= LONG_MAX) return (long)position;
    errno = EOVERFLOW;
    return -1;
}

void rewind(FILE* stream)
{
    fseek(stream, 0, SEEK_SET);
    clearerr(stream);
}

int fgetpos(FILE* stream, fpos_t* position)
{
    *position = ftello(stream);
    return *position < 0 ? -1 : 0;
}

int fsetpos(FILE* stream, const fpos_t* position)
{
    return fseeko(stream, *position, SEEK_SET);
}

int feof(FILE* stream)
{
    return (stream->flags & kAtEnd) != 0;
}

int ferror(FILE* stream)
{
    return (stream->flags & kFailed) != 0;
}

void clearerr(FILE* stream)
{
    stream->flags &= ~(unsigned)(kAtEnd | kFailed);
}

int fileno(FILE* stream)
{
    return stream->fd;
}
