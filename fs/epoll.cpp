#include "fs/epoll.h"

#include "core/thread.h"
#include "fs/inode.h"
#include "fs/poll.h"
#include "fs/with_reclaim.h"
#include "lib/string.h"
#include "mm/heap.h"

namespace faultline {

namespace {

constexpr u32 kMostNesting = 4;
constexpr u32 kAlways = kPollError | kPollHangUp;

SleepLock items_lock{LockRank::Pipe};
Thread* items_owner =
    nullptr;  // who holds it: an epoll may be asked while another one's events are collected

class ItemsGuard {
public:
    ItemsGuard() NO_THREAD_SAFETY_ANALYSIS : is_mine_{items_owner != &current_thread()}
    {
        if (!is_mine_) return;
        items_lock.lock();
        items_owner = &current_thread();
    }
    ~ItemsGuard() NO_THREAD_SAFETY_ANALYSIS
    {
        if (!is_mine_) return;
        items_owner = nullptr;
        items_lock.unlock();
    }
    ItemsGuard(const ItemsGuard&) = delete;
    ItemsGuard& operator=(const ItemsGuard&) = delete;

private:
    bool is_mine_;
};

}  // namespace

class EpollItem final : public ListNode<>, public PollTarget {
public:
    EpollItem(Epoll& owner, File& watched, i32 descriptor, const EpollEvent& wanted)
        : epoll{owner}, file{watched}, fd{descriptor}, event{wanted}
    {
    }

    void watch(WaitQueue& queue, SpinLock& held) override REQUIRES(held)
    {
        if (used_ == kQueues) return;
        calls_[used_].item = this;
        calls_[used_++].attach(queue, held);
    }
    // What holds now; from here on the next change is told.
    u32 ask()
    {
        detach();
        PollTable table{*this};
        return file.poll(&table) & (event.events | kAlways) & ~(kEpollEdge | kEpollOneShot);
    }
    void detach()
    {
        while (used_ > 0)
            calls_[--used_].detach();
    }

    Epoll& epoll;
    File& file;
    const i32 fd;
    EpollEvent event;
    EpollItem* next_of_fd = nullptr;
    EpollItem* next_of_file = nullptr;
    bool is_off = false;  // EPOLLONESHOT has shot

private:
    static constexpr u32 kQueues = 4;
    struct Call : WakeCall {
        Call() : WakeCall{woken} {}
        EpollItem* item = nullptr;
        static void woken(Waiter& self)
        {
            EpollItem& item = *static_cast<Call&>(self).item;
            item.epoll.put_ready(item);
        }
    };
    Call calls_[kQueues];
    u32 used_ = 0;
};

Result<Ref<Epoll>> Epoll::create()
{
    return Ref<Epoll>::adopt(TRY(with_reclaim([] { return make<Epoll>(); })));
}

void Epoll::last_ref_dropped()
{
    destroy(this);
}

void Epoll::describe(Span<char> text) const
{
    copy_string(text, "anon_inode:[eventpoll]");
}

void Epoll::attributes(Attributes& out) const
{
    out = Attributes{};
    out.mode = 0600;
    out.link_count = 1;
    out.block_size = kPageSize;
}

// ---- The list of ready items ----

void Epoll::put_ready(EpollItem& item)
{
    SpinGuard guard{lock_};
    if (item.on_list()) return;
    ready_.push_back(item);
    ready_count_++;
    if (!waiting_.empty()) waiting_.wake_one();
    if (!polled_.empty()) polled_.wake_all();
}

// Still ready, which is no news to who watches this epoll; but another one who waits may take it.
void Epoll::put_back(EpollItem& item)
{
    SpinGuard guard{lock_};
    if (item.on_list()) return;
    ready_.push_back(item);
    ready_count_++;
    if (!waiting_.empty()) waiting_.wake_one();
}

EpollItem* Epoll::take_ready()
{
    SpinGuard guard{lock_};
    EpollItem* const item = ready_.pop_front();
    if (item) ready_count_--;
    return item;
}

// ---- Items ----

EpollItem* Epoll::find(const File& file, i32 fd)
{
    EpollItem* item = reinterpret_cast<EpollItem*>(items_.find(static_cast<u32>(fd) + 1));
    while (item && &item->file != &file)
        item = item->next_of_fd;
    return item;
}

bool Epoll::reaches(Epoll& from, const Epoll& to, u32 depth)
{
    if (&from == &to || depth > kMostNesting) return true;
    for (auto entry = from.items_.next(0); entry; entry = from.items_.next(entry->key + 1))
        for (EpollItem* item = reinterpret_cast<EpollItem*>(entry->value); item; item = item->next_of_fd)
            if (Epoll* const inner = item->file.like().as_epoll())
                if (reaches(*inner, to, depth + 1)) return true;
    return false;
}

Result<void> Epoll::add(File& self, const Ref<File>& file, i32 fd, const EpollEvent& event)
{
    const Inode* const inode = file->find_inode();
    if (inode && (inode->is_regular() || inode->is_directory())) return Errno::Perm;
    const bool exclusive = (event.events & kEpollExclusive) != 0;
    Epoll* const inner = file->like().as_epoll();
    const u32 allowed = kEpollExclusive | kEpollWakeUp | kEpollEdge | kPollIn | kPollOut | kAlways;
    if (exclusive && (inner || (event.events & ~allowed) != 0)) return Errno::Invalid;
    EpollItem* const item = TRY(with_reclaim([&] { return make<EpollItem>(*this, *file, fd, event); }));
    ItemsGuard guard;
    Result<void> entered;
    if (find(*file, fd))
        entered = Errno::Exists;
    else if (inner && (inner->as_epoll() == self.like().as_epoll() || reaches(*inner, *this, 0)))
        entered = Errno::Loop;
    const u32 key = static_cast<u32>(fd) + 1;
    item->next_of_fd = reinterpret_cast<EpollItem*>(items_.find(key));
    if (entered.ok()) entered = with_reclaim([&] { return items_.insert(key, reinterpret_cast<u32>(item)); });
    if (!entered.ok()) {
        destroy(item);
        return entered;
    }
    item->next_of_file = file->watchers_;
    file->watchers_ = item;
    watched_++;
    if (item->ask() != 0) put_ready(*item);
    return {};
}

Result<void> Epoll::modify(File& file, i32 fd, const EpollEvent& event)
{
    ItemsGuard guard;
    EpollItem* const item = find(file, fd);
    if (!item) return Errno::NoEntry;
    if ((event.events & kEpollExclusive) != 0 || (item->event.events & kEpollExclusive) != 0)
        return Errno::Invalid;
    item->event = event;
    item->is_off = false;
    if (item->ask() != 0) put_ready(*item);
    return {};
}

Result<void> Epoll::remove(File& file, i32 fd)
{
    ItemsGuard guard;
    EpollItem* const item = find(file, fd);
    if (!item) return Errno::NoEntry;
    drop(*item);
    return {};
}

// From both lists and from the queues; then nobody knows it.
void Epoll::drop(EpollItem& item)
{
    item.detach();
    {
        SpinGuard guard{lock_};
        if (item.on_list()) {
            item.unlink();
            ready_count_--;
        }
    }
    EpollItem** link = &item.file.watchers_;
    while (*link != &item)
        link = &(*link)->next_of_file;
    *link = item.next_of_file;
    const u32 key = static_cast<u32>(item.fd) + 1;
    EpollItem* first = reinterpret_cast<EpollItem*>(items_.find(key));
    if (first != &item) {
        while (first->next_of_fd != &item)
            first = first->next_of_fd;
        first->next_of_fd = item.next_of_fd;
    } else if (item.next_of_fd) {
        static_cast<void>(items_.insert(key, reinterpret_cast<u32>(item.next_of_fd)).ok());  // it is there
    } else {
        items_.remove(key);
    }
    watched_--;
    destroy(&item);
}

void Epoll::closed(File&)
{
    ItemsGuard guard;
    for (auto entry = items_.next(0); entry; entry = items_.next(0))
        drop(*reinterpret_cast<EpollItem*>(entry->value));
}

void forget_watchers(File& file)
{
    ItemsGuard guard;
    while (EpollItem* const item = file.watchers_)
        item->epoll.drop(*item);
}

// ---- Events ----

// Each item that was ready is asked once. One that still is goes to the end of the list, so that all have their turn.
u32 Epoll::collect(EpollEvent* events, u32 most)
{
    ItemsGuard guard;
    u32 left, count = 0;
    {
        SpinGuard list{lock_};
        left = ready_count_;
    }
    for (; left > 0 && count < most; left--) {
        EpollItem* const item = take_ready();
        if (!item) break;
        if (item->is_off) continue;
        const u32 now = item->ask();
        if (now == 0) continue;
        events[count++] = {now, item->event.data};
        if ((item->event.events & kEpollOneShot) != 0)
            item->is_off = true;
        else if ((item->event.events & kEpollEdge) == 0)
            put_back(*item);
    }
    return count;
}

Result<u32> Epoll::wait(EpollEvent* events, u32 most, u64 deadline_ns)
{
    for (;;) {
        const u32 count = collect(events, most);
        if (count != 0) return count;
        SpinGuard guard{lock_};
        const auto something = [this]() NO_THREAD_SAFETY_ANALYSIS { return !ready_.empty(); };
        const Result<void> slept = wait_until(waiting_, lock_, something, Wait::Interruptible, deadline_ns);
        if (slept.ok()) continue;
        return slept.error() == Errno::TimedOut ? Result<u32>{0u} : Result<u32>{slept.error()};
    }
}

// Whether one of the ready items really is; the others leave the list.
bool Epoll::has_ready()
{
    ItemsGuard guard;
    u32 left;
    {
        SpinGuard list{lock_};
        left = ready_count_;
    }
    for (; left > 0; left--) {
        EpollItem* const item = take_ready();
        if (!item) break;
        if (item->is_off || item->ask() == 0) continue;
        put_back(*item);
        return true;
    }
    return false;
}

u32 Epoll::poll(File&, PollTable* table)
{
    if (table) {
        SpinGuard guard{lock_};
        table->watch(polled_, lock_);
    }
    return has_ready() ? kPollIn | kPollReadNormal : 0;
}

}  // namespace faultline
