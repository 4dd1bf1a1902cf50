// What this floor needs from the log above it: defined in core/log.cpp.
#pragma once

#include "lib/types.h"

namespace faultline {

struct TrapFrame;

// A line of the kernel log (the newline is added if it is missing). `quiet` keeps log_info off the console.
void log_info(const char* text, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char* text, ...) __attribute__((format(printf, 1, 2)));
void log_error(const char* text, ...) __attribute__((format(printf, 1, 2)));

// Prints `panic: ` and the reason, registers, backtrace; stops the other CPUs; ends the machine as `panic=` says.
[[noreturn]] void panic(const char* text, ...) __attribute__((format(printf, 1, 2)));
[[noreturn]] void panic_at(const TrapFrame& frame, const char* text, ...)
    __attribute__((format(printf, 2, 3)));

}  // namespace faultline
