// Pseudo-terminals: /dev/ptmx makes a pair, its slave is /dev/pts/N.
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int posix_openpt(int flags)
{
    return open("/dev/ptmx", flags);
}

// The kernel made the slave's node with the owner and the mode that it needs.
int grantpt(int fd)
{
    unsigned number;
    return ioctl(fd, TIOCGPTN, &number);
}

int unlockpt(int fd)
{
    int locked = 0;
    return ioctl(fd, TIOCSPTLCK, &locked);
}

int ptsname_r(int fd, char* name, size_t size)
{
    unsigned number;
    if (ioctl(fd, TIOCGPTN, &number) < 0) return errno;
    return snprintf(name, size, "/dev/pts/%u", number) < (int)size ? 0 : ERANGE;
}

char* ptsname(int fd)
{
    static char name[32];
    const int error = ptsname_r(fd, name, sizeof name);
    if (error == 0) return name;
    errno = error;
    return NULL;
}

static int open_slave(int master)
{
    char name[32];
    if (grantpt(master) < 0 || unlockpt(master) < 0) return -1;
    if (ptsname_r(master, name, sizeof name) != 0) return -1;
    return open(name, O_RDWR | O_NOCTTY);
}

int openpty(int* master, int* slave, char* name, const struct termios* settings, const struct winsize* size)
{
    const int first = posix_openpt(O_RDWR | O_NOCTTY);
    if (first < 0) return -1;
    const int second = open_slave(first);
    if (second < 0) {
        const int error = errno;
        close(first);
        errno = error;
        return -1;
    }
    if (name) ptsname_r(first, name, 32);
    if (settings) tcsetattr(second, TCSAFLUSH, settings);
    if (size) ioctl(second, TIOCSWINSZ, size);
    *master = first;
    *slave = second;
    return 0;
}

int login_tty(int fd)
{
    setsid();
    if (ioctl(fd, TIOCSCTTY, 0) < 0) return -1;
    for (int standard = 0; standard < 3; standard++)
        if (dup2(fd, standard) < 0) return -1;
    if (fd > 2) close(fd);
    return 0;
}

pid_t forkpty(int* master, char* name, const struct termios* settings, const struct winsize* size)
{
    int first, second;
    if (openpty(&first, &second, name, settings, size) < 0) return -1;
    const pid_t pid = fork();
    if (pid < 0) {
        close(first);
        close(second);
        return -1;
    }
    if (pid == 0) {
        close(first);
        if (login_tty(second) < 0) _exit(1);
        return 0;
    }
    close(second);
    *master = first;
    return pid;
}
