// The heart of stdio: the three standard streams, the list of all streams, filling and flushing buffers.
#include "user/libc/src/stdio/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static unsigned char input_buffer[kPushBack + BUFSIZ], output_buffer[kPushBack + BUFSIZ];

static FILE streams[3] = {
    {.fd = 0,
     .flags = kReadable,
     .buffer = input_buffer + kPushBack,
     .size = BUFSIZ,
     .following = &streams[1]},
    {.fd = 1,
     .flags = kWritable,
     .buffer = output_buffer + kPushBack,
     .size = BUFSIZ,
     .following = &streams[2],
     .before = &streams[0]},
    {.fd = 2, .flags = kWritable | kModeChosen, .buffering = _IONBF, .before = &streams[1]},
};
FILE* stdin = &streams[0];
FILE* stdout = &streams[1];
FILE* stderr = &streams[2];
static FILE* first_stream = &streams[0];

FILE* __new_stream(int fd, unsigned flags)
{
    FILE* stream = calloc(1, sizeof(*stream));
    if (!stream) return NULL;
    stream->fd = fd;
    stream->flags = flags | kOwnsStream;
    stream->following = first_stream;
    first_stream->before = stream;
    first_stream = stream;
    return stream;
}

void __delete_stream(FILE* stream)
{
    if (stream->following) stream->following->before = stream->before;
    if (stream->before)
        stream->before->following = stream->following;
    else
        first_stream = stream->following;
    if (stream->flags & kOwnsBuffer) free(stream->buffer - kPushBack);
    if (stream->flags & kOwnsStream) free(stream);
}

static int fail(FILE* stream, int error)
{
    stream->flags |= kFailed;
    errno = error;
    return -1;
}

// The first time a stream is used: output to a terminal is written line by line, all else by whole buffers.
static int prepare_buffer(FILE* stream)
{
    if (!(stream->flags & kModeChosen) && isatty(stream->fd)) stream->buffering = _IOLBF;
    stream->flags |= kModeChosen;
    if (!stream->buffer) {
        const size_t size = stream->buffering == _IONBF ? 1 : BUFSIZ;
        unsigned char* memory = malloc(kPushBack + size);
        if (!memory) return fail(stream, ENOMEM);
        stream->buffer = memory + kPushBack;
        stream->size = size;
        stream->flags |= kOwnsBuffer;
    }
    stream->next = stream->end = stream->buffer;
    return 0;
}

int __begin_reading(FILE* stream)
{
    if (stream->flags & kReading) return 0;
    if (!(stream->flags & kReadable)) return fail(stream, EBADF);
    if (stream->flags & kWriting) {
        if (__flush(stream) < 0) return -1;
        stream->flags &= ~(unsigned)kWriting;
        stream->next = stream->end = stream->buffer;
    } else if (prepare_buffer(stream) < 0) {
        return -1;
    }
    stream->flags |= kReading;
    return 0;
}

int __begin_writing(FILE* stream)
{
    if (stream->flags & kWriting) return 0;
    if (!(stream->flags & kWritable)) return fail(stream, EBADF);
    if (stream->flags & kReading)
        __drop_read_ahead(stream);
    else if (prepare_buffer(stream) < 0)
        return -1;
    stream->flags = (stream->flags | kWriting) & ~(unsigned)(kReading | kAtEnd);
    stream->next = stream->buffer;
    stream->end = stream->buffering == _IOFBF ? stream->buffer + stream->size : stream->buffer;
    return 0;
}

int __fill(FILE* stream)
{
    if (stream->flags & kAtEnd) return -1;  // until clearerr: a terminal's ^D is to be seen by every reader
    // Who waits for input has seen the question.
    if (stream->buffering != _IOFBF && (stdout->flags & kWriting) && stdout->buffering == _IOLBF)
        __flush(stdout);
    const ssize_t filled = read(stream->fd, stream->buffer, stream->size);
    if (filled > 0) {
        stream->next = stream->buffer;
        stream->end = stream->buffer + filled;
        return 0;
    }
    stream->flags |= filled == 0 ? kAtEnd : kFailed;
    return -1;
}

void __drop_read_ahead(FILE* stream)
{
    if (stream->next != stream->end) lseek(stream->fd, stream->next - stream->end, SEEK_CUR);
    stream->next = stream->end = stream->buffer;
}

// Writes all of it, however many calls that takes; returns how much got out.
static size_t write_fully(FILE* stream, const unsigned char* bytes, size_t size)
{
    size_t written = 0;
    while (written < size) {
        const ssize_t now = write(stream->fd, bytes + written, size - written);
        if (now < 0) {
            stream->flags |= kFailed;
            break;
        }
        written += (size_t)now;
    }
    return written;
}

int __flush(FILE* stream)
{
    const size_t waiting = (size_t)(stream->next - stream->buffer);
    stream->next = stream->buffer;
    return write_fully(stream, stream->buffer, waiting) == waiting ? 0 : -1;
}

static const unsigned char* last_newline(const unsigned char* bytes, size_t size)
{
    while (size > 0)
        if (bytes[--size] == '\n') return bytes + size;
    return NULL;
}

static size_t buffer_bytes(FILE* stream, const unsigned char* bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (stream->next == stream->buffer + stream->size && __flush(stream) < 0) return i;
        *stream->next++ = bytes[i];
    }
    return size;
}

size_t __write_bytes(FILE* stream, const void* memory, size_t size)
{
    const unsigned char* bytes = memory;
    if (size == 0 || __begin_writing(stream) < 0) return 0;
    if (stream->buffering == _IONBF || size >= stream->size) {
        if (__flush(stream) < 0) return 0;
        return write_fully(stream, bytes, size);
    }
    const unsigned char* newline = stream->buffering == _IOLBF ? last_newline(bytes, size) : NULL;
    if (!newline) return buffer_bytes(stream, bytes, size);
    const size_t line = (size_t)(newline - bytes) + 1;
    const size_t taken = buffer_bytes(stream, bytes, line);
    if (taken < line || __flush(stream) < 0) return taken < line ? taken : 0;
    return line + buffer_bytes(stream, bytes + line, size - line);
}

int fflush(FILE* stream)
{
    int answer = 0;
    if (!stream) {
        for (stream = first_stream; stream; stream = stream->following)
            if (stream->flags & kWriting) answer |= __flush(stream);
        return answer;
    }
    if (stream->flags & kWriting) return __flush(stream);
    if (stream->flags & kReading) __drop_read_ahead(stream);
    return 0;
}

void __flush_streams(void);

// At exit: what was read ahead of a shared descriptor is given back, for whoever reads it next.
void __flush_streams(void)
{
    for (FILE* stream = first_stream; stream; stream = stream->following)
        fflush(stream);
}
