// The exec family: all end in execve. Those with a p look for the file in $PATH.
#include <fcntl.h>
#include <limits.h>
#include <paths.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/libc/src/result.h"

int execve(const char* path, char* const argv[], char* const envp[])
{
    return result(__sys_execve(path, argv, envp));
}

int execv(const char* path, char* const argv[])
{
    return execve(path, argv, environ);
}

// A file without a #! line that the kernel does not know is a script for the shell.
static void run_as_script(const char* path, char* const argv[], char* const envp[])
{
    size_t count = 0;
    while (argv[count])
        count++;
    char* script_argv[count + 3];
    script_argv[0] = (char*)"sh";
    script_argv[1] = (char*)path;
    script_argv[2] = NULL;
    for (size_t i = 1; i <= count; i++)
        script_argv[i + 1] = argv[i];
    execve(_PATH_BSHELL, script_argv, envp);
}

// A program that the kernel refuses is no script.
static int is_elf(const char* path)
{
    char magic[4];
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const int is =
        fd >= 0 && read(fd, magic, sizeof magic) == sizeof magic && memcmp(magic, "\177ELF", 4) == 0;
    if (fd >= 0) close(fd);
    errno = ENOEXEC;
    return is;
}

static void try_path(const char* path, char* const argv[], char* const envp[])
{
    execve(path, argv, envp);
    if (errno == ENOEXEC && !is_elf(path)) run_as_script(path, argv, envp);
}

int execvpe(const char* file, char* const argv[], char* const envp[])
{
    if (strchr(file, '/') || !*file) {
        try_path(file, argv, envp);
        return -1;
    }
    const char* directories = getenv("PATH");
    if (!directories) directories = _PATH_DEFPATH;
    int denied = 0;
    for (const char* at = directories;; at++) {
        char path[PATH_MAX];
        const size_t length = strcspn(at, ":");
        if (length + strlen(file) + 2 <= sizeof(path)) {
            memcpy(path, at, length);
            path[length] = '/';
            strcpy(path + (length ? length + 1 : 0), file);
            try_path(path, argv, envp);
            if (errno == EACCES)
                denied = 1;
            else if (errno != ENOENT && errno != ENOTDIR)
                return -1;
        }
        at += length;
        if (!*at) break;
    }
    errno = denied ? EACCES : ENOENT;
    return -1;
}

int execvp(const char* file, char* const argv[])
{
    return execvpe(file, argv, environ);
}

// Copies the arguments of an execl call, which end with NULL, into argv; returns how many, NULL included. The list is
// passed by address, so that the caller can go on where this ends.
static size_t collect(const char* first, va_list* arguments, char** argv)
{
    size_t count = 0;
    for (const char* each = first;; each = va_arg(*arguments, const char*)) {
        if (argv) argv[count] = (char*)each;
        count++;
        if (!each) return count;
    }
}

int execl(const char* path, const char* argument, ...)
{
    va_list arguments;
    va_start(arguments, argument);
    char* argv[collect(argument, &arguments, NULL)];
    va_end(arguments);
    va_start(arguments, argument);
    collect(argument, &arguments, argv);
    va_end(arguments);
    return execv(path, argv);
}

int execlp(const char* file, const char* argument, ...)
{
    va_list arguments;
    va_start(arguments, argument);
    char* argv[collect(argument, &arguments, NULL)];
    va_end(arguments);
    va_start(arguments, argument);
    collect(argument, &arguments, argv);
    va_end(arguments);
    return execvp(file, argv);
}

int execle(const char* path, const char* argument, ...)
{
    va_list arguments;
    va_start(arguments, argument);
    char* argv[collect(argument, &arguments, NULL)];
    va_end(arguments);
    va_start(arguments, argument);
    collect(argument, &arguments, argv);
    char* const* envp = va_arg(arguments, char* const*);
    va_end(arguments);
    return execve(path, argv, envp);
}
