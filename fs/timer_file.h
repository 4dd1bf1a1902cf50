// TimerFile: a timer that is read as a file (timerfd): how often it has run out since it was last read.
//
// Lock: lock_ (spin) guards the counts; settings_ (may sleep) makes changes follow each other, since cancelling waits for the
// timer's function, which takes lock_.
#pragma once

#include "core/sleep_lock.h"
#include "core/timer.h"
#include "core/wait_queue.h"
#include "fs/file_like.h"

namespace faultline {

struct TimerSetting {
    u64 interval_ns = 0;
    u64 left_ns = 0;  // 0: it is not running
};

class TimerFile final : public FileLike {
public:
    static Result<Ref<TimerFile>> create(bool follows_wall_clock);

    // Runs out at `deadline_ns` (of now_ns; 0: never), then each `interval_ns` if that is not 0.
    void set(u64 deadline_ns, u64 interval_ns, TimerSetting& before);
    TimerSetting setting();
    bool follows_wall_clock() const { return follows_wall_clock_; }

    explicit TimerFile(bool follows_wall_clock) : follows_wall_clock_{follows_wall_clock} {}
    TimerFile* as_timer() override { return this; }
    Result<u32> read(File& file, u64, IoBuffer& buffer) override;
    u32 poll(File& file, PollTable* table) override;
    void describe(Span<char> text) const override;
    void attributes(Attributes& out) const override;
    void last_ref_dropped() override;

private:
    static void ran_out(Timer& timer, void* self);
    void stop();
    void count_locked() REQUIRES(lock_);
    TimerSetting setting_locked() REQUIRES(lock_);

    SleepLock settings_{LockRank::Pipe};
    SpinLock lock_{LockRank::WaitQueue};
    WaitQueue readable_;
    Timer timer_;
    u64 deadline_ns_ GUARDED_BY(lock_) = 0;  // the next one; 0: none
    u64 interval_ns_ GUARDED_BY(lock_) = 0;
    u64 count_ GUARDED_BY(lock_) = 0;
    const bool follows_wall_clock_;
};

}  // namespace faultline
