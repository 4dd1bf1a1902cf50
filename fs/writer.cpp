#include "fs/writer.h"

#include "arch/clock.h"
#include "core/spinlock.h"
#include "core/thread.h"
#include "core/wait_queue.h"
#include "fs/devfs.h"
#include "fs/devpts.h"
#include "fs/entry.h"
#include "fs/ext2/file_system.h"
#include "fs/mount.h"
#include "fs/tmpfs.h"
#include "lib/atomic.h"
#include "mm/page_cache.h"
#include "mm/reclaim.h"

namespace faultline {

namespace {

constexpr u64 kRoundNs = 2 * kNsPerSecond;  // how often it looks
constexpr u64 kNsPerCentisec = kNsPerSecond / 100;

Atomic<u32> expire_centisecs{500};
SpinLock lock{LockRank::WaitQueue};
WaitQueue woken;
bool is_wanted GUARDED_BY(lock) = false;

// True: somebody needs clean pages now.
bool wait_for_work()
{
    SpinGuard guard{lock};
    if (!is_wanted) static_cast<void>(woken.sleep_until(lock, now_ns() + kRoundNs, Wait::Uninterruptible));
    const bool at_once = is_wanted;
    is_wanted = false;
    return at_once;
}

u32 shrink_names(u32 wanted)
{
    return name_cache().shrink(wanted);
}

}  // namespace

void wake_writer()
{
    SpinGuard guard{lock};
    is_wanted = true;
    woken.wake_all();
}

void writer_thread(void*)
{
    current_thread().may_use_reserve = true;  // what it needs frees more
    for (;;) {
        const bool at_once = wait_for_work();
        const u64 now = now_ns();
        end_detached_file_systems();
        store_dirty_inodes_of_all();
        // Errors leave the pages dirty for the next round, and are in the log.
        const u64 age = at_once ? 0 : expire_centisecs.load() * kNsPerCentisec;
        static_cast<void>(write_back_older_than(max(now, age) - age));
    }
}

u32 dirty_expire_centisecs()
{
    return expire_centisecs.load();
}

void set_dirty_expire(u32 centisecs)
{
    expire_centisecs.store(centisecs);
}

void initialize_file_systems()
{
    ext2::register_ext2();
    register_devfs();
    register_devpts();
    register_tmpfs();
    register_shrinker(shrink_names);
    set_writer_waker(wake_writer);
}

}  // namespace faultline
