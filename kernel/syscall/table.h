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
constexpr u32 kLinuxSyscalls = 460;
constexpr u32 kOwnSyscalls = 16;
constexpr u32 kNoSuchSyscall = ~u32{0};
// For /proc/syscalls: calls of a number, known or not. All numbers beyond the table are counted as kNoSuchSyscall.
u64 syscall_count(u32 number);

}  // namespace faultline
