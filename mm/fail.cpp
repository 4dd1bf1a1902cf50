#include "mm/fail.h"

#include "core/log.h"
#include "core/spinlock.h"
#include "core/thread.h"

namespace faultline {

namespace {

SpinLock lock{LockRank::Leaf};
u32 watchers GUARDED_BY(lock);  // threads with a count or with a fresh failure, and the machine's count
u32 left_of_machine GUARDED_BY(lock);  // fail=kalloc:N

void add_watcher() REQUIRES(lock)
{
    if (watchers++ > 0) return;
    let_frames_fail(true);
    let_heap_fail(true);
}

void remove_watcher() REQUIRES(lock)
{
    if (--watchers > 0) return;
    let_frames_fail(false);
    let_heap_fail(false);
}

bool is_watched(const Thread& thread)
{
    return thread.fail_nth != 0 || thread.failed_on_purpose;
}

void set_state(Thread& thread, u32 nth, bool failed)
{
    SpinGuard guard{lock};
    const bool was_watched = is_watched(thread);
    thread.fail_nth = nth;
    thread.failed_on_purpose = failed;
    if (!was_watched && is_watched(thread)) add_watcher();
    if (was_watched && !is_watched(thread)) remove_watcher();
}

bool count_down_machine()
{
    SpinGuard guard{lock};
    if (left_of_machine == 0 || --left_of_machine > 0) return false;
    remove_watcher();
    return true;
}

}  // namespace

u32 fail_nth_allocation(u32 n)
{
    Thread& self = current_thread();
    const u32 left = self.fail_nth;
    if (n != 0 || is_watched(self)) set_state(self, n, false);
    return left;
}

void fail_nth_allocation_of_all(u32 n)
{
    if (n == 0) return;
    SpinGuard guard{lock};
    if (left_of_machine == 0) add_watcher();
    left_of_machine = n;
}

bool must_fail_on_purpose()
{
    if (!current_context.load()) return false;
    Thread& self = current_thread();
    if (self.may_use_reserve || self.reclaim_depth > 0) return false;
    const bool machine_wide = count_down_machine();
    if (machine_wide) log_warn("fail=kalloc: an allocation of %s fails", self.name);
    const bool fails = machine_wide || self.fail_nth == 1;
    if (is_watched(self) || fails) set_state(self, self.fail_nth == 0 ? 0 : self.fail_nth - 1, fails);
    return fails;
}

bool failed_on_purpose()
{
    return current_thread().failed_on_purpose;
}

}  // namespace faultline
