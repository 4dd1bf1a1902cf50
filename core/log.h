// The kernel log: a ring of text for dmesg, and the consoles. Any context may log; lines of several CPUs do not mix.
// Lock: one spin lock of rank Log inside; sinks are called under it.
#pragma once

#include <stdarg.h>

#include "arch/report.h"  // log_info, log_warn, log_error, panic
#include "lib/span.h"
#include "lib/types.h"

namespace faultline {

// Text as it is, to the ring and the consoles, `quiet` or not: the kill line.
void kprintf(const char* text, ...) __attribute__((format(printf, 1, 2)));

// While one lives, lines of other threads wait: nothing stands between this thread's lines (dumppagetable).
class LogGroup {
public:
    LogGroup();
    ~LogGroup();
    LogGroup(const LogGroup&) = delete;
    LogGroup& operator=(const LogGroup&) = delete;
};

// A console. Called with interrupts off and the log's lock held: polls or queues, never sleeps or logs.
class LogSink {
public:
    virtual void write(Span<const char> text) = 0;

private:
    friend void register_log_sink(LogSink&);
    friend class Log;
    LogSink* next_ = nullptr;
};

// The first sink takes over from the early console (which panics still use). Sinks are never removed.
void register_log_sink(LogSink& sink);

void log_set_quiet();  // `quiet`: log_info reaches the ring only

// Copies text from position on (clamped to what the ring still holds) and moves position behind it.
usize log_read(u64& position, Span<char> out);
u64 log_begin();  // positions of the oldest and the next character
u64 log_end();
constexpr u32 kLogSize = 128 * kKiB;

}  // namespace faultline
