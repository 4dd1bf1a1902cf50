// PollTable: one thread that waits on many queues at once, for poll, select and their kin.
//
// Use:  for (;;) { table.clear(); for each file { ready |= file->poll(&table) & wanted }
//                  if (ready || time is up) break;  TRY(table.wait(deadline)); }
// FileLike::poll takes its queue's lock, calls watch() and looks at its state, so a change after the look is not missed.
// Belongs to one thread; watches end with the table or with clear().
#pragma once

#include "core/wait_queue.h"
#include "dev/tty.h"  // kPollIn, kPollOut: terminals know them too
#include "lib/result.h"

namespace faultline {

// The other bits of poll(2).
constexpr u32 kPollPriority = 0x002;
constexpr u32 kPollError = 0x008;  // always reported, asked for or not; so are the next two
constexpr u32 kPollHangUp = 0x010;
constexpr u32 kPollInvalid = 0x020;  // a descriptor that is not open: kernel/ says so
constexpr u32 kPollReadNormal = 0x040;
constexpr u32 kPollWriteNormal = 0x100;

// Who wants to be told of the queues instead: epoll keeps what it attaches.
class PollTarget {
public:
    virtual void watch(WaitQueue& queue, SpinLock& held) REQUIRES(held) = 0;

protected:
    ~PollTarget() = default;
};

class PollTable {
public:
    PollTable() = default;
    explicit PollTable(PollTarget& target) : target_{&target} {}
    ~PollTable() { clear(); }
    PollTable(const PollTable&) = delete;
    PollTable& operator=(const PollTable&) = delete;

    // From FileLike::poll only, with the queue's lock held. Want of memory is kept and comes out of wait().
    void watch(WaitQueue& queue, SpinLock& held) REQUIRES(held);
    void clear();

    // Sleeps until a watched queue is woken, a signal comes (Errno::Intr) or the deadline (now_ns; kForever for none)
    // passes (Errno::TimedOut). Returns at once if something happened since clear().
    Result<void> wait(u64 deadline_ns);

private:
    static constexpr u32 kInline = 4;
    static constexpr u32 kPerBlock = 100;
    struct Block {
        Block* next;
        Observer observers[kPerBlock];
    };

    Observer* next_observer();

    ObserverGroup group_;
    Observer inline_[kInline];
    Block* blocks_ = nullptr;  // the newest first
    u32 used_ = 0;             // of inline_ and all blocks
    bool out_of_memory_ = false;
    PollTarget* target_ = nullptr;
};

}  // namespace faultline
