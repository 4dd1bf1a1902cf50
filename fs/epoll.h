// Epoll: a set of files that is watched for good, so that waiting costs by what is ready and not by what is watched.
//
// An item stands at the wait queues of its file. When one is woken, the item goes to the list of ready ones and off the
// queues; whoever collects events asks the file again, which puts it back there. A level-triggered item that had events
// stays on the list. An item counts nothing: it goes when its file is closed for good.
//
// Locks: one sleep lock for the items of all epolls, since files, epolls and epolls in epolls refer to each other all ways
// round; lock_ (spin, taken by the wakers) guards one epoll's list of ready items and its queue.
#pragma once

#include "core/wait_queue.h"
#include "fs/file.h"
#include "lib/radix_map.h"

namespace faultline {

struct EpollEvent {
    u32 events;
    u64 data;
} __attribute__((packed));
static_assert(sizeof(EpollEvent) == 12);

constexpr u32 kEpollExclusive = 1u << 28;
constexpr u32 kEpollWakeUp = 1u << 29;
constexpr u32 kEpollOneShot = 1u << 30;
constexpr u32 kEpollEdge = 1u << 31;

class Epoll final : public FileLike {
public:
    static Result<Ref<Epoll>> create();

    // Errors as epoll_ctl(2): Exists, NoEntry, Perm, Loop, NoMemory.
    Result<void> add(File& self, const Ref<File>& file, i32 fd, const EpollEvent& event);
    Result<void> modify(File& file, i32 fd, const EpollEvent& event);
    Result<void> remove(File& file, i32 fd);
    // Up to `most` events; sleeps until there is one, a signal comes (Intr) or the deadline has passed (0).
    Result<u32> wait(EpollEvent* events, u32 most, u64 deadline_ns);

    u32 watched() const { return watched_; }
    Epoll* as_epoll() override { return this; }
    u32 poll(File& file, PollTable* table) override;
    void closed(File& file) override;
    void describe(Span<char> text) const override;
    void attributes(Attributes& out) const override;
    void last_ref_dropped() override;

private:
    friend class EpollItem;
    friend void forget_watchers(File& file);

    EpollItem* find(const File& file, i32 fd);
    void drop(EpollItem& item);
    u32 collect(EpollEvent* events, u32 most);
    EpollItem* take_ready();
    void put_ready(EpollItem& item);
    void put_back(EpollItem& item);
    bool has_ready();
    static bool reaches(Epoll& from, const Epoll& to, u32 depth);

    SpinLock lock_{LockRank::WaitQueue};
    WaitQueue waiting_;  // in wait()
    WaitQueue polled_;   // of who watches this epoll
    IntrusiveList<EpollItem> ready_ GUARDED_BY(lock_);
    u32 ready_count_ GUARDED_BY(lock_) = 0;
    u32 watched_ = 0;            // items
    RadixMap<HeapNodes> items_;  // descriptor + 1 -> first of its items
};

// The file is closed for good: nobody watches it any more.
void forget_watchers(File& file);

}  // namespace faultline
