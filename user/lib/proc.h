// Reading /proc: whole small files, single counters, one record for each process.
#pragma once

#include <stddef.h>

// The file's text, null-terminated, to be freed; null (and errno) when it cannot be read.
char* read_whole_file(const char* path, size_t* length);

// "name value" (vmstat) or "Name: value kB" (meminfo, status). 0 when there is no such line.
int find_counter(const char* text, const char* name, unsigned long long* value);

// The same from a file read for this one question.
int read_counter(const char* path, const char* name, unsigned long long* value);

struct process_stat {
    int pid, parent, group, session, terminal;
    char state;
    char name[64];  // without the parentheses
    unsigned long minor_faults, major_faults;
    unsigned long long user_ticks, system_ticks;  // of 1/100 s
    unsigned long long start_ticks;               // after boot
    unsigned long virtual_bytes, resident_pages;
};

int read_process_stat(int pid, struct process_stat* stat);  // 0 when it is gone

// The numbers of all processes, ascending, to be freed.
int* list_processes(size_t* count);
