// What the parts of the decoder know of each other. decode.c: which kind is printed by whom.
#pragma once

#include "strace.h"

// One argument of a call that is being printed.
struct argument {
    struct line* line;
    pid_t pid;
    enum kind kind;
    const struct call_state* state;
    const unsigned long* words;  // its own, and those behind it
};
int is_error(long result);

// tracee.c. read_struct prints the address and answers 0 where nothing can be read there.
int read_struct(struct line* line, pid_t pid, unsigned long address, void* to, size_t size);
void say_pointer(struct line* line, unsigned long value);
void say_address(struct line* line, pid_t pid, unsigned long value);
void say_path(struct line* line, pid_t pid, unsigned long address);
void say_bytes_as(struct line* line, pid_t pid, unsigned long address, size_t size, enum quoting quoting);
void say_bytes(struct line* line, pid_t pid, unsigned long address, size_t size);
void say_strings(struct line* line, pid_t pid, unsigned long address);
void say_environment(struct line* line, pid_t pid, unsigned long address);

// structures.c
void say_stat(struct line* line, pid_t pid, unsigned long address);
void say_statx(struct line* line, pid_t pid, unsigned long address);
void say_timespec(struct line* line, const int* words);
void say_timespec_at(struct line* line, pid_t pid, unsigned long address);
void say_timespec64_at(struct line* line, pid_t pid, unsigned long address);
void say_timeval_at(struct line* line, pid_t pid, unsigned long address);
void say_two_timespecs(struct line* line, pid_t pid, unsigned long address);
void say_two_timespecs64(struct line* line, pid_t pid, unsigned long address);
void say_timer(struct line* line, pid_t pid, unsigned long address);
void say_limit(struct line* line, pid_t pid, unsigned long address);
void say_limit64(struct line* line, pid_t pid, unsigned long address);
void say_usage(struct line* line, pid_t pid, unsigned long address);
void say_wait_status(struct line* line, int status);
void say_action(struct line* line, pid_t pid, unsigned long address);
void say_stack(struct line* line, pid_t pid, unsigned long address);
void say_mask_and_size(struct line* line, pid_t pid, unsigned long address);
void say_vectors(struct line* line, pid_t pid, unsigned long address, unsigned count, long long filled);
void say_poll(struct line* line, pid_t pid, unsigned long address, unsigned count);
void say_poll_bits(struct line* line, short bits);
void say_descriptor_set(struct line* line, pid_t pid, unsigned long address, unsigned count);
void say_user_area(struct line* line, pid_t pid, unsigned long address);
void say_entries(struct line* line, pid_t pid, unsigned long address, long size);
void say_system_names(struct line* line, pid_t pid, unsigned long address);
void say_words(struct line* line, pid_t pid, unsigned long address, long count);
void say_affinity(struct line* line, pid_t pid, unsigned long address, long bytes);
void say_pair(struct line* line, pid_t pid, unsigned long address);
void say_offset_at(struct line* line, pid_t pid, unsigned long address);

// commands.c
void say_descriptor_command(const struct argument* argument);
void say_request(const struct argument* argument);
void say_clone(const struct argument* argument);
void say_clone_rest(const struct argument* argument);
void say_clone3(struct line* line, pid_t pid, unsigned long address);
void say_clone3_rest(const struct argument* argument);
void say_signal_frame(const struct argument* argument);
void say_futex(const struct argument* argument);
