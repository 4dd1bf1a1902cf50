// Terminals: settings, foreground group, names.
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "user/libc/src/result.h"

int tcgetattr(int fd, struct termios* out)
{
    return ioctl(fd, TCGETS, out);
}

int tcsetattr(int fd, int when, const struct termios* settings)
{
    if (when < TCSANOW || when > TCSAFLUSH) {
        errno = EINVAL;
        return -1;
    }
    return ioctl(fd, TCSETS + (unsigned)when, settings);
}

int tcdrain(int fd)
{
    return ioctl(fd, TCSBRK, 1);
}

int tcflow(int fd, int action)
{
    return ioctl(fd, TCXONC, action);
}

int tcflush(int fd, int queue)
{
    return ioctl(fd, TCFLSH, queue);
}

int tcsendbreak(int fd, int duration)
{
    (void)duration;
    return ioctl(fd, TCSBRK, 0);
}

pid_t tcgetsid(int fd)
{
    pid_t session;
    return ioctl(fd, TIOCGSID, &session) < 0 ? -1 : session;
}

pid_t tcgetpgrp(int fd)
{
    pid_t group;
    return ioctl(fd, TIOCGPGRP, &group) < 0 ? -1 : group;
}

int tcsetpgrp(int fd, pid_t group)
{
    return ioctl(fd, TIOCSPGRP, &group);
}

speed_t cfgetospeed(const struct termios* settings)
{
    return settings->c_cflag & CBAUD;
}

speed_t cfgetispeed(const struct termios* settings)
{
    return cfgetospeed(settings);
}

int cfsetospeed(struct termios* settings, speed_t speed)
{
    settings->c_cflag = (settings->c_cflag & ~(tcflag_t)CBAUD) | (speed & CBAUD);
    return 0;
}

int cfsetispeed(struct termios* settings, speed_t speed)
{
    return speed ? cfsetospeed(settings, speed) : 0;
}

int cfsetspeed(struct termios* settings, speed_t speed)
{
    return cfsetospeed(settings, speed);
}

void cfmakeraw(struct termios* settings)
{
    settings->c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
    settings->c_oflag &= ~(tcflag_t)OPOST;
    settings->c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    settings->c_cflag &= ~(tcflag_t)(CSIZE | PARENB);
    settings->c_cflag |= CS8;
    settings->c_cc[VMIN] = 1;
    settings->c_cc[VTIME] = 0;
}

int isatty(int fd)
{
    struct termios settings;
    return tcgetattr(fd, &settings) == 0;
}

// The name in /dev (or /dev/pts) whose device is the one that fd is open on.
static int find_device(const char* directory, dev_t device, char* name, size_t size)
{
    DIR* entries = opendir(directory);
    if (!entries) return 0;
    int found = 0;
    for (struct dirent* entry; !found && (entry = readdir(entries));) {
        struct stat status;
        if (snprintf(name, size, "%s/%s", directory, entry->d_name) >= (int)size) continue;
        if (strcmp(name, "/dev/tty") == 0 || lstat(name, &status) < 0) continue;
        found = S_ISCHR(status.st_mode) && status.st_rdev == device;
    }
    closedir(entries);
    return found;
}

int ttyname_r(int fd, char* name, size_t size)
{
    struct stat status;
    if (!isatty(fd) || fstat(fd, &status) < 0) return errno;
    if (find_device("/dev", status.st_rdev, name, size)) return 0;
    return find_device("/dev/pts", status.st_rdev, name, size) ? 0 : ENOENT;
}

char* ttyname(int fd)
{
    static char name[64];
    const int error = ttyname_r(fd, name, sizeof(name));
    if (error == 0) return name;
    errno = error;
    return NULL;
}
