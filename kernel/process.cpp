#include "kernel/process.h"

#include "arch/clock.h"
#include "core/assert.h"
#include "core/scheduler.h"
#include "kernel/receipt.h"
#include "kernel/task.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/reclaim.h"

namespace faultline {

SpinLock process_lock{LockRank::ProcessTable};
PidTable pids;
IntrusiveList<Process, AllProcessesTag> all_processes;

namespace {

u32 count;    // of processes in the table
u32 tasks;    // in all of them
u64 created;  // since boot
Process* init;

constexpr u32 kDefaultStackLimit = 8 * kMiB;

}  // namespace

// ---- PathPlaces ----

Result<Ref<PathPlaces>> PathPlaces::create(const Place& root, const Place& working)
{
    return Ref<PathPlaces>::adopt(TRY(make<PathPlaces>(root, working)));
}

void PathPlaces::last_ref_dropped()
{
    destroy(this);
}

// ---- RunningFile ----

Result<Ref<RunningFile>> RunningFile::create(Inode& inode)
{
    TRY(inode.begin_running());
    const Result<RunningFile*> made = with_room([&] { return make<RunningFile>(inode); });
    if (made.ok()) return Ref<RunningFile>::adopt(made.value());
    inode.end_running();
    return made.error();
}

void RunningFile::last_ref_dropped()
{
    inode_->end_running();
    destroy(this);
}

Result<Ref<PathView>> PathView::create(Ref<PathPlaces> places, u32 umask)
{
    return Ref<PathView>::adopt(TRY(make<PathView>(move(places), umask)));
}

void PathView::last_ref_dropped()
{
    destroy(this);
}

// ---- Usage ----

void Usage::add(const Usage& other)
{
    cpu.user_ns += other.cpu.user_ns;
    cpu.system_ns += other.cpu.system_ns;
    minor_faults += other.minor_faults;
    major_faults += other.major_faults;
    switches_voluntary += other.switches_voluntary;
    switches_forced += other.switches_forced;
    peak_resident_pages = max(peak_resident_pages, other.peak_resident_pages);
}

Usage usage_now(Process& process)
{
    Ref<AddressSpace> space = process.share_space();
    const u32 peak_now = space ? space->usage().peak_resident : 0;
    SpinGuard guard{process_lock};
    Usage sum = process.usage;
    sum.cpu = process_cpu_locked(process);
    for (Task& task : process.tasks) {
        sum.switches_voluntary += static_cast<u32>(task.switches_voluntary);
        sum.switches_forced += static_cast<u32>(task.switches_forced);
    }
    sum.minor_faults += process.faults_before_minor;
    sum.major_faults += process.faults_before_major;
    sum.peak_resident_pages = max(sum.peak_resident_pages, process.peak_resident_before);
    if (space) {
        sum.minor_faults += space->fault_counts().minor;
        sum.major_faults += space->fault_counts().major;
    }
    sum.peak_resident_pages = max(sum.peak_resident_pages, peak_now);
    return sum;
}

void note_own_usage_locked(Task& task, Usage& usage)
{
    usage.cpu = split_cpu_time(cpu_time_of(task), task.cpu_shown);
    usage.switches_voluntary = task.switches_voluntary;
    usage.switches_forced = task.switches_forced;
}

// ---- Process ----

Process::Process() : PidEntry{PidKind::Process}
{
    for (Limit& limit : limits)
        limit = {kUnlimited, kUnlimited};
    limits[kLimitStack] = {kDefaultStackLimit, kUnlimited};
    limits[kLimitFiles] = {FileTable::kMost, FileTable::kMost};
    limits[kLimitCore] = {0, kUnlimited};
    const u32 signals = managed_frames() / 32;  // as many as Linux allows with this much memory
    limits[kLimitSignals] = {signals, signals};
    limits[kLimitNice] = limits[kLimitRealTime] = {0, 0};
}

Result<Ref<Process>> Process::create()
{
    return Ref<Process>::adopt(TRY(make<Process>()));
}

void Process::last_ref_dropped()
{
    destroy(receipt);
    destroy(this);
}

ProcessTraits ProcessTraits::inherited() const
{
    ProcessTraits child = *this;
    child.has_orphans_taker |= takes_orphans;
    child.takes_orphans = false;
    child.parent_death_signal = 0;
    return child;
}

void Process::set_name(StringView name)
{
    copy_string(name_, name);
}

Ref<AddressSpace> Process::share_space()
{
    SpinGuard guard{process_lock};
    return space_;
}

Ref<PathPlaces> Process::share_places()
{
    SpinGuard guard{process_lock};
    return view ? view->places : Ref<PathPlaces>{};
}

Ref<PathView> Process::share_view()
{
    SpinGuard guard{process_lock};
    return view;
}

// ---- The table ----

u32 process_count()
{
    return count;
}

u32 task_count()
{
    return tasks;
}

u64 processes_created()
{
    return created;
}

Process* find_process_locked(u32 pid)
{
    return static_cast<Process*>(pids.find(pid, PidKind::Process));
}

Ref<Process> find_process(u32 pid)
{
    SpinGuard guard{process_lock};
    return Ref<Process>::share(find_process_locked(pid));
}

Process& init_process()
{
    return *init;
}

namespace {

void add_task_locked(Process& process, Task& task, u32 number) REQUIRES(process_lock)
{
    pids.insert(task, number);
    task.id = number;
    process.tasks.push_back(task);
    process.live_tasks++;
    tasks++;
}

}  // namespace

bool note_task_gone_locked(Task& task, Process& process)
{
    trace_task_left_locked(task, process);
    pids.remove(task);
    process.tasks.remove(task);
    tasks--;
    process.cpu_of_gone.add(cpu_time_of(task));
    process.usage.switches_voluntary += static_cast<u32>(task.switches_voluntary);
    process.usage.switches_forced += static_cast<u32>(task.switches_forced);
    process.task_gone.wake_all();
    return process.tasks.empty();
}

Result<void> enlist_thread(Task& self, Task& task)
{
    SpinGuard guard{process_lock};
    if (self.leaving) return Errno::Intr;
    add_task_locked(self.process(), task, TRY(pids.allocate()));
    enter_stop_locked(task);
    return {};
}

Result<void> enlist(Process& child, Task& task, Process* parent)
{
    child.started_ns = now_ns();
    SpinGuard guard{process_lock};
    const u32 number = TRY(pids.allocate());
    pids.insert(child, number);
    add_task_locked(child, task, number);
    child.retain();  // the table's
    all_processes.push_back(child);
    count++;
    created++;
    child.parent = parent;
    child.made_by = parent ? current_task().tid() : 0;
    if (parent) {
        parent->children.push_back(child);
        join_group_locked(child, *parent->group);
    } else {
        init = &child;
    }
    return {};
}

Ref<Process> delist_locked(Process& process)
{
    pids.remove(process);
    all_processes.remove(process);
    count--;
    return Ref<Process>::adopt(&process);
}

}  // namespace faultline
