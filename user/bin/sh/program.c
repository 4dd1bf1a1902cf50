// Programs: finding them in PATH, vfork, exec, and files that turn out to be scripts.
#include "execute.h"

#include "jobs.h"
#include "redirect.h"
#include "traps.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char* search_path(void)
{
    const char* path = variable_get("PATH");
    return path ? path : "/bin:/usr/bin";
}

// The next candidate "DIRECTORY/NAME" of a PATH, which moves on; false at its end.
static bool next_candidate(const char** path, const char* name, char* candidate)
{
    while (*path) {
        const char* directory = *path;
        const size_t length = strcspn(directory, ":");
        *path = directory[length] ? directory + length + 1 : NULL;
        if (length + strlen(name) + 2 > PATH_MAX) continue;
        memcpy(candidate, directory, length);
        candidate[length] = '\0';
        if (length) strcat(candidate, "/");
        strcat(candidate, name);
        return true;
    }
    return false;
}

static bool is_program(const char* path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

const char* find_program(const char* name)
{
    static char candidate[PATH_MAX];
    if (strchr(name, '/')) return is_program(name) ? name : NULL;
    const char* path = search_path();
    while (next_candidate(&path, name, candidate)) {
        if (is_program(candidate)) return candidate;
    }
    return NULL;
}

// A file that is no program but may be run: a script without #!, unless its first line is not text.
static bool is_script(const char* path)
{
    char start[128];
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    const ssize_t length = read(fd, start, sizeof start);
    close(fd);
    for (ssize_t i = 0; i < length && start[i] != '\n'; i++) {
        if (!start[i]) return false;
    }
    return length >= 0;
}

static void exec_script(const char* path, char** argv, char** environment)
{
    size_t count = 0;
    while (argv[count])
        count++;
    char** arguments = arena_allocate(&shell.scratch, (count + 2) * sizeof *arguments);
    arguments[0] = "sh";
    arguments[1] = (char*)path;
    memcpy(arguments + 2, argv + 1, count * sizeof *arguments);
    execve("/proc/self/exe", arguments, environment);
    execve("/bin/sh", arguments, environment);
}

static void try_exec(const char* path, char** argv, char** environment)
{
    execve(path, argv, environment);
    if (errno == ENOEXEC && is_script(path)) {
        exec_script(path, argv, environment);
    }
}

int exec_program(char** argv, char** environment)
{
    char candidate[PATH_MAX];
    int error = ENOENT;
    if (strchr(argv[0], '/')) {
        try_exec(argv[0], argv, environment);
        error = errno;
    } else {
        const char* path = search_path();
        while (*argv[0] && next_candidate(&path, argv[0], candidate)) {
            try_exec(candidate, argv, environment);
            if (errno != ENOENT && errno != ENOTDIR) error = errno;
            if (error != ENOENT && error != EACCES) break;
        }
    }
    const bool missing = error == ENOENT || error == ENOTDIR;
    warn("%s: %s", argv[0], missing ? "not found" : strerror(error));
    return missing ? 127 : 126;
}

// In a child made by vfork: memory is the shell's, so nothing here may change what the shell
// relies on. Open descriptors, signal actions and the process group are the child's own.
static void become_program(struct job* job, char** argv, const struct prepared_redirect* redirects,
                           char** environment)
{
    job_child_before_exec(job);
    _exit(redirects_apply(redirects, NULL) ? exec_program(argv, environment) : 1);
}

int run_program(char** argv, const struct prepared_redirect* redirects, const char* text)
{
    struct job* const job = job_create(text, JOB_FOREGROUND);
    char** const environment = environment_build();
    signals_hold();
    const pid_t pid = redirects_need_fork(redirects) ? fork() : vfork();
    if (pid == 0) become_program(job, argv, redirects, environment);
    job_enroll(job, pid);
    return job_wait(job);
}
