// What a program may call: xv6's system calls and its small library. Every call returns -1 when it fails, unless it says
// otherwise. docs/xv6.md tells where a program can see that it does not run on xv6.
#pragma once

#include "types.h"

struct stat;
struct rtcdate;

// Processes.
int fork(void);
int exit(void) __attribute__((noreturn));
int wait(void);     // the pid of a child that has ended, however it did
int kill(int pid);  // it ends, whatever it does
int exec(char* path, char** argv);
int getpid(void);
int sleep(int ticks);   // of 10 ms
int uptime(void);       // ticks since the machine started
char* sbrk(int bytes);  // the heap's former end

// Files.
int open(const char* path, int mode);
int read(int fd, void* bytes, int count);
int write(int fd, const void* bytes, int count);
int close(int fd);
int dup(int fd);
int pipe(int* fds);
int fstat(int fd, struct stat* out);
int stat(const char* path, struct stat* out);
int link(const char* old_path, const char* new_path);
int unlink(const char* path);
int mkdir(const char* path);
int chdir(const char* path);
int mknod(const char* path, short major, short minor);  // major 1 is the console

// Memory, seen from outside.
uint getpagetableentry(int pid, int address);  // the entry as the CPU reads it; 0: there is none
int isphysicalpagefree(int page_number);       // 1 or 0
int dumppagetable(int pid);                    // into the kernel's log
int yield(void);                               // lets another process run
int shutdown(void);                            // ends the machine
int date(struct rtcdate* now);                 // in UTC
int waitsignal(int* signal);                   // wait(), and what killed the child: 0 when it called exit()

// The library.
void printf(int fd, const char* format, ...);  // %d %u %x %p %s %c %%
char* gets(char* line, int size);              // from descriptor 0, with its newline
uint strlen(const char* text);
char* strcpy(char* to, const char* from);
int strcmp(const char* a, const char* b);
char* strchr(const char* text, char wanted);  // 0: not in it
int atoi(const char* text);
void* memset(void* to, int byte, uint count);
void* memmove(void* to, const void* from, int count);
void* malloc(uint bytes);  // 0: no memory
void free(void* memory);
