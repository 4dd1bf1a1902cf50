// The victim is told by SIGKILL, and its pages are taken by a thread that waits for nobody: the victim itself may sleep on
// a lock which the one who wants memory holds.
#include "kernel/oom.h"

#include "arch/clock.h"
#include "core/log.h"
#include "kernel/kernel_thread.h"
#include "kernel/process.h"
#include "kernel/task.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/reclaim.h"

namespace faultline {

namespace {

constexpr u64 kPatienceNs = 2 * kNsPerSecond;  // for one victim to end, before there is another

u32 last_victim GUARDED_BY(process_lock);     // its pid
u64 progress_ns GUARDED_BY(process_lock);     // when it was killed, or was seen to give something back
u32 processes_seen GUARDED_BY(process_lock);  // then
Atomic<u32> kills;
Ref<AddressSpace> condemned GUARDED_BY(process_lock);  // for the reaper to take
WaitQueue reaper_wanted GUARDED_BY(process_lock);

// Pages that its end gives back, counting what the kernel keeps for it: its stack, open files, children that are dead and not
// waited for.
u32 footprint_locked(Process& process) REQUIRES(process_lock)
{
    constexpr u32 kProcessesInPage = 4, kFilesInPage = 8;  // about
    if (!process.space_) return 0;
    u32 zombies = 0;
    for (const Process& child : process.zombies)
        zombies += child.state == ProcessState::Zombie;
    const u32 files = process.files ? process.files->open_count() : 0;
    return process.space_->footprint_pages() + kKernelStackSize / kPageSize + zombies / kProcessesInPage +
           files / kFilesInPage;
}

// A session's leader is the shell: through it somebody can still look and kill, so others go before it.
u32 blame_locked(Process& process) REQUIRES(process_lock)
{
    constexpr i32 kWhole = 1000;  // of oom_score_adj: all of memory
    const u32 pages = footprint_locked(process);
    const i32 adjust = process.oom_adjust;
    if (pages == 0 || adjust == -kWhole) return 0;
    const u32 blame = process.is_session_leader() ? (pages + 15) / 16 : pages;
    const i32 adjusted = static_cast<i32>(blame) + adjust * static_cast<i32>(managed_frames() / kWhole);
    return adjusted > 1 ? static_cast<u32>(adjusted) : 1;
}

// The last victim's memory is still to come: from itself, from its space, which others may hold, or from the dead children that
// it left, for which init is about to wait. Not for ever: a lock may keep it, and init may be a program that never waits.
bool is_giving_back_locked() REQUIRES(process_lock)
{
    if (last_victim == 0) return false;
    if (process_count() < processes_seen) progress_ns = now_ns();
    processes_seen = process_count();
    if (now_ns() - progress_ns >= kPatienceNs) return false;
    const Process* const victim = find_process_locked(last_victim);
    const bool is_ending = victim && victim->was_killed_for_memory && victim->state != ProcessState::Zombie;
    return is_ending || AddressSpace::condemned_one_lives() || !init_process().zombies.empty();
}

// The biggest, but for init and those whose turn has been. A walk over all processes, once for each victim.
Process* choose_victim_locked() REQUIRES(process_lock)
{
    Process* victim = nullptr;
    u32 most = 0;
    for (Process& process : all_processes) {
        if (process.was_killed_for_memory || process.space_ == init_process().space_) continue;
        const u32 blame = blame_locked(process);
        if (blame <= most) continue;
        victim = &process;
        most = blame;
    }
    return victim;
}

// With all who share its space: that is empty from now on.
void kill_locked(Process& victim) REQUIRES(process_lock)
{
    for (Process& process : all_processes) {
        if (process.space_ != victim.space_) continue;
        process.was_killed_for_memory = true;
        for (Task& task : process.tasks)
            task.may_use_reserve = true;
        send_signal_locked(process, SignalInfo::from_kernel(kSigKill), PendingSignals::Details::Drop);
    }
    victim.space_->condemn();
    last_victim = victim.pid();
    progress_ns = now_ns();
    processes_seen = process_count();
    if (!condemned) condemned = victim.space_;  // one that is to be taken already goes first
    reaper_wanted.wake_all();
}

bool kill_biggest()
{
    u32 pid, pages;
    char name[16];
    {
        SpinGuard guard{process_lock};
        if (is_giving_back_locked()) return true;
        Process* victim = choose_victim_locked();
        if (!victim) return false;
        pid = victim->pid();
        pages = footprint_locked(*victim);
        copy_string(name, victim->name());
        kill_locked(*victim);
    }
    kills.fetch_add(1);
    const u32 free_kib = free_frames() * (kPageSize / kKiB);
    log_error("out of memory: killed pid %u %s, which used most (%u KiB); %u KiB are free", pid, name,
              pages * (kPageSize / kKiB), free_kib);
    return true;
}

Ref<AddressSpace> wait_for_condemned()
{
    SpinGuard guard{process_lock};
    while (!condemned)
        (void)reaper_wanted.sleep(process_lock);
    return move(condemned);
}

void reaper_thread(void*)
{
    current_thread().may_use_reserve = true;
    for (;;) {
        const Ref<AddressSpace> space = wait_for_condemned();
        space->abandon();
        memory_was_freed();
    }
}

}  // namespace

void start_oom_killer()
{
    if (!start_kernel_thread("oom-reaper", reaper_thread).ok())
        panic("no memory for the kernel's own threads");
    set_oom_handler(kill_biggest);
}

u32 oom_kill_count()
{
    return kills.load();
}

}  // namespace faultline
