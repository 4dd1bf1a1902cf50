// The system calls that every program uses, and getopt.
#pragma once

#include <stddef.h>
#include <sys/cdefs.h>
#include <sys/types.h>

#define STDIN_FILENO 0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2

#define R_OK 4
#define W_OK 2
#define X_OK 1
#define F_OK 0

#ifndef SEEK_SET
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#endif

#define _SC_ARG_MAX 0
#define _SC_CHILD_MAX 1
#define _SC_CLK_TCK 2
#define _SC_NGROUPS_MAX 3
#define _SC_OPEN_MAX 4
#define _SC_PAGESIZE 30
#define _SC_PAGE_SIZE 30
#define _SC_NPROCESSORS_CONF 83
#define _SC_NPROCESSORS_ONLN 84
#define _SC_PHYS_PAGES 85
#define _SC_AVPHYS_PAGES 86
#define _SC_HOST_NAME_MAX 180

#define _PC_NAME_MAX 3
#define _PC_PATH_MAX 4
#define _PC_PIPE_BUF 5

__BEGIN_DECLS
extern char** environ;

// options of a command line; getopt.h has the long ones
extern char* optarg;
extern int optind, opterr, optopt;
int getopt(int argc, char* const argv[], const char* options);

// files
ssize_t read(int fd, void* memory, size_t size);
ssize_t write(int fd, const void* memory, size_t size);
ssize_t pread(int fd, void* memory, size_t size, off_t offset);
ssize_t pwrite(int fd, const void* memory, size_t size, off_t offset);
off_t lseek(int fd, off_t offset, int whence);
int close(int fd);
int dup(int fd);
int dup2(int from, int to);
int dup3(int from, int to, int flags);
int pipe(int fds[2]);
int pipe2(int fds[2], int flags);
int fsync(int fd);
int fdatasync(int fd);
void sync(void);
int ftruncate(int fd, off_t size);
int truncate(const char* path, off_t size);
int isatty(int fd);
char* ttyname(int fd);
int ttyname_r(int fd, char* name, size_t size);
long pathconf(const char* path, int name);
long fpathconf(int fd, int name);

// names
int access(const char* path, int mode);
int faccessat(int directory, const char* path, int mode, int flags);
int chdir(const char* path);
int fchdir(int fd);
int chroot(const char* path);
char* getcwd(char* path, size_t size);
int link(const char* from, const char* to);
int linkat(int from_directory, const char* from, int to_directory, const char* to, int flags);
int symlink(const char* target, const char* path);
int symlinkat(const char* target, int directory, const char* path);
ssize_t readlink(const char* path, char* target, size_t size);
ssize_t readlinkat(int directory, const char* path, char* target, size_t size);
int unlink(const char* path);
int unlinkat(int directory, const char* path, int flags);
int rmdir(const char* path);
int chown(const char* path, uid_t uid, gid_t gid);
int lchown(const char* path, uid_t uid, gid_t gid);
int fchown(int fd, uid_t uid, gid_t gid);
int fchownat(int directory, const char* path, uid_t uid, gid_t gid, int flags);

// processes
pid_t fork(void);
pid_t vfork(void) __attribute__((returns_twice));
int execve(const char* path, char* const argv[], char* const envp[]);
int execv(const char* path, char* const argv[]);
int execvp(const char* file, char* const argv[]);
int execvpe(const char* file, char* const argv[], char* const envp[]);
int execl(const char* path, const char* argument, ... /* , NULL */);
int execlp(const char* file, const char* argument, ... /* , NULL */);
int execle(const char* path, const char* argument, ... /* , NULL, char* const envp[] */);
__noreturn void _exit(int status);
pid_t getpid(void);
pid_t getppid(void);
pid_t gettid(void);
pid_t getpgrp(void);
pid_t getpgid(pid_t pid);
int setpgid(pid_t pid, pid_t group);
int setpgrp(void);
pid_t getsid(pid_t pid);
pid_t setsid(void);
pid_t tcgetpgrp(int fd);
int tcsetpgrp(int fd, pid_t group);
int nice(int increment);
unsigned sleep(unsigned seconds);
int usleep(useconds_t microseconds);
unsigned alarm(unsigned seconds);
unsigned ualarm(useconds_t microseconds, useconds_t interval);
int pause(void);

// users
uid_t getuid(void);
uid_t geteuid(void);
gid_t getgid(void);
gid_t getegid(void);
int setuid(uid_t uid);
int setgid(gid_t gid);
int getgroups(int count, gid_t* groups);
char* getlogin(void);

// memory and machine
int brk(void* end);
void* sbrk(intptr_t increment);
int getpagesize(void);
long sysconf(int name);
int gethostname(char* name, size_t size);
long syscall(long number, ...);
int getentropy(void* memory, size_t size);
__END_DECLS
