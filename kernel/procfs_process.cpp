// /proc/PID: one process, seen from outside. Each file remembers the process itself, not its number: once it is reaped
// its files say NoProcess, whoever has the number now.
#include "arch/clock.h"
#include "core/scheduler.h"
#include "dev/tty.h"
#include "fs/mount.h"
#include "kernel/procfs.h"
#include "kernel/procfs_memory.h"
#include "kernel/receipt.h"
#include "kernel/task.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/heap.h"

namespace faultline {

namespace {

constexpr u64 kNsPerTick = kNsPerSecond / kUserTicksPerSecond;
constexpr u32 kDirectoryNumber = 0, kFdDirectoryNumber = 1, kFirstFileNumber = 2, kFirstFdNumber = 1024;

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
    u32 parent, group, session, threads, cpu, exit_status, cpus_allowed;
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
    out.print("0 0 %u 0 0 ", space ? space->stack_top().value() : 0);
    out.print("%u %u %u %u 0 0 0 %u %u 0 0 0 0 0 ",
              static_cast<u32>(facts.pending | facts.shared_pending) & 0x7fffffff,
              static_cast<u32>(facts.blocked) & 0x7fffffff, static_cast<u32>(facts.ignored) & 0x7fffffff,
              static_cast<u32>(facts.caught) & 0x7fffffff, process.exit_signal, facts.cpu);
    out.print("0 0 %u %u %u %u %u %u\n", space ? space->heap_start().value() : 0,
              process.arguments_start.value(), process.arguments_end.value(), process.arguments_end.value(),
              process.environment_end.value(), facts.exit_status);
    return {};
}

Result<void> write_status_of(Process& process, u32 tid, TextBuffer& out)
{
    const Facts facts = facts_of(process, tid);
    const Usage usage = usage_of(process, tid);
    const Ref<AddressSpace> space = process.share_space();
    const UserIds uids = process.uids, gids = process.gids;
    const Credentials& who = process.credentials;
    out.print("Name:\t%s\nUmask:\t0%u%u%u\nState:\t%c (%s)\n", facts.name, process.umask >> 6 & 7,
              process.umask >> 3 & 7, process.umask & 7, facts.state, state_name(facts.state));
    out.print("Tgid:\t%u\nPid:\t%u\nPPid:\t%u\nTracerPid:\t0\n", process.pid(),
              tid == 0 ? process.pid() : tid, facts.parent);
    out.print("Uid:\t%u\t%u\t%u\t%u\n", uids.real, who.uid, uids.saved, who.uid);
    out.print("Gid:\t%u\t%u\t%u\t%u\n", gids.real, who.gid, gids.saved, who.gid);
    out.print("FDSize:\t%u\nGroups:\t", FileTable::kMost);
    for (u32 i = 0; i < who.group_count; i++)
        out.print("%u ", who.groups[i]);
    out.print("\n");
    if (space) print_memory_status(process, *space, out);
    out.print("Threads:\t%u\nSigPnd:\t%016llx\nShdPnd:\t%016llx\nSigBlk:\t%016llx\n", facts.threads,
              facts.pending, facts.shared_pending, facts.blocked);
    out.print("SigIgn:\t%016llx\nSigCgt:\t%016llx\nCpus_allowed:\t%x\n", facts.ignored, facts.caught,
              facts.cpus_allowed);
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

// ---- cmdline, mounts ----

Result<void> write_cmdline(Process& process, TextBuffer& out)
{
    const Ref<AddressSpace> space = process.share_space();
    if (!space) return {};
    char part[128];
    const u32 end = process.arguments_end.value();
    for (u32 at = process.arguments_start.value(); at < end;) {
        const u32 size = space->read_memory(part, UserAddr{at}, min(end - at, static_cast<u32>(sizeof part)));
        if (size == 0) break;
        out.append(StringView{part, size});
        at += size;
    }
    return {};
}

Result<void> write_comm(Process& process, TextBuffer& out)
{
    out.print("%s\n", process.name());
    return {};
}

// What would end a field is written in octal.
void print_escaped(TextBuffer& out, StringView text)
{
    for (const char c : text) {
        if (c == ' ' || c == '\t' || c == '\n' || c == '\\')
            out.print("\\%03o", static_cast<u32>(static_cast<u8>(c)));
        else
            out.append(c);
    }
}

void print_mount_flags(TextBuffer& out, const MountDescription& mount, bool read_only)
{
    out.print("%s%s%s%s%s", read_only ? "ro" : "rw", (mount.flags & kMountNoSetId) != 0 ? ",nosuid" : "",
              (mount.flags & kMountNoDevices) != 0 ? ",nodev" : "",
              (mount.flags & kMountNoExec) != 0 ? ",noexec" : "",
              (mount.flags & kMountNoAccessTime) != 0 ? ",noatime" : ",relatime");
}

const char* source_of(const MountDescription& mount)
{
    return mount.source[0] ? mount.source : "none";
}

void print_mount(const MountDescription& mount, void* context)
{
    TextBuffer& out = *static_cast<TextBuffer*>(context);
    char options[64];
    mount.file_system->show_options(Span<char>{options});
    print_escaped(out, source_of(mount));
    out.append(' ');
    print_escaped(out, mount.path);
    out.print(" %s ", mount.type);
    print_mount_flags(out, mount, mount.read_only);
    out.print("%s 0 0\n", options);
}

void print_mount_info(const MountDescription& mount, void* context)
{
    TextBuffer& out = *static_cast<TextBuffer*>(context);
    char options[64];
    mount.file_system->show_options(Span<char>{options});
    const DeviceNumber device = mount.file_system->device();
    out.print("%u %u %u:%u ", mount.number, mount.parent_number, device.major(), device.minor());
    print_escaped(out, mount.root_path);
    out.append(' ');
    print_escaped(out, mount.path);
    out.append(' ');
    print_mount_flags(out, mount, (mount.flags & kMountReadOnly) != 0);
    out.print(" - %s ", mount.type);
    print_escaped(out, source_of(mount));
    out.print(" %s%s\n", mount.file_system->read_only() ? "ro" : "rw", options);
}

Result<void> write_mount_info(Process& process, TextBuffer& out)
{
    const Ref<PathPlaces> places = process.share_places();
    return places ? for_each_mount(places->root(), print_mount_info, &out) : Result<void>{};
}

Result<void> write_mounts(Process& process, TextBuffer& out)
{
    const Ref<PathPlaces> places = process.share_places();
    return places ? for_each_mount(places->root(), print_mount, &out) : Result<void>{};
}

struct ProcessText {
    const char* name;
    WriteProcess write;
};
constexpr ProcessText kTexts[] = {
    {"stat", write_stat},
    {"statm", write_process_statm},
    {"status", write_status},
    {"maps", write_process_maps},
    {"smaps", write_process_smaps},
    {"smaps_rollup", write_process_smaps_rollup},
    {"faults", write_process_faults},
    {"receipt", write_process_receipt},
    {"cmdline", write_cmdline},
    {"comm", write_comm},
    {"mounts", write_mounts},
    {"mountinfo", write_mount_info},
};
constexpr u32 kTextCount = sizeof kTexts / sizeof kTexts[0];

class ProcessFile final : public SyntheticFile {
public:
    ProcessFile(FileSystem& file_system, u64 number, Ref<Process> process, WriteProcess make_text)
        : SyntheticFile{file_system, number, 0444, process->credentials.uid, process->credentials.gid},
          process_{move(process)}, make_text_{make_text}
    {
    }
    Result<void> write_text(TextBuffer& out) override
    {
        if (find_process(process_->pid()) != process_) return Errno::NoProcess;
        return make_text_(*process_, out);
    }
    void last_ref_dropped() override { destroy(this); }

private:
    Ref<Process> process_;
    WriteProcess make_text_;
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

// The path of a place, as the caller sees it.
Result<u32> read_place(const Place& place, Span<char> target)
{
    const Ref<PathPlaces> own = current_task().process().share_places();
    char* room = static_cast<char*>(TRY(heap_allocate(kMaxPath)));
    const Result<StringView> path = path_of(place, own->root(), {room, kMaxPath});
    const u32 size = path.ok() ? copy_link_text(target, path.value()) : 0;
    heap_free(room);
    if (!path.ok()) return path.error();
    return size;
}

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

Ref<FileTable> share_files(Process& process)
{
    SpinGuard guard{process_lock};
    return process.files;
}

// What fd/N leads to where the open file has no name, as a pipe: stat shows the file, open gives what it gives for itself.
class NamelessFile final : public SyntheticInode {
public:
    NamelessFile(FileSystem& file_system, u64 number, const Attributes& attributes, Ref<File> file)
        : SyntheticInode{file_system, number, attributes.mode, attributes.uid, attributes.gid}, file_{move(
                                                                                                    file)}
    {
    }
    void attributes(Attributes& out) const override { file_->attributes(out); }
    Result<Ref<FileLike>> open(u32 flags) override { return file_->like().open_again(flags); }
    void last_ref_dropped() override { destroy(this); }

private:
    Ref<File> file_;
};

class FdLink final : public SyntheticLink {
public:
    FdLink(FileSystem& file_system, u64 number, Ref<File> file)
        : SyntheticLink{file_system, number}, file_{move(file)}
    {
    }
    Result<bool> link_place(Place& out) override
    {
        out = file_->place();
        if (out) return true;
        Attributes attributes{};
        file_->attributes(attributes);
        auto file = Ref<Inode>::adopt(TRY(make<NamelessFile>(file_system_, number_, attributes, file_)));
        out.entry = TRY(Entry::create_root(move(file)));
        return true;
    }
    Ref<File> find_link_file() override { return file_; }
    Result<u32> read_link(Span<char> target) override
    {
        Attributes attributes{};
        file_->attributes(attributes);
        if (has_name()) return read_place(file_->place(), target);
        char text[32];
        const bool is_pipe = (attributes.mode & kModeTypeMask) == kModeFifo;
        format(text, "%s:[%llu]", is_pipe ? "pipe" : "anon_inode", attributes.inode_number);
        return copy_link_text(target, text);
    }
    void last_ref_dropped() override { destroy(this); }

private:
    bool has_name() const  // a NamelessFile that was opened has none either
    {
        const Inode* inode = file_->find_inode();
        return inode && !(inode->is_fifo() && &inode->file_system() == &file_system_);
    }

    Ref<File> file_;
};

class FdDirectory final : public SyntheticDirectory {
public:
    FdDirectory(FileSystem& file_system, Ref<Process> process)
        : SyntheticDirectory{file_system, process_inode(process->pid(), kFdDirectoryNumber), 0500,
                             process->credentials.uid, process->credentials.gid},
          process_{move(process)}
    {
    }
    Result<Ref<Inode>> lookup(StringView name) override
    {
        u32 fd;
        const Ref<FileTable> files = share_files(*process_);
        if (!files || !parse_number(name, fd) || fd >= FileTable::kMost) return Errno::NoEntry;
        auto file = files->find(static_cast<i32>(fd));
        if (!file.ok()) return Errno::NoEntry;
        const u64 number = process_inode(process_->pid(), kFirstFdNumber + fd);
        return Ref<Inode>::adopt(TRY(make<FdLink>(file_system_, number, file.take())));
    }
    Result<u64> list(u64 position, DirectorySink& sink) override
    {
        const Ref<FileTable> files = share_files(*process_);
        if (!files) return position;
        for (;;) {
            const auto fd = files->next_open(static_cast<u32>(position));
            if (!fd) return position;
            char name[12];
            format(name, "%u", *fd);
            const u64 number = process_inode(process_->pid(), kFirstFdNumber + *fd);
            if (!sink.take(sink, name, number, directory_type_of(kModeSymbolicLink), *fd + 1))
                return position;
            position = *fd + 1;
        }
    }
    void last_ref_dropped() override { destroy(this); }

private:
    Ref<Process> process_;
};

// ---- The directory ----

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
    void last_ref_dropped() override { destroy(this); }

private:
    u64 inode_of(u32 index) const { return process_inode(process_->pid(), kFirstFileNumber + index); }
    Ref<Process> process_;
};

Result<Ref<Inode>> ProcessDirectory::lookup(StringView name)
{
    for (u32 i = 0; i < kTextCount; i++)
        if (name == StringView{kTexts[i].name})
            return Ref<Inode>::adopt(
                TRY(make<ProcessFile>(file_system_, inode_of(i), process_, kTexts[i].write)));
    for (u32 i = 0; i < kLinkCount; i++)
        if (name == StringView{kLinks[i].name})
            return Ref<Inode>::adopt(
                TRY(make<ProcessLink>(file_system_, inode_of(kTextCount + i), process_, kLinks[i].kind)));
    if (name == "pagemap")
        return Ref<Inode>::adopt(
            TRY(make<PagemapFile>(file_system_, inode_of(kTextCount + kLinkCount), process_)));
    if (name == "task") return create_task_list(file_system_, process_);

    if (name != "fd") return Errno::NoEntry;
    return Ref<Inode>::adopt(TRY(make<FdDirectory>(file_system_, process_)));
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
    if (position == kTextCount + kLinkCount + 2 && sink.take(sink, "task", task_list_inode(process_->pid()),
                                                             directory_type_of(kModeDirectory), position + 1))
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
