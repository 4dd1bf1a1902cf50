#include "kernel/oom.h"

#include "core/log.h"
#include "kernel/process.h"
#include "kernel/task.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/reclaim.h"

namespace faultline {

namespace {

u32 resident_pages_locked(const Process& process) REQUIRES(process_lock)
{
    return process.space_ ? process.space_->resident_pages() : 0;
}

// Init is never chosen. One that is dying already is the victim as long as it holds memory.
Process* choose_victim_locked() REQUIRES(process_lock)
{
    Process* victim = nullptr;
    u32 most = 0;
    for (Process& process : all_processes) {
        const u32 pages = resident_pages_locked(process);
        if (process.was_killed_for_memory && pages > 0) return &process;
        if (process.is_init() || process.state == ProcessState::Zombie || pages <= most) continue;
        victim = &process;
        most = pages;
    }
    return victim;
}

void kill_locked(Process& victim) REQUIRES(process_lock)
{
    victim.was_killed_for_memory = true;
    for (Task& task : victim.tasks)
        task.may_use_reserve = true;
    send_signal_locked(victim, SignalInfo::from_kernel(kSigKill), PendingSignals::Details::Drop);
}

bool kill_biggest()
{
    u32 pid, pages;
    char name[16];
    {
        SpinGuard guard{process_lock};
        Process* victim = choose_victim_locked();
        if (!victim) return false;
        if (victim->was_killed_for_memory) return true;
        pid = victim->pid();
        pages = resident_pages_locked(*victim);
        copy_string(name, victim->name());
        kill_locked(*victim);
    }
    const u32 free_kib = free_frames() * (kPageSize / kKiB);
    log_error("out of memory: killed pid %u %s, which used most (%u KiB); %u KiB are free", pid, name,
              pages * (kPageSize / kKiB), free_kib);
    return true;
}

}  // namespace

void connect_oom_killer()
{
    set_oom_handler(kill_biggest);
}

}  // namespace faultline
