// The functions behind kernel/syscalls.def: one declaration a line of the table, made from it.
#pragma once

#include "kernel/abi.h"
#include "kernel/syscall/types.h"
#include "lib/result.h"

namespace faultline {

class Task;

#define SYSCALL(number, name, ...)                                                                           \
    using SyscallType_##name = __VA_ARGS__;                                                                  \
    SyscallType_##name sys_##name;
#include "kernel/syscalls.def"
#undef SYSCALL

constexpr u32 kOwnSyscallsBegin = 1000;

const char* syscall_name(u32 number);  // null: not in the table
u32 syscall_words(u32 number);         // registers that its arguments take
// Calls of numbers that are not there, for /proc/syscalls. Numbers beyond the table are counted together.
constexpr u32 kLinuxSyscalls = 460;
u32 unknown_syscall_count(u32 number);
u32 unknown_syscall_count_beyond();

}  // namespace faultline
