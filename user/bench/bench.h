// The benchmark's frame: measure() runs one operation many times between two readings of the time-stamp counter.
//
// Under QEMU's `-icount shift=0` the counter counts guest instructions, so the numbers are deterministic; otherwise they
// are host ticks. The same binary runs on Linux. Results are checked outside the timed stretch, and page faults are counted
// by getrusage, so that a benchmark that does not do what it says is noticed.
#pragma once

#include <stddef.h>

enum { kPage = 4096 };

struct sample {
    unsigned long long ticks;  // of the whole timed stretch
    long faults;               // minor + major in it, of this process
    unsigned operations;       // in it
    const char* wrong;         // null, or what was found wrong afterwards
};

struct benchmark {
    const char* name;
    const char* unit;
    void (*run)(struct sample* out);
    long faults_per_operation;  // expected; -1: does not matter
};

extern const struct benchmark memory_benchmarks[];  // each list ends with a null name
extern const struct benchmark process_benchmarks[];
extern const struct benchmark file_benchmarks[];

static inline unsigned long long ticks(void)
{
    unsigned low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (unsigned long long)high << 32 | low;
}

// Brackets of the timed stretch.
void begin_timing(struct sample* sample);
void end_timing(struct sample* sample, unsigned operations);
void fail(struct sample* sample, const char* what);
void measure_big_exec(struct sample* out);  // one process of 64 MiB that forks and execs

void* map_pages(unsigned pages);          // private anonymous, never touched; exits where there is no memory
void touch(char* start, unsigned pages);  // stores one byte in each page

extern const char* bench_directory;  // where files are made
extern const char* bench_program;    // this program's path, for exec
