#include "fs/event_counter.h"

#include "core/wait_queue.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "fs/poll.h"
#include "fs/with_reclaim.h"
#include "lib/string.h"
#include "mm/heap.h"

namespace faultline {

namespace {

constexpr u64 kMost = ~u64{0} - 1;

class EventCounter final : public FileLike {
public:
    EventCounter(u64 value, CounterKind kind) : value_{value}, kind_{kind} {}

    Result<u32> read(File& file, u64, IoBuffer& buffer) override;
    Result<u32> write(File& file, u64, IoBuffer& buffer) override;
    u32 poll(File& file, PollTable* table) override;
    void describe(Span<char> text) const override { copy_string(text, "anon_inode:[eventfd]"); }
    void attributes(Attributes& out) const override
    {
        out = Attributes{};
        out.mode = 0600;
        out.link_count = 1;
        out.block_size = kPageSize;
    }
    void last_ref_dropped() override { destroy(this); }

private:
    SpinLock lock_{LockRank::Pipe};
    WaitQueue changed_;
    u64 value_ GUARDED_BY(lock_);
    const CounterKind kind_;
};

Result<u32> EventCounter::read(File& file, u64, IoBuffer& buffer)
{
    if (buffer.remaining() < sizeof(u64)) return Errno::Invalid;
    u64 taken;
    {
        SpinGuard guard{lock_};
        const auto has_some = [this]() NO_THREAD_SAFETY_ANALYSIS { return value_ != 0; };
        if (!has_some() && file.nonblocking()) return Errno::Again;
        TRY(wait_until(changed_, lock_, has_some, Wait::Interruptible));
        taken = kind_ == CounterKind::TakesOne ? 1 : value_;
        value_ -= taken;
        changed_.wake_all();
    }
    TRY(buffer.put(&taken, sizeof taken));
    return static_cast<u32>(sizeof taken);
}

Result<u32> EventCounter::write(File& file, u64, IoBuffer& buffer)
{
    u64 more;
    if (buffer.remaining() < sizeof more) return Errno::Invalid;
    TRY(buffer.get(&more, sizeof more));
    if (more > kMost) return Errno::Invalid;
    SpinGuard guard{lock_};
    const auto has_room = [&]() NO_THREAD_SAFETY_ANALYSIS { return kMost - value_ >= more; };
    if (!has_room() && file.nonblocking()) return Errno::Again;
    TRY(wait_until(changed_, lock_, has_room, Wait::Interruptible));
    value_ += more;
    changed_.wake_all();
    return static_cast<u32>(sizeof more);
}

u32 EventCounter::poll(File&, PollTable* table)
{
    SpinGuard guard{lock_};
    if (table) table->watch(changed_, lock_);
    return (value_ != 0 ? kPollIn | kPollReadNormal : 0) | (value_ < kMost ? kPollOut | kPollWriteNormal : 0);
}

}  // namespace

Result<Ref<FileLike>> create_event_counter(u64 value, CounterKind kind)
{
    EventCounter* const counter = TRY(with_reclaim([&] { return make<EventCounter>(value, kind); }));
    return Ref<FileLike>{Ref<EventCounter>::adopt(counter)};
}

}  // namespace faultline
