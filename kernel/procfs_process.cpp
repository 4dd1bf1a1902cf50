// /proc/PID: one process, seen from outside. Each file remembers the process itself, not its number: once it is reaped
// its files say NoProcess, whoever has the number now.
#include "arch/clock.h"
#include "core/scheduler.h"
#include "dev/tty.h"
#include "fs/mount.h"
#include "kernel/other_memory.h"
#include "kernel/procfs.h"
#include "kernel/procfs_details.h"
#include "kernel/procfs_fd.h"
#include "kernel/procfs_memory.h"
#include "kernel/receipt.h"
#include "kernel/task.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/heap.h"

namespace faultline {

namespace {

constexpr u64 kNsPerTick = kNsPerSecond / kUserTicksPerSecond;
constexpr u32 kDirectoryNumber = 0, kFdDirectoryNumber = 1, kFirstFileNumber = 2;

Task* find_task_locked(Process& process, u32 tid) REQUIRES(process_lock)
{
    auto* task = static_cast<Task*>(pids.find(tid, PidKind::Task));
    return task && &task->process() == &process ? task : nullptr;
}

// ---- State ----

// Of one task; of the process where that is the leader. A leader that has ended while others go on is a zombie.
char state_letter_locked(const Process& process, const Task* task) REQUIRES(process_lock)
{
    if (process.state == ProcessState::Zombie || !task) return 'Z';
    if (process.state == ProcessState::Stopped) return 'T';
    if (task->trace.stopped) return 't';
    switch (task->Thread::state()) {
    case ThreadState::Sleeping:
    case ThreadState::SleepingKillable:
        return 'D';
    case ThreadState::SleepingInterruptible:
        return 'S';
    case ThreadState::Running:
    case ThreadState::Ready:
    case ThreadState::New:
    case ThreadState::Moving:
    case ThreadState::Dead:
        break;
    }
    return 'R';
}

const char* state_name(char letter)
{
    switch (letter) {
    case 'Z':
        return "zombie";
    case 'T':
        return "stopped";
    case 't':
        return "tracing stop";
    case 'D':
        return "disk sleep";
    case 'S':
        return "sleeping";
    case 'X':
        return "dead";
    default:
        return "running";
    }
}

// What is guarded by process_lock, copied out.
struct Facts {
    char state;
    char name[16];
    u32 parent, group, session, threads, cpu, exit_status, cpus_allowed, tracer, fd_slots, queued;
    u64 pending, shared_pending, blocked, ignored, caught;
    Usage children;
};

void note_actions_locked(const Process& process, Facts& facts) REQUIRES(process_lock)
{
    for (u32 signal = 1; signal <= kSignals; signal++) {
        const u32 handler = process.actions.of(signal).handler;
        const u64 bit = SignalSet::of(signal).bits();
        if (handler == kHandlerIgnore) facts.ignored |= bit;
        if (handler > kHandlerIgnore) facts.caught |= bit;
    }
}

// What is one task's own; 0: of the process, whose task is the leader.
void note_task_locked(Process& process, u32 tid, Facts& facts) REQUIRES(process_lock)
{
    const Task* task = find_task_locked(process, tid == 0 ? process.pid() : tid);
    facts.state = state_letter_locked(process, task);
    copy_string(facts.name, task && tid != 0 ? task->Thread::name : process.name());
    if (!task) return;
    facts.cpu = task->last_cpu();
    if (task->trace.by) facts.tracer = task->trace.by->tracer->pid();
    facts.pending = task->pending.set().bits();
    facts.blocked = task->blocked.bits();
    facts.cpus_allowed = task->affinity & online_cpus();
}

Facts facts_of(Process& process, u32 tid)
{
    Facts facts{};
    SpinGuard guard{process_lock};
    note_task_locked(process, tid, facts);
    facts.parent = process.parent ? process.parent->pid() : 0;
    facts.group = process.group ? process.group->number() : 0;
    facts.session = process.group ? process.session().number() : 0;
    facts.exit_status = process.exit_status;
    facts.shared_pending = process.pending.set().bits();
    facts.children = process.children_usage;
    facts.threads = find_task_locked(process, process.pid()) ? 0 : 1;  // a zombie leader is one
    for (const Task& task : process.tasks) {
        static_cast<void>(task);
        facts.threads++;
    }
    facts.fd_slots = process.files ? process.files->slot_count() : 0;
    facts.queued = queued_signals_locked(process.uids.real);
    note_actions_locked(process, facts);
    return facts;
}

SpaceUsage space_usage(const Ref<AddressSpace>& space)
{
    return space ? space->usage() : SpaceUsage{};
}

// ---- stat, statm, status ----

Usage usage_of(Process& process, u32 tid)
{
    Usage usage = usage_now(process);
    if (tid == 0) return usage;
    SpinGuard guard{process_lock};
    if (Task* task = find_task_locked(process, tid)) note_own_usage_locked(*task, usage);
    return usage;
}

}  // namespace

Result<void> write_stat_of(Process& process, u32 tid, TextBuffer& out)
{
    const Facts facts = facts_of(process, tid);
    const Usage usage = usage_of(process, tid);
    const Ref<AddressSpace> space = process.share_space();
    const SpaceUsage memory = space_usage(space);
    const Ref<Tty> tty = find_controlling_tty(facts.session);
    const u32 tty_number = tty ? tty->major_number() << 8 | tty->minor_number() : 0;
    const i32 foreground = tty ? static_cast<i32>(tty->foreground_group()) : -1;
    out.print("%u (%s) %c %u %u %u %u %d 0 ", tid == 0 ? process.pid() : tid, facts.name, facts.state,
              facts.parent, facts.group, facts.session, tty_number, foreground);
    out.print("%u %u %u %u ", usage.minor_faults, facts.children.minor_faults, usage.major_faults,
              facts.children.major_faults);
    out.print("%llu %llu %llu %llu 20 0 %u 0 ", usage.cpu.user_ns / kNsPerTick,
              usage.cpu.system_ns / kNsPerTick, facts.children.cpu.user_ns / kNsPerTick,
              facts.children.cpu.system_ns / kNsPerTick, facts.threads);
    out.print("%llu %u %u %u ", process.started_ns / kNsPerTick, memory.mapped_pages * kPageSize,
              memory.resident_anonymous + memory.resident_file, process.limits[kLimitResident].soft);
    out.print("0 0 %u 0 0 ", space ? process.stack_start.value() : 0);
    out.print("%u %u %u %u 0 0 0 %u %u 0 0 0 0 0 ",
              static_cast<u32>(facts.pending | facts.shared_pending) & 0x7fffffff,
              static_cast<u32>(facts.blocked) & 0x7fffffff, static_cast<u32>(facts.ignored) & 0x7fffffff,
              static_cast<u32>(facts.caught) & 0x7fffffff, process.exit_signal, facts.cpu);
    out.print("0 0 %u %u %u %u %u %u\n", space ? space->heap_start().value() : 0,
              process.arguments_start.value(), process.arguments_end.value(), process.arguments_end.value(),
              process.environment_end.value(), facts.exit_status);
    return {};
}

// The superuser has every capability, others none; nothing drops them.
static void print_rights(bool is_root, TextBuffer& out)
{
    constexpr u64 kAllCapabilities = 0x1ff'ffffffff;
    const u64 held = is_root ? kAllCapabilities : 0;
    out.print("CapInh:\t%016llx\nCapPrm:\t%016llx\nCapEff:\t%016llx\n", u64{0}, held, held);
    out.print("CapBnd:\t%016llx\nCapAmb:\t%016llx\n", kAllCapabilities, u64{0});
    out.print("NoNewPrivs:\t0\nSeccomp:\t0\nSeccomp_filters:\t0\n");
}

// "0-1,3"
static void print_affinity(u32 cpus, TextBuffer& out)
{
    out.print("Cpus_allowed:\t%x\nCpus_allowed_list:\t", cpus);
    const char* separator = "";
    for (u32 first = 0; first < kMaxCpus; first++) {
        if ((cpus >> first & 1) == 0) continue;
        u32 last = first;
        while ((cpus >> (last + 1) & 1) != 0)
            last++;
        out.print(first == last ? "%s%u" : "%s%u-%u", separator, first, last);
        separator = ",";
        first = last;
    }
    out.print("\nMems_allowed:\t1\nMems_allowed_list:\t0\n");
}

Result<void> write_status_of(Process& process, u32 tid, TextBuffer& out)
{
    const Facts facts = facts_of(process, tid);
    const Usage usage = usage_of(process, tid);
    const Ref<AddressSpace> space = process.share_space();
    const UserIds uids = process.uids, gids = process.gids;
    const Credentials& who = process.credentials;
    out.print("Name:\t%s\n", facts.name);
    if (const Ref<PathView> view = process.share_view())
        out.print("Umask:\t0%u%u%u\n", view->umask >> 6 & 7, view->umask >> 3 & 7, view->umask & 7);
    out.print("State:\t%c (%s)\n", facts.state, state_name(facts.state));
    out.print("Tgid:\t%u\nNgid:\t0\nPid:\t%u\nPPid:\t%u\nTracerPid:\t%u\n", process.pid(),
              tid == 0 ? process.pid() : tid, facts.parent, facts.tracer);
    out.print("Uid:\t%u\t%u\t%u\t%u\n", uids.real, who.uid, uids.saved, who.uid);
    out.print("Gid:\t%u\t%u\t%u\t%u\n", gids.real, who.gid, gids.saved, who.gid);
    out.print("FDSize:\t%u\nGroups:\t", facts.fd_slots);
    for (u32 i = 0; i < who.group_count; i++)
        out.print("%u ", who.groups[i]);
    out.print(who.group_count != 0 ? "\n" : " \n");
    out.print("NStgid:\t%u\nNSpid:\t%u\nNSpgid:\t%u\nNSsid:\t%u\n", process.pid(), process.pid(), facts.group,
              facts.session);
    if (space) print_memory_status(process, *space, out);
    if (space) out.print("CoreDumping:\t0\nTHP_enabled:\t0\n");
    out.print("Threads:\t%u\nSigQ:\t%u/%u\n", facts.threads, facts.queued,
              process.limits[kLimitSignals].soft);
    out.print("SigPnd:\t%016llx\nShdPnd:\t%016llx\nSigBlk:\t%016llx\n", facts.pending, facts.shared_pending,
              facts.blocked);
    out.print("SigIgn:\t%016llx\nSigCgt:\t%016llx\n", facts.ignored, facts.caught);
    print_rights(who.is_root(), out);
    print_affinity(facts.cpus_allowed, out);
    out.print("voluntary_ctxt_switches:\t%u\nnonvoluntary_ctxt_switches:\t%u\n", usage.switches_voluntary,
              usage.switches_forced);
    return {};
}

Result<void> write_comm_of(Process& process, u32 tid, TextBuffer& out)
{
    out.print("%s\n", facts_of(process, tid).name);
    return {};
}

namespace {

Result<void> write_stat(Process& process, TextBuffer& out)
{
    return write_stat_of(process, 0, out);
}

Result<void> write_status(Process& process, TextBuffer& out)
{
    return write_status_of(process, 0, out);
}

Result<void> write_stack(Process& process, TextBuffer& out)
{
    return write_stack_of(process, 0, out);
}

Result<void> write_wchan(Process& process, TextBuffer& out)
{
    return write_wchan_of(process, 0, out);
}

struct ProcessText {
    const char* name;
    WriteProcess write;
    u32 mode = 0444;
    AcceptForProcess accept = nullptr;  // null: nobody writes to it
};
constexpr ProcessText kTexts[] = {
    {"auxv", write_process_auxv, 0400},
    {"cgroup", write_process_cgroup},
    {"cmdline", write_process_cmdline},
    {"comm", write_process_comm, 0644, accept_process_comm},
    {"environ", write_process_environ, 0400},
    {"faults", write_process_faults},
    {"limits", write_process_limits},
    {"loginuid", write_process_loginuid},
    {"maps", write_process_maps},
    {"mountinfo", write_process_mountinfo},
    {"mounts", write_process_mounts},
    {"oom_adj", write_process_oom_adj, 0644, accept_process_oom_adj},
    {"oom_score", write_process_oom_score},
    {"oom_score_adj", write_process_oom_score_adj, 0644, accept_process_oom_score_adj},
    {"personality", write_process_personality, 0400},
    {"receipt", write_process_receipt},
    {"sessionid", write_process_sessionid},
    {"smaps", write_process_smaps},
    {"smaps_rollup", write_process_smaps_rollup},
    {"stack", write_stack, 0400},
    {"stat", write_stat},
    {"statm", write_process_statm},
    {"status", write_status},
    {"syscall", write_process_syscall, 0400},
    {"wchan", write_wchan},
};
constexpr u32 kTextCount = sizeof kTexts / sizeof kTexts[0];

// What only who may trace the process sees: what it was given, and where it stands.
bool is_private(const ProcessText& text)
{
    return text.mode == 0400;
}

class ProcessFile final : public SyntheticFile {
public:
    ProcessFile(FileSystem& file_system, u64 number, Ref<Process> process, const ProcessText& text)
        : SyntheticFile{file_system, number, text.mode, process->credentials.uid, process->credentials.gid},
          process_{move(process)}, text_{text}
    {
    }
    Result<void> write_text(TextBuffer& out) override
    {
        if (find_process(process_->pid()) != process_) return Errno::NoProcess;
        if (is_private(text_) && !may_trace(current_task(), *process_)) return Errno::Access;
        return text_.write(*process_, out);
    }
    Result<void> accept_text(StringView text) override
    {
        if (find_process(process_->pid()) != process_) return Errno::NoProcess;
        return text_.accept ? text_.accept(*process_, text) : Errno::Perm;
    }
    void last_ref_dropped() override { destroy(this); }

private:
    Ref<Process> process_;
    const ProcessText& text_;
};

// /proc/PID/pagemap; frame numbers are for root alone, as in Linux.
class PagemapFile final : public SyntheticRecords {
public:
    PagemapFile(FileSystem& file_system, u64 number, Ref<Process> process)
        : SyntheticRecords{file_system, number, 0400, process->credentials.uid, process->credentials.gid},
          process_{move(process)}
    {
    }
    Result<u32> read_records(u64 first, Span<u64> out) override
    {
        return read_pagemap(*process_, first, out, current_task().process().credentials.is_root());
    }
    void last_ref_dropped() override { destroy(this); }

private:
    Ref<Process> process_;
};

// ---- Links: exe, cwd, root, fd/N ----

enum class LinkKind : u8 { Executable, Working, Root };
struct ProcessLinkName {
    const char* name;
    LinkKind kind;
};
constexpr ProcessLinkName kLinks[] = {
    {"exe", LinkKind::Executable}, {"cwd", LinkKind::Working}, {"root", LinkKind::Root}};
constexpr u32 kLinkCount = sizeof kLinks / sizeof kLinks[0];

class ProcessLink final : public SyntheticLink {
public:
    ProcessLink(FileSystem& file_system, u64 number, Ref<Process> process, LinkKind kind)
        : SyntheticLink{file_system, number, process->credentials.uid, process->credentials.gid},
          process_{move(process)}, kind_{kind}
    {
    }
    Result<bool> link_place(Place& out) override
    {
        out = TRY(place());
        return true;
    }
    Result<u32> read_link(Span<char> target) override
    {
        const Place where = TRY(place());
        return read_place(where, target);
    }
    void last_ref_dropped() override { destroy(this); }

private:
    Result<Place> place() const
    {
        if (kind_ == LinkKind::Executable) {
            SpinGuard guard{process_lock};
            return process_->executable ? Result<Place>{process_->executable} : Result<Place>{Errno::NoEntry};
        }
        const Ref<PathPlaces> places = process_->share_places();
        if (!places) return Errno::NoEntry;
        return kind_ == LinkKind::Root ? places->root() : places->working();
    }

    Ref<Process> process_;
    LinkKind kind_;
};

// ---- The directory ----

constexpr u32 kFdInfoIndex = kTextCount + kLinkCount + 1, kMemoryIndex = kFdInfoIndex + 1,
              kTaskListIndex = kMemoryIndex + 1;

class ProcessDirectory final : public SyntheticDirectory {
public:
    ProcessDirectory(FileSystem& file_system, Ref<Process> process)
        : SyntheticDirectory{file_system, process_inode(process->pid(), kDirectoryNumber), 0555,
                             process->credentials.uid, process->credentials.gid},
          process_{move(process)}
    {
    }
    Result<Ref<Inode>> lookup(StringView name) override;
    Result<u64> list(u64 position, DirectorySink& sink) override;
    Process* as_process() override { return &*process_; }
    void last_ref_dropped() override { destroy(this); }

private:
    u64 inode_of(u32 index) const { return process_inode(process_->pid(), kFirstFileNumber + index); }
    Ref<Process> process_;
};

Result<Ref<Inode>> ProcessDirectory::lookup(StringView name)
{
    for (u32 i = 0; i < kTextCount; i++)
        if (name == StringView{kTexts[i].name})
            return Ref<Inode>::adopt(TRY(make<ProcessFile>(file_system_, inode_of(i), process_, kTexts[i])));
    for (u32 i = 0; i < kLinkCount; i++)
        if (name == StringView{kLinks[i].name})
            return Ref<Inode>::adopt(
                TRY(make<ProcessLink>(file_system_, inode_of(kTextCount + i), process_, kLinks[i].kind)));
    if (name == "pagemap")
        return Ref<Inode>::adopt(
            TRY(make<PagemapFile>(file_system_, inode_of(kTextCount + kLinkCount), process_)));
    if (name == "task") return create_task_list(file_system_, inode_of(kTaskListIndex), process_);
    if (name == "fd")
        return create_fd_directory(file_system_, process_inode(process_->pid(), kFdDirectoryNumber),
                                   process_);
    if (name == "fdinfo") return create_fdinfo_directory(file_system_, inode_of(kFdInfoIndex), process_);
    if (name == "mem") return create_memory_file(file_system_, inode_of(kMemoryIndex), process_);
    return Errno::NoEntry;
}

Result<u64> ProcessDirectory::list(u64 position, DirectorySink& sink)
{
    const u8 file = directory_type_of(kModeRegular), link = directory_type_of(kModeSymbolicLink);
    for (; position < kTextCount + kLinkCount; position++) {
        const u32 index = static_cast<u32>(position);
        const bool is_text = index < kTextCount;
        const char* name = is_text ? kTexts[index].name : kLinks[index - kTextCount].name;
        if (!sink.take(sink, name, inode_of(index), is_text ? file : link, position + 1)) return position;
    }
    if (position == kTextCount + kLinkCount &&
        sink.take(sink, "pagemap", inode_of(kTextCount + kLinkCount), file, position + 1))
        position++;
    if (position == kTextCount + kLinkCount + 1 &&
        sink.take(sink, "fd", process_inode(process_->pid(), kFdDirectoryNumber),
                  directory_type_of(kModeDirectory), position + 1))
        position++;
    if (position == kTextCount + kLinkCount + 2 &&
        sink.take(sink, "task", inode_of(kTaskListIndex), directory_type_of(kModeDirectory), position + 1))
        position++;
    if (position == kTextCount + kLinkCount + 3 &&
        sink.take(sink, "fdinfo", inode_of(kFdInfoIndex), directory_type_of(kModeDirectory), position + 1))
        position++;
    if (position == kTextCount + kLinkCount + 4 &&
        sink.take(sink, "mem", inode_of(kMemoryIndex), file, position + 1))
        position++;
    return position;
}

// The first process with at least this number; 0: none.
u32 next_pid(u32 from)
{
    SpinGuard guard{process_lock};
    for (u32 pid = pids.next_taken(from); pid < kPidLimit; pid = pids.next_taken(pid + 1))
        if (find_process_locked(pid)) return pid;
    return 0;
}

}  // namespace

Result<Ref<Inode>> create_process_directory(FileSystem& file_system, u32 pid)
{
    Ref<Process> process = find_process(pid);
    if (!process) return Errno::NoEntry;
    return Ref<Inode>::adopt(TRY(make<ProcessDirectory>(file_system, move(process))));
}

Result<u64> list_processes(u64 position, DirectorySink& sink)
{
    for (;;) {
        const u32 pid = next_pid(max(1u, static_cast<u32>(position - kFirstProcessPosition)));
        if (pid == 0) return position;
        char name[12];
        format(name, "%u", pid);
        const u64 next = kFirstProcessPosition + pid + 1;
        if (!sink.take(sink, name, process_inode(pid, kDirectoryNumber), directory_type_of(kModeDirectory),
                       next))
            return position;
        position = next;
    }
}

}  // namespace faultline
