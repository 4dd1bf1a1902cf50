// The robust list: locks that a task holds, on a list in its own memory that its C library keeps. When the task ends, each
// is marked "owner died", and a sleeper is woken to find that.
//
// The list is a stranger's: each address may be bad, and it may run in a circle.
#include "kernel/futex_robust.h"

#include "core/scheduler.h"
#include "kernel/futex_table.h"
#include "kernel/task.h"

namespace faultline {

namespace {

constexpr u32 kLongestList = 2048;

// As in memory. An entry's lowest bit says that its lock is priority-inheriting.
struct RobustHead {
    u32 first, futex_offset, pending;
};
struct RobustEntry {
    u32 address;
    bool inherits;
    explicit RobustEntry(u32 word) : address{word & ~1u}, inherits{(word & 1) != 0} {}
};

enum class Step : u8 { Held, Pending };  // pending: being locked or unlocked when the task ended

Result<void> wake_one(UserAddr word)
{
    TRY(futex_wake({word, FutexScope::Shared}, 1));
    return {};
}

// True: the word was ours, and is marked.
Result<bool> mark_dead(UserAddr word, u32 tid, u32& value)
{
    value = TRY(load_user_word_now(word));
    while ((value & kFutexOwner) == tid) {
        const u32 marked = (value & kFutexWaiters) | kFutexOwnerDied;
        const u32 found = TRY(compare_exchange_user_word_now(word, value, marked));
        if (found == value) return true;
        value = found;
    }
    return false;
}

Result<void> release_lock(UserAddr word, const Task& self, bool inherits, Step step)
{
    if (word.value() % sizeof(u32) != 0) return Errno::Invalid;
    u32 value;
    const bool marked = TRY(mark_dead(word, self.tid(), value));
    // It was unlocked already, and died before it woke the next.
    if (step == Step::Pending && !inherits && value == 0) return wake_one(word);
    if (marked && !inherits && (value & kFutexWaiters) != 0) return wake_one(word);
    return {};
}

Result<RobustEntry> read_entry(u32 address)
{
    return RobustEntry{TRY(load_user_word_now(UserAddr{address}))};
}

// No spin lock is held: the loads may fault pages in.
Result<void> walk(const Task& self, UserAddr head_address)
{
    RobustHead head;
    TRY(copy_from_user(&head, head_address, sizeof head));
    const RobustEntry pending{head.pending};
    RobustEntry entry{head.first};
    for (u32 left = kLongestList; entry.address != head_address.value() && left > 0; left--) {
        const auto next = read_entry(entry.address);  // before another may take the lock and change it
        if (entry.address != pending.address)
            TRY(release_lock(UserAddr{entry.address + head.futex_offset}, self, entry.inherits, Step::Held));
        entry = TRY(next);
        give_way();
    }
    if (pending.address == 0) return {};
    return release_lock(UserAddr{pending.address + head.futex_offset}, self, pending.inherits, Step::Pending);
}

// For who joins us. Only where somebody else is left to see it.
void clear_tid_word(Task& self)
{
    const UserAddr word = self.clear_tid;
    self.clear_tid = UserAddr{};
    if (word.is_null() || self.process().space().ref_count() + self.process().live_tasks == 2) return;
    const u32 zero = 0;
    if (copy_to_user(word, &zero, sizeof zero).ok()) static_cast<void>(wake_one(word).ok());
}

}  // namespace

void release_futexes(Task& self)
{
    if (!self.robust_list.is_null()) static_cast<void>(walk(self, self.robust_list).ok());
    self.robust_list = UserAddr{};
    abandon_locks(self);
    clear_tid_word(self);
}

}  // namespace faultline
