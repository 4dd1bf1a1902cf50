// A stream to or from a shell command.
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/libc/src/stdio/stream.h"

// In the child: its end of the pipe becomes its standard input or output. The other ends, of earlier popens too, are
// close-on-exec.
__noreturn static void run(const char* command, int end, int becomes)
{
    if (end == becomes)
        fcntl(end, F_SETFD, 0);
    else
        dup2(end, becomes);
    execl("/bin/sh", "sh", "-c", command, (char*)NULL);
    _exit(127);
}

FILE* popen(const char* command, const char* mode)
{
    int ends[2];
    const int reads = *mode == 'r';
    if (!reads && *mode != 'w') {
        errno = EINVAL;
        return NULL;
    }
    if (pipe2(ends, O_CLOEXEC) < 0) return NULL;
    FILE* stream = __new_stream(ends[!reads], reads ? kReadable : kWritable);
    if (stream) {
        stream->child = fork();
        if (stream->child == 0) run(command, ends[reads], reads ? 1 : 0);
        if (stream->child > 0) {
            close(ends[reads]);
            return stream;
        }
        __delete_stream(stream);
    }
    close(ends[0]);
    close(ends[1]);
    return NULL;
}

int pclose(FILE* stream)
{
    const pid_t child = stream->child;
    int status;
    fclose(stream);
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return status;
}
