// One argument after the other, by its kind: the table below says who prints it and how many words it takes.
#include "decode.h"

#include <sys/syscall.h>

enum { kAtCwd = -100 };

// ---- Kinds that need more than an address ----

static void say_int(const struct argument* a)
{
    say(a->line, "%ld", (long)a->words[0]);
}

static void say_unsigned(const struct argument* a)
{
    say(a->line, "%lu", a->words[0]);
}

static void say_hex(const struct argument* a)
{
    say(a->line, a->words[0] == 0 ? "0" : "%#lx", a->words[0]);
}

static void say_octal(const struct argument* a)
{
    say(a->line, "%#03lo", a->words[0]);
}

static void say_directory_fd(const struct argument* a)
{
    if ((long)a->words[0] == kAtCwd)
        say(a->line, "AT_FDCWD");
    else
        say_int(a);
}

static void say_bytes_in(const struct argument* a)
{
    say_bytes(a->line, a->pid, a->words[0], a->words[1]);
}

static void say_bytes_out(const struct argument* a)
{
    say_bytes(a->line, a->pid, a->words[0], (size_t)a->state->result);
}

static void say_random_bytes(const struct argument* a)
{
    say_bytes_as(a->line, a->pid, a->words[0], (size_t)a->state->result, kInHex);
}

static void say_path_out(const struct argument* a)
{
    if (a->state->number == SYS_getcwd)
        say_path(a->line, a->pid, a->words[0]);
    else
        say_bytes_out(a);
}

static void say_one_signal(const struct argument* a)
{
    say_signal(a->line, (long)a->words[0]);
}

// What is left of a sleep is filled in only where it was interrupted.
static void say_time_left(const struct argument* a)
{
    const long number = a->state->number;
    if (number == SYS_nanosleep || number == SYS_clock_nanosleep || number == SYS_clock_nanosleep_time64)
        say_pointer(a->line, a->words[0]);
    else if (a->kind == kTimespec64Out)
        say_timespec64_at(a->line, a->pid, a->words[0]);
    else
        say_timespec_at(a->line, a->pid, a->words[0]);
}

static void say_status(const struct argument* a)
{
    int status;
    if (a->state->result == 0) return say_pointer(a->line, a->words[0]);
    if (!read_struct(a->line, a->pid, a->words[0], &status, sizeof status)) return;
    say(a->line, "[");
    say_wait_status(a->line, status);
    say(a->line, "]");
}

static void say_vectors_in(const struct argument* a)
{
    say_vectors(a->line, a->pid, a->words[0], (unsigned)a->words[1], -1);
}

static void say_vectors_out(const struct argument* a)
{
    say_vectors(a->line, a->pid, a->words[0], (unsigned)a->words[1], a->state->result);
}

static void say_poll_in(const struct argument* a)
{
    say_poll(a->line, a->pid, a->words[0], (unsigned)a->words[1]);
}

static void say_descriptors(const struct argument* a)
{
    say_descriptor_set(a->line, a->pid, a->words[0], (unsigned)a->state->words[0]);
}

static void say_offset64(const struct argument* a)  // _llseek has the high word first
{
    const unsigned long* words = a->words;
    say(a->line, "%lld",
        (long long)(a->state->number == SYS__llseek ? (unsigned long long)words[0] << 32 | words[1]
                                                    : (unsigned long long)words[1] << 32 | words[0]));
}

static void say_entries_out(const struct argument* a)
{
    if (is_error(a->state->result)) return say(a->line, "%#lx", a->words[0]);
    say_entries(a->line, a->pid, a->words[0], a->state->result);
}

static void say_ids(const struct argument* a)
{
    say(a->line, "%ld, ", (long)a->words[0]);
    if (a->words[0] == 0)
        say_pointer(a->line, a->words[1]);
    else
        say_words(a->line, a->pid, a->words[1], a->state->result);
}

static void say_affinity_out(const struct argument* a)
{
    say_affinity(a->line, a->pid, a->words[0], a->state->result);
}

// ---- All kinds ----

// Who prints a kind: `at` where the address (or the value) is all it needs, else `with`.
struct kind_row {
    void (*at)(struct line* line, pid_t pid, unsigned long address);
    void (*with)(const struct argument* argument);
    enum {
        kIn,
        kOut,
        kOutAlways
    } way;      // kOut: the call fills it in, unless it fails; kOutAlways: it knows of failures
    int words;  // how many it takes
};

static const struct kind_row kRows[kFirstFlags] = {
    [kInt] = {NULL, say_int, kIn, 1},
    [kUnsigned] = {NULL, say_unsigned, kIn, 1},
    [kHex] = {NULL, say_hex, kIn, 1},
    [kPointer] = {say_address, NULL, kIn, 1},
    [kOctal] = {NULL, say_octal, kIn, 1},
    [kPath] = {say_path, NULL, kIn, 1},
    [kDirectoryFd] = {NULL, say_directory_fd, kIn, 1},
    [kBytesIn] = {NULL, say_bytes_in, kIn, 1},
    [kBytesOut] = {NULL, say_bytes_out, kOut, 1},
    [kPathOut] = {NULL, say_path_out, kOut, 1},
    [kStrings] = {say_strings, NULL, kIn, 1},
    [kEnvironment] = {say_environment, NULL, kIn, 1},
    [kSignal] = {NULL, say_one_signal, kIn, 1},
    [kSignalSetIn] = {say_signal_set, NULL, kIn, 1},
    [kSignalSetOut] = {say_signal_set, NULL, kOut, 1},
    [kActionIn] = {say_action, NULL, kIn, 1},
    [kActionOut] = {say_action, NULL, kOut, 1},
    [kStackIn] = {say_stack, NULL, kIn, 1},
    [kStackOut] = {say_stack, NULL, kOut, 1},
    [kStatOut] = {say_stat, NULL, kOut, 1},
    [kStatxOut] = {say_statx, NULL, kOut, 1},
    [kTimespecIn] = {say_timespec_at, NULL, kIn, 1},
    [kTimespecOut] = {NULL, say_time_left, kOut, 1},
    [kTimespec64In] = {say_timespec64_at, NULL, kIn, 1},
    [kTimespec64Out] = {NULL, say_time_left, kOut, 1},
    [kTimevalIn] = {say_timeval_at, NULL, kIn, 1},
    [kTimevalOut] = {say_timeval_at, NULL, kOut, 1},
    [kTwoTimespecsIn] = {say_two_timespecs, NULL, kIn, 1},
    [kTwoTimespecs64In] = {say_two_timespecs64, NULL, kIn, 1},
    [kTimerIn] = {say_timer, NULL, kIn, 1},
    [kTimerOut] = {say_timer, NULL, kOut, 1},
    [kLimitIn] = {say_limit, NULL, kIn, 1},
    [kLimitOut] = {say_limit, NULL, kOut, 1},
    [kLimit64In] = {say_limit64, NULL, kIn, 1},
    [kLimit64Out] = {say_limit64, NULL, kOut, 1},
    [kUsageOut] = {say_usage, NULL, kOut, 1},
    [kWaitStatusOut] = {NULL, say_status, kOut, 1},
    [kPipeOut] = {say_pair, NULL, kOut, 1},
    [kVectorsIn] = {NULL, say_vectors_in, kIn, 1},
    [kVectorsOut] = {NULL, say_vectors_out, kOut, 1},
    [kPollIn] = {NULL, say_poll_in, kIn, 1},
    [kDescriptorSet] = {NULL, say_descriptors, kIn, 1},
    [kUserArea] = {say_user_area, NULL, kIn, 1},
    [kSystemNamesOut] = {say_system_names, NULL, kOut, 1},
    [kSystemInfoOut] = {say_address, NULL, kOut, 1},
    [kOffsetOut] = {say_offset_at, NULL, kOut, 1},
    [kOffset64] = {NULL, say_offset64, kIn, 2},
    [kEntriesOut] = {NULL, say_entries_out, kOutAlways, 1},
    [kDescriptorCommand] = {NULL, say_descriptor_command, kIn, 2},
    [kTerminalRequest] = {NULL, say_request, kOutAlways, 2},
    [kClone] = {NULL, say_clone, kIn, 0},
    [kCloneRest] = {NULL, say_clone_rest, kOutAlways, 5},
    [kClone3] = {say_clone3, NULL, kIn, 0},
    [kClone3Rest] = {NULL, say_clone3_rest, kOutAlways, 1},
    [kRandomBytesOut] = {NULL, say_random_bytes, kOut, 1},
    [kMaskArgument] = {say_mask_and_size, NULL, kIn, 1},
    [kSignalFrame] = {NULL, say_signal_frame, kIn, 0},
    [kFutex] = {NULL, say_futex, kIn, 6},
    [kIdsOut] = {NULL, say_ids, kOut, 2},
    [kTidOut] = {say_address, NULL, kOut, 1},
    [kAffinityOut] = {NULL, say_affinity_out, kOut, 1},
};

// How many words the argument took.
static int say_one(const struct argument* a)
{
    if (a->kind >= kFirstFlags) {
        say_flags(a->line, (enum flag_table)(a->kind - kFirstFlags), a->words[0]);
        return 1;
    }
    const struct kind_row* row = &kRows[a->kind];
    if (row->way == kOut && is_error(a->state->result)) {
        say_pointer(a->line, a->words[0]);
        return 1;
    }
    if (row->at)
        row->at(a->line, a->pid, a->words[0]);
    else
        row->with(a);
    return row->words;
}

static int is_out(enum kind kind)
{
    return kind < kFirstFlags && kRows[kind].way != kIn;
}

// open's mode counts only where a file may be made.
static int is_left_out(const struct call_state* state, int index)
{
    const int flags_at = state->number == SYS_open ? 1 : state->number == SYS_openat ? 2 : -1;
    if (flags_at >= 0 && index == flags_at + 1) return (state->words[flags_at] & 020000100) == 0;
    return state->number == SYS_mremap && index == 4 && (state->words[3] & 2) == 0;
}

void say_arguments(struct line* line, pid_t pid, struct call_state* state, int returned)
{
    for (int i = state->printed; i < kMostArguments; i++) {
        const enum kind kind = (enum kind)state->call->kinds[i];
        if (kind == kEnd || is_left_out(state, i)) break;
        const int joins = kind == kCloneRest || kind == kClone3Rest;  // has its own separators
        if (i != 0 && !joins && !state->is_separated) say(line, ", ");
        state->is_separated = !joins;
        if (!returned && is_out(kind)) return;
        state->is_separated = 0;
        const struct argument argument = {line, pid, kind, state, &state->words[state->at_word]};
        state->at_word += say_one(&argument);
        state->printed = i + 1;
    }
}
