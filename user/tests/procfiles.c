// What programs write to /proc, what others may not read, and memory of another process.
#include "parts.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>

static int put(const char* path, const char* text)
{
    const int fd = open(path, O_WRONLY);
    if (fd < 0) return -1;
    const ssize_t done = write(fd, text, strlen(text));
    const int error = errno;
    close(fd);
    errno = error;
    return done < 0 ? -1 : 0;
}

static const char* get(const char* path)
{
    static char text[4096];
    const int fd = open(path, O_RDONLY);
    if (fd < 0) return NULL;
    const ssize_t got = read(fd, text, sizeof text - 1);
    close(fd);
    if (got < 0) return NULL;
    text[got] = 0;
    return text;
}

static const char* of(pid_t pid, const char* name)
{
    static char path[64];
    sprintf(path, "/proc/%d/%s", (int)pid, name);
    return path;
}

static pid_t sleeper(void)
{
    const pid_t pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    return pid;
}

static void check_writes(void)
{
    check(put("/proc/self/comm", "other-name-that-is-too-long") == 0);
    check(strcmp(get("/proc/self/comm"), "other-name-that\n") == 0);
    check(put("/proc/self/oom_score_adj", "300\n") == 0);
    check(strcmp(get("/proc/self/oom_score_adj"), "300\n") == 0);
    check(strcmp(get("/proc/self/oom_adj"), "5\n") == 0);
    check_errno(put("/proc/self/oom_score_adj", "1001"), EINVAL);
    check_errno(put("/proc/self/oom_score_adj", "x"), EINVAL);
    check(put("/proc/self/oom_score_adj", "0") == 0);
    const char* before = strdup(get("/proc/sys/kernel/hostname"));
    check(put("/proc/sys/kernel/hostname", "elsewhere\n") == 0);
    struct utsname names;
    check(uname(&names) == 0 && strcmp(names.nodename, "elsewhere") == 0);
    check(put("/proc/sys/kernel/hostname", before) == 0);
    check_errno(put("/proc/self/comm/x", "x"), ENOTDIR);
}

static void check_strangers(void)
{
    const pid_t mine = sleeper();
    const pid_t child = fork();
    if (child == 0) {
        check(setgid(1000) == 0 && setuid(1000) == 0);
        check_errno(open(of(mine, "environ"), O_RDONLY), EACCES);
        check_errno(open(of(mine, "auxv"), O_RDONLY), EACCES);
        check_errno(open(of(mine, "mem"), O_RDONLY), EACCES);
        check_errno(open(of(mine, "fd"), O_RDONLY), EACCES);
        check_errno(put(of(mine, "comm"), "x"), EACCES);
        check(get(of(mine, "stat")) && get(of(mine, "status")) && get(of(mine, "cmdline")));
        check_errno(put("/proc/self/oom_score_adj", "-1"), EACCES);
        char word[4];
        struct iovec own = {word, 4}, other = {word, 4};
        check_errno(syscall(SYS_process_vm_readv, mine, &own, 1, &other, 1, 0), EPERM);
        _exit(0);
    }
    check_child(child);
    struct stat about;
    check(stat(of(mine, ""), &about) == 0 && about.st_uid == 0);
    kill(mine, SIGKILL);
    status_of(mine);
}

static volatile int words[3] = {1, 2, 3};

static void check_memory(void)
{
    const pid_t other = sleeper();
    char path[64];
    sprintf(path, "/proc/%d/task/%d/mem", (int)other, (int)other);
    const int fd = open(path, O_RDWR);
    int got = 0;
    const int seven = 7;
    check(fd >= 0 && pread(fd, &got, 4, (long)&words[1]) == 4 && got == 2);
    check(pwrite(fd, &seven, 4, (long)&words[1]) == 4 && words[1] == 2);
    check_errno(pread(fd, &got, 4, 16), EIO);
    int left[2] = {0, 0};
    struct iovec own[2] = {{&left[0], 4}, {&left[1], 4}}, theirs = {(void*)&words[1], 8};
    check(syscall(SYS_process_vm_readv, other, own, 2, &theirs, 1, 0) == 8 && left[0] == 7 && left[1] == 3);
    left[0] = 9;
    theirs.iov_len = 4;
    check(syscall(SYS_process_vm_writev, other, own, 1, &theirs, 1, 0) == 4);
    check(pread(fd, &got, 4, (long)&words[1]) == 4 && got == 9);
    theirs.iov_base = (void*)16;
    check_errno(syscall(SYS_process_vm_readv, other, own, 1, &theirs, 1, 0), EFAULT);
    check_errno(syscall(SYS_process_vm_readv, other, own, 1, &theirs, 1, 1), EINVAL);
    check_errno(syscall(SYS_process_vm_readv, 32000, own, 1, &theirs, 1, 0), ESRCH);
    kill(other, SIGKILL);
    status_of(other);
    close(fd);
}

static void check_start(int argc, char** argv)
{
    const char* text = get("/proc/self/cmdline");
    for (int k = 0; k < argc; k++) {
        check(strcmp(text, argv[k]) == 0);
        text += strlen(text) + 1;
    }
    unsigned pair[2];
    const int fd = open("/proc/self/auxv", O_RDONLY);
    unsigned page = 0;
    while (read(fd, pair, sizeof pair) == sizeof pair)
        if (pair[0] == 6) page = pair[1];
    check(page == 4096);
    close(fd);
    char target[64];
    const int file = open("/", O_RDONLY | O_CLOEXEC);
    sprintf(target, "/proc/self/fdinfo/%d", file);
    check(strncmp(get(target), "pos:\t0\nflags:\t0", 15) == 0 && strstr(get(target), "2"));
    close(file);
    check_errno(open(target, O_RDONLY), ENOENT);
}

// Where a sleeper stands in the kernel; nothing of it for strangers, and nothing of who runs.
static void check_places(void)
{
    int ends[2];
    char name[64];
    check(pipe(ends) == 0);
    const pid_t pid = fork();
    if (pid == 0) _exit(read(ends[0], name, 1) != 1);
    while (!strstr(get(of(pid, "stack")), "\n[<0>] sys_read+0x"))  // it may sleep elsewhere before
        nap_ms(1);
    snprintf(name, sizeof name, "[<0>] %s+0x", get(of(pid, "wchan")));
    check(strncmp(get(of(pid, "stack")), name, strlen(name)) == 0);
    check(strcmp(get("/proc/self/wchan"), "0") == 0 && strcmp(get("/proc/self/stack"), "") == 0);
    const pid_t stranger = fork();
    if (stranger == 0) {
        check(setgid(1000) == 0 && setuid(1000) == 0);
        check(strcmp(get(of(pid, "wchan")), "0") == 0);
        check_errno(open(of(pid, "stack"), O_RDONLY), EACCES);
        _exit(0);
    }
    check_child(stranger);
    check(write(ends[1], "x", 1) == 1);
    check_child(pid);
}

// ---- Inode numbers ----

enum { kMostNumbers = 4096, kManyPids = 4200 };
static unsigned long long numbers[kMostNumbers];
static int number_count;

static void note_number(unsigned long long number)
{
    check(number <= 0xffffffff);  // what programs of 32 bits can hold
    for (int i = 0; i < number_count; i++)
        check(numbers[i] != number);
    check(number_count < kMostNumbers);
    numbers[number_count++] = number;
}

static void note_directory(const char* name, int depth)
{
    DIR* const directory = opendir(name);
    check(directory);
    for (struct dirent* entry; (entry = readdir(directory));) {
        if (entry->d_name[0] == '.') continue;
        char path[128];
        struct stat info;
        snprintf(path, sizeof path, "%s/%s", name, entry->d_name);
        check(lstat(path, &info) == 0 && info.st_ino == entry->d_ino);
        note_number(info.st_ino);
        if (S_ISDIR(info.st_mode) && depth > 0) note_directory(path, depth - 1);
    }
    closedir(directory);
}

// With a large process number too, every file of a process has an inode number of its own, of 32 bits.
static void check_inodes(void)
{
    for (int i = 0; i < kManyPids; i++) {
        const pid_t pid = fork();
        if (pid == 0) {
            if (getpid() < kManyPids) _exit(0);
            check(dup2(0, 1023) == 1023);
            note_directory("/proc/self", 2);
            note_directory(of(getppid(), ""), 2);
            note_directory("/proc/1", 2);
            _exit(7);
        }
        int status;
        check(pid > 0 && waitpid(pid, &status, 0) == pid);
        if (status == 7 << 8) return;
        check(status == 0);
    }
    check(!"so many numbers");
}

int main(int argc, char** argv)
{
    check_start(argc, argv);
    check_writes();
    check_strangers();
    check_memory();
    check_places();
    check_inodes();
    puts("right");
    return 0;
}
