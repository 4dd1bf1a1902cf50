// poll, select and their kin: one loop over descriptors, in two dresses.
#include "fs/poll.h"

#include "kernel/syscall/poll_mask.h"
#include "kernel/syscall/table.h"
#include "kernel/syscall/time_values.h"
#include "kernel/task.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/heap.h"

namespace faultline {

// ---- A mask for the duration of the call ----

void begin_mask(Task& self, SignalSet mask)
{
    SpinGuard guard{process_lock};
    self.saved_blocked = self.blocked;
    self.restore_blocked = true;
    set_blocked_locked(self, mask);
}

// Interrupted: the mask stays until the handler has its frame (kernel/signal_delivery.cpp).
Result<u32> end_mask(Task& self, const Result<u32>& result)
{
    if (!result.ok() && result.error() == Errno::Intr) return Errno::RestartNoHandler;
    SpinGuard guard{process_lock};
    if (self.restore_blocked) set_blocked_locked(self, self.saved_blocked);
    self.restore_blocked = false;
    return result;
}

namespace {

constexpr u32 kAlwaysReported = kPollError | kPollHangUp;
constexpr u32 kMost = FileTable::kMost;

// The files that one call watches; they must not go away before the watches do.
class WatchedFiles {
public:
    WatchedFiles() = default;
    WatchedFiles(const WatchedFiles&) = delete;
    WatchedFiles& operator=(const WatchedFiles&) = delete;
    ~WatchedFiles()
    {
        for (u32 i = 0; i < used_; i++)
            Ref<File>::adopt(files_[i]);
        if (files_ != few_) heap_free(files_);
    }

    Result<void> reserve(u32 count)
    {
        if (count <= kFew) return {};
        files_ = static_cast<File**>(TRY(heap_allocate(kMost * sizeof(File*))));
        return {};
    }
    File& keep(Ref<File> file) { return *(files_[used_++] = file.leak()); }

private:
    static constexpr u32 kFew = 8;
    File* few_[kFew];
    File** files_ = few_;
    u32 used_ = 0;
};

// One round: how many descriptors have something to say. `asked` has count(), at(i) and answer(i, events). Without
// `table` nothing is watched.
template <class Asked> Result<u32> look(FileTable& files, Asked& asked, WatchedFiles* keep, PollTable* table)
{
    u32 ready = 0;
    for (u32 i = 0; i < asked.count(); i++) {
        const Pollfd entry = TRY(asked.at(i));
        u32 events = 0;
        if (entry.fd >= 0) {
            auto file = files.find(entry.fd);
            const u32 wanted = static_cast<u16>(entry.events) | kAlwaysReported;
            if (!file.ok())
                events = kPollInvalid;
            else if (keep)
                events = keep->keep(file.take()).poll(ready == 0 ? table : nullptr) & wanted;
            else
                events = file.value()->poll(nullptr) & wanted;
        }
        TRY(asked.answer(i, events));
        if (events != 0) ready++;
    }
    return ready;
}

// Again and again until somebody is ready or the time is up (0). Intr: a signal came.
template <class Asked> Result<u32> poll_until(Task& self, Asked& asked, u64 deadline_ns)
{
    FileTable& files = *self.process().files;
    const u32 ready = TRY(look(files, asked, nullptr, nullptr));
    if (ready != 0 || deadline_ns <= now_ns()) return ready;
    for (;;) {
        WatchedFiles keep;
        PollTable table;
        TRY(keep.reserve(asked.count()));
        const u32 now_ready = TRY(look(files, asked, &keep, &table));
        if (now_ready != 0) return now_ready;
        const auto waited = table.wait(deadline_ns);
        if (waited.ok()) continue;
        if (waited.error() != Errno::TimedOut) return waited.error();
        return 0u;
    }
}

// ---- poll ----

class PollArray {
public:
    PollArray(UserPtr<Pollfd> fds, u32 count) : fds_{fds}, count_{count} {}
    u32 count() const { return count_; }
    Result<Pollfd> at(u32 index) { return fds_.at(index).read(); }
    Result<void> answer(u32 index, u32 events)
    {
        const u16 word = static_cast<u16>(events);
        return copy_to_user(fds_.at(index).address() + static_cast<u32>(offsetof(Pollfd, returned)), &word,
                            sizeof word);
    }

private:
    UserPtr<Pollfd> fds_;
    u32 count_;
};

Result<u32> poll_again(Task& self, const RestartBlock& block)
{
    PollArray array{UserPtr<Pollfd>{block.where}, block.count};
    const Result<u32> ready = poll_until(self, array, block.deadline_ns);
    if (ready.ok() || ready.error() != Errno::Intr) return ready;
    self.restart = block;
    return Errno::RestartBlock;
}

u32 most_descriptors(Task& self)
{
    return self.process().limits[kLimitFiles].soft;
}

Result<u32> poll_with_mask(Task& self, UserPtr<Pollfd> fds, u32 count, u64 deadline_ns,
                           UserPtr<const u64> mask, u32 mask_size)
{
    if (count > most_descriptors(self)) return Errno::Invalid;
    if (mask) {
        if (mask_size != sizeof(u64)) return Errno::Invalid;
        const u64 bits = TRY(mask.read());
        begin_mask(self, SignalSet{bits});
    }
    PollArray array{fds, count};
    return end_mask(self, poll_until(self, array, deadline_ns));
}

// A timeout of the program: none given means for ever.
template <class T> Result<u64> deadline_of(UserPtr<const T> timeout)
{
    if (timeout.is_null()) return kForever;
    return deadline_after(TRY(read_ns(timeout)));
}

u64 time_left(u64 deadline_ns)
{
    const u64 now = now_ns();
    return deadline_ns > now ? deadline_ns - now : 0;
}

// As in Linux the time that was left comes back in the caller's structure; where that cannot be written, it does not.
void tell_time_left(UserPtr<const Timespec32> timeout, u64 deadline_ns)
{
    if (!timeout || deadline_ns == kForever) return;
    static_cast<void>(
        UserPtr<Timespec32>{timeout.address()}.write(to_timespec32(time_left(deadline_ns))).ok());
}

void tell_time_left(UserPtr<const Timespec64> timeout, u64 deadline_ns)
{
    if (!timeout || deadline_ns == kForever) return;
    static_cast<void>(
        UserPtr<Timespec64>{timeout.address()}.write(to_timespec64(time_left(deadline_ns))).ok());
}

void tell_time_left(UserPtr<Timeval32> timeout, u64 deadline_ns)
{
    if (!timeout || deadline_ns == kForever) return;
    static_cast<void>(timeout.write(to_timeval32(time_left(deadline_ns))).ok());
}

}  // namespace

Result<u32> sys_poll(Task& self, UserPtr<Pollfd> fds, u32 count, i32 timeout_ms)
{
    if (count > most_descriptors(self)) return Errno::Invalid;
    const u64 deadline = timeout_ms < 0 ? kForever : deadline_after(static_cast<u32>(timeout_ms) * kNsPerMs);
    return poll_again(self, {poll_again, deadline, fds.address(), count});
}

Result<u32> sys_ppoll(Task& self, UserPtr<Pollfd> fds, u32 count, UserPtr<const Timespec32> timeout,
                      UserPtr<const u64> mask, u32 mask_size)
{
    const u64 deadline = TRY(deadline_of(timeout));
    const Result<u32> ready = poll_with_mask(self, fds, count, deadline, mask, mask_size);
    tell_time_left(timeout, deadline);
    return ready;
}

Result<u32> sys_ppoll_time64(Task& self, UserPtr<Pollfd> fds, u32 count, UserPtr<const Timespec64> timeout,
                             UserPtr<const u64> mask, u32 mask_size)
{
    const u64 deadline = TRY(deadline_of(timeout));
    const Result<u32> ready = poll_with_mask(self, fds, count, deadline, mask, mask_size);
    tell_time_left(timeout, deadline);
    return ready;
}

// ---- select ----

namespace {

constexpr u32 kSelectIn = kPollIn | kPollReadNormal | kPollHangUp | kPollError;
constexpr u32 kSelectOut = kPollOut | kPollWriteNormal | kPollError;

class BitSet {
public:
    Result<void> read(UserPtr<u32> from, u32 bits)
    {
        return from.is_null() ? Result<void>{} : copy_from_user(words_, from.address(), bytes(bits));
    }
    Result<void> write(UserPtr<u32> to, u32 bits) const
    {
        return to.is_null() ? Result<void>{} : copy_to_user(to.address(), words_, bytes(bits));
    }
    bool has(u32 bit) const { return (words_[bit / 32] >> bit % 32 & 1) != 0; }
    void set(u32 bit) { words_[bit / 32] |= 1u << bit % 32; }
    void clear() { memset(words_, 0, sizeof words_); }

private:
    static u32 bytes(u32 bits) { return round_up(bits, 32u) / 8; }
    u32 words_[kMost / 32] = {};
};

class SelectSets {
public:
    explicit SelectSets(u32 count) : count_{count} {}
    BitSet read, write, except;              // asked
    BitSet can_read, can_write, has_except;  // answered
    u32 bits_set = 0;

    u32 count() const { return count_; }
    Result<Pollfd> at(u32 fd)
    {
        if (fd == 0) start_over();
        const u32 wanted = (read.has(fd) ? kSelectIn : 0) | (write.has(fd) ? kSelectOut : 0) |
                           (except.has(fd) ? kPollPriority : 0);
        return Pollfd{wanted != 0 ? static_cast<i32>(fd) : -1, static_cast<i16>(wanted), 0};
    }
    Result<void> answer(u32 fd, u32 events)
    {
        if ((events & kPollInvalid) != 0) return Errno::BadDescriptor;
        note(read, can_read, fd, events & kSelectIn);
        note(write, can_write, fd, events & kSelectOut);
        note(except, has_except, fd, events & kPollPriority);
        return {};
    }

private:
    void note(const BitSet& asked, BitSet& answered, u32 fd, u32 events)
    {
        if (events == 0 || !asked.has(fd)) return;
        answered.set(fd);
        bits_set++;
    }
    void start_over()
    {
        can_read.clear();
        can_write.clear();
        has_except.clear();
        bits_set = 0;
    }

    u32 count_;
};

struct SelectArguments {
    i32 count;
    UserPtr<u32> read, write, except;
};

Result<u32> select(Task& self, const SelectArguments& arguments, u64 deadline_ns)
{
    if (arguments.count < 0) return Errno::Invalid;
    const u32 count = min(static_cast<u32>(arguments.count), kMost);
    SelectSets sets{count};
    TRY(sets.read.read(arguments.read, count));
    TRY(sets.write.read(arguments.write, count));
    TRY(sets.except.read(arguments.except, count));
    TRY(poll_until(self, sets, deadline_ns));
    TRY(sets.can_read.write(arguments.read, count));
    TRY(sets.can_write.write(arguments.write, count));
    TRY(sets.has_except.write(arguments.except, count));
    return sets.bits_set;
}

// pselect6's last argument.
struct MaskArgument {
    u32 mask, size_bytes;
};

}  // namespace

Result<u32> sys__newselect(Task& self, i32 count, UserPtr<u32> read, UserPtr<u32> write, UserPtr<u32> except,
                           UserPtr<Timeval32> timeout)
{
    u64 deadline = kForever;
    if (timeout) deadline = deadline_after(TRY(read_ns(timeout)));
    const Result<u32> ready = select(self, {count, read, write, except}, deadline);
    tell_time_left(timeout, deadline);
    return !ready.ok() && ready.error() == Errno::Intr ? Result<u32>{Errno::RestartNoHandler} : ready;
}

// The old call has its arguments in memory.
Result<u32> sys_select(Task& self, UserPtr<const u32> arguments)
{
    u32 a[5];
    TRY(copy_from_user(a, arguments.address(), sizeof a));
    return sys__newselect(self, static_cast<i32>(a[0]), UserPtr<u32>{UserAddr{a[1]}},
                          UserPtr<u32>{UserAddr{a[2]}}, UserPtr<u32>{UserAddr{a[3]}},
                          UserPtr<Timeval32>{UserAddr{a[4]}});
}

namespace {

template <class T>
Result<u32> select_with_mask(Task& self, const SelectArguments& arguments, UserPtr<const T> timeout,
                             UserAddr mask)
{
    const u64 deadline = TRY(deadline_of(timeout));
    MaskArgument argument{};
    if (!mask.is_null()) argument = TRY(UserPtr<MaskArgument>{mask}.read());
    if (argument.mask != 0) {
        if (argument.size_bytes != sizeof(u64)) return Errno::Invalid;
        const u64 bits = TRY(UserPtr<u64>{UserAddr{argument.mask}}.read());
        begin_mask(self, SignalSet{bits});
    }
    const Result<u32> ready = end_mask(self, select(self, arguments, deadline));
    tell_time_left(timeout, deadline);
    return ready;
}

}  // namespace

Result<u32> sys_pselect6(Task& self, i32 count, UserPtr<u32> read, UserPtr<u32> write, UserPtr<u32> except,
                         UserPtr<const Timespec32> timeout, UserAddr mask)
{
    return select_with_mask(self, {count, read, write, except}, timeout, mask);
}

Result<u32> sys_pselect6_time64(Task& self, i32 count, UserPtr<u32> read, UserPtr<u32> write,
                                UserPtr<u32> except, UserPtr<const Timespec64> timeout, UserAddr mask)
{
    return select_with_mask(self, {count, read, write, except}, timeout, mask);
}

}  // namespace faultline
