// Threads as programs use them: pthreads, and the calls behind them. Made with glibc or musl; each part is right on Linux.
//
//   main.c      what all parts use, and the other program that some of them exec
//   pthreads.c  mutexes and their kinds, conditions, barriers, semaphores, cancelling
//   lives.c     how threads and processes with threads begin, fork, wait, exec and end
//   signals.c   who takes a signal; stopping
//   facts.c     clocks, names, CPUs, /proc
//   memory.c    one memory on many CPUs
//   files.c     one table of descriptors, one directory
#pragma once

#define _GNU_SOURCE
#include "parts.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum { kThreads = 8 };

int self_tid(void);
pthread_t start(void* (*run)(void*), void* argument);
void* join(pthread_t thread);
void start_all(pthread_t* threads, int count, void* (*run)(void*));  // each with its index as argument
void join_all(const pthread_t* threads, int count);

// Thread functions. Both note at `argument`, if it is there, that they run: the first its tid, the second a 1.
void* sleep_for_ever(void* argument);
void* spin_for_ever(void* argument);  // can be cancelled at any point
int start_sleeper(void);              // the tid of a thread that sleeps from now on

ssize_t read_file(const char* path, char* text, size_t room);
char state_of(const char* path);  // the letter in a /proc/.../stat
long number_in(const char* path,
               const char* name);  // behind `name` in /proc/self/status or its like; -1: not there
long threads_now(void);

extern volatile sig_atomic_t handled_by;  // the tid that ran note_thread last
void note_thread(int signal);
void install(int signal, void (*handler)(int));

extern const char*
    program;  // argv[0]; as `program --tell` it says its pid, its tid and how many threads it has
