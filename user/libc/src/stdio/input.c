// Reading: characters, blocks, lines.
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/libc/src/stdio/stream.h"

int fgetc(FILE* stream)
{
    if (!(stream->flags & kReading) && __begin_reading(stream) < 0) return EOF;
    if (stream->next == stream->end && __fill(stream) < 0) return EOF;
    return *stream->next++;
}

int getc(FILE* stream)
{
    return fgetc(stream);
}

int getc_unlocked(FILE* stream)
{
    return fgetc(stream);
}

int getchar(void)
{
    return fgetc(stdin);
}

int ungetc(int c, FILE* stream)
{
    if (c == EOF || __begin_reading(stream) < 0) return EOF;
    if (stream->next == stream->buffer - kPushBack) return EOF;
    *--stream->next = (unsigned char)c;
    stream->flags &= ~(unsigned)kAtEnd;
    return (unsigned char)c;
}

// What is in the buffer, then large rests straight into the caller's memory.
static size_t read_bytes(FILE* stream, unsigned char* to, size_t size)
{
    size_t done = 0;
    while (done < size) {
        const size_t ready = (size_t)(stream->end - stream->next);
        if (ready > 0) {
            const size_t part = ready < size - done ? ready : size - done;
            memcpy(to + done, stream->next, part);
            stream->next += part;
            done += part;
        } else if (size - done >= stream->size && !(stream->flags & kAtEnd)) {
            const ssize_t now = read(stream->fd, to + done, size - done);
            if (now <= 0) {
                stream->flags |= now == 0 ? kAtEnd : kFailed;
                break;
            }
            done += (size_t)now;
        } else if (__fill(stream) < 0) {
            break;
        }
    }
    return done;
}

size_t fread(void* memory, size_t size, size_t count, FILE* stream)
{
    if (size == 0 || count == 0 || __begin_reading(stream) < 0) return 0;
    return read_bytes(stream, memory, size * count) / size;
}

// Appends to `line` from the buffer up to and with the delimiter, at most `room` bytes. Returns how many; sets *done.
static size_t take_until(FILE* stream, char* line, size_t room, int delimiter, int* done)
{
    const size_t ready = (size_t)(stream->end - stream->next);
    const size_t limit = ready < room ? ready : room;
    const unsigned char* found = memchr(stream->next, delimiter, limit);
    const size_t length = found ? (size_t)(found - stream->next) + 1 : limit;
    memcpy(line, stream->next, length);
    stream->next += length;
    *done = found != NULL;
    return length;
}

char* fgets(char* line, int size, FILE* stream)
{
    size_t length = 0;
    int done = 0;
    if (size <= 0 || __begin_reading(stream) < 0) return NULL;
    while (!done && length + 1 < (size_t)size) {
        if (stream->next == stream->end && __fill(stream) < 0) {
            if (length == 0 || (stream->flags & kFailed)) return NULL;
            break;
        }
        length += take_until(stream, line + length, (size_t)size - 1 - length, '\n', &done);
    }
    line[length] = 0;
    return line;
}

static int make_room(char** line, size_t* size, size_t needed)
{
    if (*line && *size >= needed) return 0;
    size_t bigger = *line && *size ? *size : 120;
    while (bigger < needed)
        bigger *= 2;
    char* moved = realloc(*line, bigger);
    if (!moved) return -1;
    *line = moved;
    *size = bigger;
    return 0;
}

ssize_t getdelim(char** line, size_t* size, int delimiter, FILE* stream)
{
    size_t length = 0;
    int done = 0;
    if (__begin_reading(stream) < 0) return -1;
    if (!*line) *size = 0;
    while (!done) {
        if (stream->next == stream->end && __fill(stream) < 0) {
            if (length == 0 || (stream->flags & kFailed)) return -1;
            break;
        }
        const size_t ready = (size_t)(stream->end - stream->next);
        const unsigned char* found = memchr(stream->next, delimiter, ready);
        const size_t part = found ? (size_t)(found - stream->next) + 1 : ready;
        if (length + part >= SSIZE_MAX || make_room(line, size, length + part + 1) < 0) return -1;
        length += take_until(stream, *line + length, part, delimiter, &done);
    }
    (*line)[length] = 0;
    return (ssize_t)length;
}

ssize_t getline(char** line, size_t* size, FILE* stream)
{
    return getdelim(line, size, '\n', stream);
}
