// strace: runs a program, or follows one that runs, and prints its system calls as Linux's strace prints them.
//
//   main.c     options, the loop over stops, -c
//   print.c    one line: names, brackets, results, signals
//   calls.c    which arguments each call has
//   decode.c   arguments by their kinds: tracee.c (strings), structures.c, commands.c (fcntl, ioctl, clone, futex)
//   results.c  what a call returned
//   flags.c    numbers that have names
//   names.c    calls and errors by number
//
// An argument that the call fills in is printed when the call returns, and with it all that stand behind.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum { kLinuxCalls = 470, kMostArguments = 6, kOwnCallsBegin = 1000 };

extern const char* const linux_call_names[kLinuxCalls];
const char* error_name(int error);  // null: it has none

// How one argument is printed. What is marked "out" is known when the call has returned.
enum kind {
    kEnd,
    kInt,
    kUnsigned,
    kHex,
    kPointer,  // NULL, or hexadecimal
    kOctal,
    kPath,
    kDirectoryFd,  // AT_FDCWD has a name
    kBytesIn,      // as many as the next argument says
    kBytesOut,     // as many as the result says
    kPathOut,
    kStrings,      // argv
    kEnvironment,  // how many strings there are
    kSignal,
    kSignalSetIn,
    kSignalSetOut,
    kActionIn,
    kActionOut,
    kStackIn,
    kStackOut,
    kStatOut,
    kStatxOut,
    kTimespecIn,
    kTimespecOut,
    kTimespec64In,
    kTimespec64Out,
    kTimevalIn,
    kTimevalOut,
    kTwoTimespecsIn,
    kTwoTimespecs64In,
    kTimerIn,
    kTimerOut,
    kLimitIn,
    kLimitOut,
    kLimit64In,
    kLimit64Out,
    kUsageOut,
    kWaitStatusOut,
    kPipeOut,
    kVectorsIn,
    kVectorsOut,
    kPollIn,
    kDescriptorSet,
    kUserArea,
    kSystemNamesOut,
    kSystemInfoOut,
    kOffsetOut,
    kOffset64,  // two words
    kEntriesOut,
    kDescriptorCommand,  // fcntl's command and its argument
    kTerminalRequest,    // ioctl's request and its argument
    kClone,              // clone's stack and flags
    kCloneRest,          // and what else the flags ask for
    kClone3,
    kClone3Rest,
    kRandomBytesOut,  // in hexadecimal
    kMaskArgument,    // pselect6's sixth: a mask and its size
    kSignalFrame,     // sigreturn's, on the stack
    kFutex,           // from the operation on
    kIdsOut,
    kTidOut,
    kAffinityOut,
    kFirstFlags,  // from here on: a table of flags.c
};

enum flag_table {
    kOpenFlags,
    kAccessModes,
    kProtection,
    kMapFlags,
    kSeek,
    kSignalHow,
    kResources,
    kWaitFlags,
    kClocks,
    kAtFlags,
    kPipeFlags,
    kRandomFlags,
    kAdvice,
    kMoveFlags,
    kMountFlags,
    kTimers,
    kUsageWho,
    kMsyncFlags,
    kStatxFlags,
    kStatxMask,
    kUnlinkFlags,
    kAccessFlags,
    kRenameFlags,
    kLockCommands,
    kEpollCommands,
    kTimerFlags,
    kProcessOptions,
};
#define FLAGS(table) (kFirstFlags + (table))

struct call {
    const char* name;  // null: the number's name
    unsigned char kinds[kMostArguments + 1];
};
const struct call* find_call(long number);  // never null: what is unknown has numbers for arguments
const char* call_name(long number);         // "syscall_0x3e7" where it has none

struct flag {
    unsigned long value;
    const char* name;
};

// Where a line is built. It is printed whole, or in two parts around another task's.
struct line {
    char text[4096];
    size_t size;
};
void say(struct line* line, const char* format, ...) __attribute__((format(printf, 2, 3)));
void say_flags(struct line* line, enum flag_table table, unsigned long value);
void say_flag_list(struct line* line, const struct flag* flags, unsigned long value, const char* unknown);
void say_signal(struct line* line, long signal);
void say_signals(struct line* line, unsigned long long mask);
void say_signal_set(struct line* line, pid_t pid, unsigned long address);
enum quoting { kAsText, kInHex };
void say_quoted(struct line* line, const char* bytes, size_t size, int is_cut, enum quoting quoting);
void say_siginfo(struct line* line, const void* info);

extern unsigned string_limit;  // -s

size_t read_tracee(pid_t pid, unsigned long address, void* to, size_t size);  // how many bytes could be read

// The state of one call between its two stops.
struct call_state {
    long number;
    unsigned long words[kMostArguments];
    unsigned long esp;
    long result;
    int printed;  // arguments that stand in the line already
    int at_word;
    int is_separated;  // from the argument that comes next
    const struct call* call;
};
// Prints arguments from where it stopped. `returned`: the result is known; else up to the first that the call fills in.
void say_arguments(struct line* line, pid_t pid, struct call_state* state, int returned);
void say_result(struct line* line, pid_t pid, const struct call_state* state);
