// system(): a command in the shell, with ^C and ^\ meant for it alone while it runs.
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct kept_signals {
    struct sigaction interrupt, quit;
    sigset_t mask;
};

static void ignore_signals(struct kept_signals* kept)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t children;
    sigaction(SIGINT, &ignore, &kept->interrupt);
    sigaction(SIGQUIT, &ignore, &kept->quit);
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, &kept->mask);
}

static void restore_signals(const struct kept_signals* kept)
{
    sigaction(SIGINT, &kept->interrupt, NULL);
    sigaction(SIGQUIT, &kept->quit, NULL);
    sigprocmask(SIG_SETMASK, &kept->mask, NULL);
}

int system(const char* command)
{
    if (!command) return access("/bin/sh", X_OK) == 0;
    struct kept_signals kept;
    ignore_signals(&kept);
    int status = -1;
    const pid_t child = fork();
    if (child == 0) {
        restore_signals(&kept);
        execl("/bin/sh", "sh", "-c", command, (char*)NULL);
        _exit(127);
    }
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    restore_signals(&kept);
    return status;
}
