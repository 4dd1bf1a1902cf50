// Opening and closing streams, and choosing their buffers.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/libc/src/stdio/stream.h"

int __parse_mode(const char* mode, unsigned* stream_flags)
{
    const int both = strchr(mode, '+') != NULL;
    int flags;
    switch (*mode) {
    case 'r':
        flags = 0;
        break;
    case 'w':
        flags = O_CREAT | O_TRUNC;
        break;
    case 'a':
        flags = O_CREAT | O_APPEND;
        break;
    default:
        errno = EINVAL;
        return -1;
    }
    *stream_flags = both ? kReadable | kWritable : *mode == 'r' ? kReadable : kWritable;
    if (*mode == 'a') *stream_flags |= kAppends;
    flags |= both ? O_RDWR : *mode == 'r' ? O_RDONLY : O_WRONLY;
    if (strchr(mode, 'e')) flags |= O_CLOEXEC;
    if (strchr(mode, 'x')) flags |= O_EXCL;
    return flags;
}

FILE* fopen(const char* path, const char* mode)
{
    unsigned stream_flags;
    const int flags = __parse_mode(mode, &stream_flags);
    if (flags < 0) return NULL;
    const int fd = open(path, flags, 0666);
    if (fd < 0) return NULL;
    FILE* stream = __new_stream(fd, stream_flags);
    if (!stream) close(fd);
    return stream;
}

FILE* fdopen(int fd, const char* mode)
{
    unsigned stream_flags;
    const int flags = __parse_mode(mode, &stream_flags);
    if (flags < 0 || fcntl(fd, F_GETFD) < 0) return NULL;
    if (flags & O_CLOEXEC) fcntl(fd, F_SETFD, FD_CLOEXEC);
    if (flags & O_APPEND) fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_APPEND);
    return __new_stream(fd, stream_flags);
}

// The new file takes the old one's descriptor, so that stdout stays 1.
FILE* freopen(const char* path, const char* mode, FILE* stream)
{
    unsigned stream_flags;
    const int flags = __parse_mode(mode, &stream_flags);
    fflush(stream);
    if (flags < 0) return NULL;
    if (path) {
        const int fd = open(path, flags, 0666);
        if (fd < 0) return NULL;
        if (fd != stream->fd) {
            if (dup3(fd, stream->fd, flags & O_CLOEXEC) < 0) return NULL;
            close(fd);
        }
    }
    stream->flags = stream_flags | (stream->flags & (kOwnsBuffer | kOwnsStream));
    if (stream->buffering == _IOLBF) stream->buffering = _IOFBF;
    if (stream == stderr) stream->flags |= kModeChosen;
    stream->next = stream->end = stream->buffer;
    return stream;
}

int fclose(FILE* stream)
{
    const int flushed = fflush(stream);
    const int closed = close(stream->fd);
    __delete_stream(stream);
    return flushed < 0 || closed < 0 ? EOF : 0;
}

FILE* tmpfile(void)
{
    char path[] = P_tmpdir "/tmpXXXXXX";
    const int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0) return NULL;
    unlink(path);
    FILE* stream = __new_stream(fd, kReadable | kWritable);
    if (!stream) close(fd);
    return stream;
}

char* tmpnam(char* name)
{
    static char kept[L_tmpnam];
    if (!name) name = kept;
    strcpy(name, P_tmpdir "/tmpXXXXXX");
    const int fd = mkstemp(name);
    if (fd < 0) return NULL;
    close(fd);
    unlink(name);
    return name;
}

// A buffer of the caller's loses its first bytes to ungetc. Only before the stream is used, as C says.
int setvbuf(FILE* stream, char* buffer, int mode, size_t size)
{
    if (mode != _IOFBF && mode != _IOLBF && mode != _IONBF) return -1;
    fflush(stream);
    stream->flags &= ~(unsigned)(kReading | kWriting);
    stream->flags |= kModeChosen;
    stream->buffering = mode;
    if (buffer && size > kPushBack && mode != _IONBF) {
        if (stream->flags & kOwnsBuffer) free(stream->buffer - kPushBack);
        stream->flags &= ~(unsigned)kOwnsBuffer;
        stream->buffer = (unsigned char*)buffer + kPushBack;
        stream->size = size - kPushBack;
    }
    if (stream->buffer && mode == _IONBF) stream->size = 1;
    stream->next = stream->end = stream->buffer;
    return 0;
}

void setbuf(FILE* stream, char* buffer)
{
    setvbuf(stream, buffer, buffer ? _IOFBF : _IONBF, BUFSIZ);
}

void setlinebuf(FILE* stream)
{
    setvbuf(stream, NULL, _IOLBF, 0);
}
