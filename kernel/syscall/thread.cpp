// System calls about one thread: its TLS, where it runs.
#include "arch/segments.h"
#include "core/scheduler.h"
#include "kernel/fork.h"
#include "kernel/syscall/table.h"
#include "kernel/task.h"
#include "lib/bits.h"

namespace faultline {

// ---- TLS ----

namespace {
constexpr u32 kEmptyArea = 0x28;  // read_exec_only, seg_not_present
}

Result<void> sys_set_thread_area(Task& self, UserPtr<UserDesc> descriptor)
{
    constexpr u32 kChooseOne = ~u32{0};
    UserDesc area = TRY(descriptor.read());
    u32 slot = area.entry_number - kFirstTlsEntry;
    if (area.entry_number == kChooseOne) {
        slot = 0;
        while (slot < kTlsEntries && (self.tls[slot].low | self.tls[slot].high) != 0)
            slot++;
        if (slot == kTlsEntries) return Errno::NoProcess;  // as Linux says it
        area.entry_number = kFirstTlsEntry + slot;
        TRY(descriptor.write(area));
    }
    if (slot >= kTlsEntries) return Errno::Invalid;
    self.tls[slot] = TRY(parse_user_desc(area));
    load_tls(self.tls);
    return {};
}

Result<void> sys_get_thread_area(Task& self, UserPtr<UserDesc> descriptor)
{
    UserDesc area = TRY(descriptor.read());
    const u32 slot = area.entry_number - kFirstTlsEntry;
    if (slot >= kTlsEntries) return Errno::Invalid;
    const TlsDescriptor value = self.tls[slot];
    const TlsArea shown = value.present() ? read_tls_descriptor(value) : TlsArea{0, 0, kEmptyArea};
    area.base = shown.base;
    area.limit = shown.limit;
    area.flags = shown.flags;
    return descriptor.write(area);
}

u32 sys_set_tid_address(Task& self, UserPtr<u32> tid)
{
    self.clear_tid = tid.address();
    return self.tid();
}

u32 sys_sched_yield(Task&)
{
    yield_cpu();
    return 0;
}

Result<void> sys_yield(Task&)
{
    yield_cpu();
    return {};
}

// ---- Where it runs ----

namespace {

// Null: nobody has the number. 0 is the caller.
Task* find_thread_locked(Task& self, i32 tid) REQUIRES(process_lock)
{
    return tid == 0 ? &self : static_cast<Task*>(pids.find(static_cast<u32>(tid), PidKind::Task));
}

bool may_schedule_locked(const Task& self, const Task& target) REQUIRES(process_lock)
{
    const Credentials& who = self.process().credentials;
    return who.is_root() || who.uid == target.process().uids.real ||
           who.uid == target.process().credentials.uid;
}

}  // namespace

// CPUs that a short mask does not name are not wanted.
Result<void> sys_sched_setaffinity(Task& self, i32 tid, u32 size_bytes, UserAddr mask)
{
    u32 cpus = 0;
    TRY(copy_from_user(&cpus, mask, min(size_bytes, static_cast<u32>(sizeof cpus))));
    {
        SpinGuard guard{process_lock};
        Task* target = find_thread_locked(self, tid);
        if (!target) return Errno::NoProcess;
        if (!may_schedule_locked(self, *target)) return Errno::Perm;
        if ((cpus & online_cpus()) == 0) return Errno::Invalid;
        set_affinity(*target, cpus & online_cpus());
    }
    if ((self.affinity & cpu_bit(cpu_index())) == 0) yield_cpu();  // we are off it when the call returns
    return {};
}

Result<u32> sys_sched_getaffinity(Task& self, i32 tid, u32 size_bytes, UserAddr mask)
{
    if (size_bytes < sizeof(u32) || size_bytes % sizeof(u32) != 0) return Errno::Invalid;
    u32 cpus;
    {
        SpinGuard guard{process_lock};
        const Task* target = find_thread_locked(self, tid);
        if (!target) return Errno::NoProcess;
        cpus = target->affinity & online_cpus();
    }
    TRY(copy_to_user(mask, &cpus, sizeof cpus));
    return static_cast<u32>(sizeof cpus);
}

}  // namespace faultline
