// Calls of many kinds, the same each time, for a comparison of what strace prints. `fork` as argument: with a child.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static char buffer[100];

static void handle(int signal)
{
    (void)signal;
}

static void use_files(void)
{
    static const char text[] = "hello\n\tworld \"quoted\" \1 and longer than thirty-two bytes";
    struct stat about;
    const struct iovec vectors[2] = {{"ab", 2}, {"cde", 3}};
    (void)!open("/nonexistent", O_RDONLY | O_CLOEXEC);
    const int fd = open("/tmp/strace-file", O_RDWR | O_CREAT | O_TRUNC, 0640);
    (void)!write(fd, text, sizeof text - 1);
    lseek(fd, 5, SEEK_SET);
    (void)!read(fd, buffer, 10);
    (void)!pread(fd, buffer, 5, 1);
    (void)!pwrite(fd, "xyz", 3, 70000);
    fstat(fd, &about);
    stat("/dev/null", &about);
    fcntl(fd, F_GETFL);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_GETFD);
    fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK);
    (void)!writev(fd, vectors, 2);
    fchmod(fd, 04755);
    fsync(fd);
    close(fd);
    close(fd);
    access("/tmp/strace-file", R_OK | W_OK);
    access("/tmp/strace-file", F_OK);
    chmod("/tmp/strace-file", 0600);
    unlink("/tmp/strace-file");
    unlink("/tmp/strace-file");
    mkdir("/tmp/strace-dir", 0755);
    rmdir("/tmp/strace-dir");
    (void)!symlink("a", "/tmp/strace-link");
    (void)!readlink("/tmp/strace-link", buffer, sizeof buffer);
    rename("/tmp/strace-link", "/tmp/strace-moved");
    unlink("/tmp/strace-moved");
    (void)!chdir("/");
    (void)!getcwd(buffer, sizeof buffer);
    umask(022);
}

static void use_pipes(void)
{
    int fds[2];
    struct timespec none = {0, 0};
    (void)!pipe2(fds, O_NONBLOCK);
    (void)!read(fds[0], buffer, 5);
    struct pollfd watched[2] = {{fds[0], POLLIN, 0}, {fds[1], POLLOUT, 0}};
    poll(watched, 2, 0);
    poll(watched, 1, 0);
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fds[0], &set);
    pselect(fds[0] + 1, &set, NULL, NULL, &none, NULL);
    (void)!write(fds[1], "x", 1);
    FD_SET(fds[0], &set);
    pselect(fds[0] + 1, &set, NULL, NULL, &none, NULL);
    int ready;
    ioctl(fds[0], FIONREAD, &ready);
    struct winsize size;
    ioctl(fds[0], TIOCGWINSZ, &size);
    dup2(fds[0], 9);
    dup(9);
    close(fds[0]);
    close(9);
}

static void use_memory(void)
{
    char* memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(memory, 4096, PROT_READ);
    mprotect(memory, 4096, PROT_NONE);
    madvise(memory, 4096, MADV_DONTNEED);
    munmap(memory, 8192);
    munmap((void*)1, 8192);
}

static void use_signals(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handle;
    action.sa_flags = SA_RESTART;
    sigaddset(&action.sa_mask, SIGUSR2);
    sigaction(SIGUSR1, &action, NULL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigprocmask(SIG_SETMASK, NULL, &set);
    kill(getpid(), SIGUSR1);
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGUSR1, &action, NULL);
    kill(getpid(), SIGUSR1);
    sigfillset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
    sigemptyset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
    kill(32000, SIGUSR1);
}

static void use_others(void)
{
    struct timespec moment = {0, 1000};
    struct rlimit limit = {64, 64};
    struct utsname names;
    nanosleep(&moment, NULL);
    setrlimit(RLIMIT_CORE, &limit);
    getrlimit(RLIMIT_CORE, &limit);
    uname(&names);
    getpid();
    getuid();
    setpgid(0, 0);
    alarm(0);
    sched_yield();
    syscall(SYS_close, -1);
}

static void use_child(void)
{
    int status;
    sigset_t set;  // SIGCHLD comes when we want it, not before or after wait4 as it happens
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    const pid_t pid = fork();
    if (pid == 0) _exit(3);
    waitpid(pid, &status, 0);
    waitpid(-1, &status, WNOHANG);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

int main(int argc, char** argv)
{
    (void)argv;
    use_files();
    use_pipes();
    use_memory();
    use_signals();
    use_others();
    if (argc > 1) use_child();
    volatile int* volatile nowhere = (volatile int*)16;
    *nowhere = 1;
    return 0;
}
