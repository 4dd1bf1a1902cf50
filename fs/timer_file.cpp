#include "fs/timer_file.h"

#include "arch/clock.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "fs/poll.h"
#include "fs/with_reclaim.h"
#include "lib/string.h"
#include "mm/heap.h"

namespace faultline {

Result<Ref<TimerFile>> TimerFile::create(bool follows_wall_clock)
{
    return Ref<TimerFile>::adopt(TRY(with_reclaim([&] { return make<TimerFile>(follows_wall_clock); })));
}

void TimerFile::last_ref_dropped()
{
    stop();
    destroy(this);
}

// The function starts the timer again unless it finds that nothing is to come.
void TimerFile::stop()
{
    {
        SpinGuard guard{lock_};
        deadline_ns_ = 0;
    }
    timer_.cancel();
}

void TimerFile::describe(Span<char> text) const
{
    copy_string(text, "anon_inode:[timerfd]");
}

void TimerFile::attributes(Attributes& out) const
{
    out = Attributes{};
    out.mode = 0600;
    out.link_count = 1;
    out.block_size = kPageSize;
}

// The interrupt may come late: what has passed by now is counted at once. Between two interrupts of a fast timer whoever
// reads counts, too.
void TimerFile::count_locked()
{
    const u64 now = now_ns();
    if (deadline_ns_ == 0 || deadline_ns_ > now) return;
    u64 times = 1;
    if (interval_ns_ != 0) times += (now - deadline_ns_) / interval_ns_;
    count_ += times;
    deadline_ns_ = interval_ns_ != 0 ? deadline_ns_ + times * interval_ns_ : 0;
}

void TimerFile::ran_out(Timer& timer, void* context)
{
    TimerFile& self = *static_cast<TimerFile*>(context);
    SpinGuard guard{self.lock_};
    self.count_locked();
    if (self.count_ != 0) self.readable_.wake_all();
    if (self.deadline_ns_ != 0)
        timer.start(max(self.deadline_ns_, now_ns() + kShortestRepeatNs), ran_out, &self);
}

TimerSetting TimerFile::setting_locked()
{
    count_locked();
    const u64 now = now_ns();
    if (deadline_ns_ == 0) return {interval_ns_, 0};
    return {interval_ns_, deadline_ns_ > now ? deadline_ns_ - now : 1};
}

void TimerFile::set(u64 deadline_ns, u64 interval_ns, TimerSetting& before)
{
    SleepGuard one_at_a_time{settings_};
    {
        SpinGuard guard{lock_};
        before = setting_locked();
    }
    stop();
    {
        SpinGuard guard{lock_};
        deadline_ns_ = deadline_ns;
        interval_ns_ = interval_ns;
        count_ = 0;
    }
    if (deadline_ns != 0) timer_.start(deadline_ns, ran_out, this);
}

TimerSetting TimerFile::setting()
{
    SpinGuard guard{lock_};
    return setting_locked();
}

Result<u32> TimerFile::read(File& file, u64, IoBuffer& buffer)
{
    if (buffer.remaining() < sizeof(u64)) return Errno::Invalid;
    u64 taken;
    {
        SpinGuard guard{lock_};
        const auto has_some = [this]() NO_THREAD_SAFETY_ANALYSIS { return count_ != 0; };
        if (!has_some() && file.nonblocking()) return Errno::Again;
        TRY(wait_until(readable_, lock_, has_some, Wait::Interruptible));
        taken = count_;
        count_ = 0;
    }
    TRY(buffer.put(&taken, sizeof taken));
    return static_cast<u32>(sizeof taken);
}

u32 TimerFile::poll(File&, PollTable* table)
{
    SpinGuard guard{lock_};
    if (table) table->watch(readable_, lock_);
    return count_ != 0 ? kPollIn | kPollReadNormal : 0;
}

}  // namespace faultline
