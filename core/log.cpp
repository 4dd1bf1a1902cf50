// The ring of text, and where it goes.

#include "core/log.h"

#include "arch/early_console.h"
#include "core/spinlock.h"
#include "core/thread.h"
#include "lib/format.h"
#include "lib/new.h"
#include "lib/string.h"

namespace faultline {

// Positions count characters since boot; the ring holds the last kLogSize of them. Lock: lock_.
class Log {
public:
    enum class Show : u8 { Always, UnlessQuiet };

    void print(Show show, bool whole_line, const char* text, va_list arguments);
    void begin_group();
    void end_group();
    void add_sink(LogSink& sink);
    usize read(u64& position, Span<char> out);
    u64 begin() const { return end_ > kLogSize ? end_ - kLogSize : 0; }
    u64 end() const { return end_; }
    void set_quiet() { quiet_ = true; }

private:
    static void put(void* log, char c) { static_cast<Log*>(log)->put_locked(c); }
    static void hold_back(void* log, char c) { static_cast<Log*>(log)->hold_back_locked(c); }
    void put_locked(char c);
    void hold_back_locked(char c);
    void show_locked(u64 from);
    void write_locked(Span<const char> text);

    SpinLock lock_{LockRank::Log};
    u64 end_ = 0;
    LogSink* sinks_ = nullptr;
    bool quiet_ = false;

    // What other threads say while one has a LogGroup.
    const Thread* group_owner_ = nullptr;
    u32 group_depth_ = 0;
    u32 held_back_ = 0;
    bool lost_ = false;
    char waiting_[4 * kKiB] = {};
    char ring_[kLogSize] = {};
};

namespace {

Log the_log;

}  // namespace

void Log::put_locked(char c)
{
    ring_[end_ % kLogSize] = c;
    end_++;
}

void Log::hold_back_locked(char c)
{
    if (held_back_ == sizeof(waiting_))
        lost_ = true;
    else
        waiting_[held_back_++] = c;
}

void Log::write_locked(Span<const char> text)
{
    if (!sinks_)
        for (const char c : text)
            early_put(c);
    for (LogSink* sink = sinks_; sink; sink = sink->next_)
        sink->write(text);
}

void Log::show_locked(u64 from)
{
    if (end_ - from > kLogSize) from = end_ - kLogSize;
    while (from < end_) {
        const u32 offset = static_cast<u32>(from % kLogSize);
        const u32 size = min(static_cast<u32>(end_ - from), kLogSize - offset);
        write_locked({ring_ + offset, size});
        from += size;
    }
}

void Log::print(Show show, bool whole_line, const char* text, va_list arguments)
{
    SpinGuard guard{lock_};
    if (group_owner_ && group_owner_ != &current_thread()) {
        format_to(hold_back, this, text, arguments);
        if (whole_line && held_back_ != 0 && waiting_[held_back_ - 1] != '\n') hold_back_locked('\n');
        return;
    }
    const u64 from = end_;
    format_to(put, this, text, arguments);
    if (whole_line && (end_ == from || ring_[(end_ - 1) % kLogSize] != '\n')) put_locked('\n');
    if (show == Show::Always || !quiet_) show_locked(from);
}

void Log::begin_group()
{
    for (;;) {
        {
            SpinGuard guard{lock_};
            if (!group_owner_ || group_owner_ == &current_thread()) {
                group_owner_ = &current_thread();
                group_depth_++;
                return;
            }
        }
        pause();
    }
}

void Log::end_group()
{
    SpinGuard guard{lock_};
    if (--group_depth_ != 0) return;
    group_owner_ = nullptr;
    const u64 from = end_;
    for (u32 i = 0; i < held_back_; i++)
        put_locked(waiting_[i]);
    if (lost_)
        for (const char* c = "(log: lines were lost here)\n"; *c; c++)
            put_locked(*c);
    held_back_ = 0;
    lost_ = false;
    show_locked(from);
}

void Log::add_sink(LogSink& sink)
{
    SpinGuard guard{lock_};
    sink.next_ = sinks_;
    sinks_ = &sink;
}

usize Log::read(u64& position, Span<char> out)
{
    SpinGuard guard{lock_};
    if (position < begin()) position = begin();
    if (position > end_) position = end_;
    usize count = 0;
    while (count < out.size() && position < end_)
        out[count++] = ring_[position++ % kLogSize];
    return count;
}

#define FAULTLINE_LOG(show, whole_line)                                                                      \
    va_list arguments;                                                                                       \
    va_start(arguments, text);                                                                               \
    the_log.print(Log::Show::show, whole_line, text, arguments);                                             \
    va_end(arguments)

void kprintf(const char* text, ...)
{
    FAULTLINE_LOG(Always, false);
}

void log_info(const char* text, ...)
{
    FAULTLINE_LOG(UnlessQuiet, true);
}

void log_warn(const char* text, ...)
{
    FAULTLINE_LOG(Always, true);
}

void log_error(const char* text, ...)
{
    FAULTLINE_LOG(Always, true);
}

#undef FAULTLINE_LOG

LogGroup::LogGroup()
{
    the_log.begin_group();
}

LogGroup::~LogGroup()
{
    the_log.end_group();
}

void register_log_sink(LogSink& sink)
{
    the_log.add_sink(sink);
}

void log_set_quiet()
{
    the_log.set_quiet();
}

usize log_read(u64& position, Span<char> out)
{
    return the_log.read(position, out);
}

u64 log_begin()
{
    return the_log.begin();
}

u64 log_end()
{
    return the_log.end();
}

}  // namespace faultline
