// /proc/PID/task: the tasks of one process, each a directory of what is its own. The leader stands there for as long as
// the process does, if only as a zombie.
#include "kernel/other_memory.h"
#include "kernel/procfs.h"
#include "kernel/task.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/heap.h"

namespace faultline {

namespace {

bool is_task_locked(Process& process, u32 tid) REQUIRES(process_lock)
{
    const auto* task = static_cast<Task*>(pids.find(tid, PidKind::Task));
    return task && &task->process() == &process;
}

bool has_task(Process& process, u32 tid)
{
    SpinGuard guard{process_lock};
    if (find_process_locked(process.pid()) != &process) return false;
    return tid == process.pid() || is_task_locked(process, tid);
}

// The first at or after `from`, by number; 0: none.
u32 next_task(Process& process, u32 from)
{
    SpinGuard guard{process_lock};
    if (find_process_locked(process.pid()) != &process) return 0;
    u32 next = process.pid() >= from ? process.pid() : 0;
    for (const Task& task : process.tasks)
        if (task.tid() >= from && (next == 0 || task.tid() < next)) next = task.tid();
    return next;
}

class TaskFile final : public SyntheticFile {
public:
    using Write = Result<void> (*)(Process& process, u32 tid, TextBuffer& out);
    TaskFile(FileSystem& file_system, u64 number, Ref<Process> process, u32 tid, Write make_text)
        : SyntheticFile{file_system, number, 0444, process->credentials.uid, process->credentials.gid},
          process_{move(process)}, tid_{tid}, make_text_{make_text}
    {
    }
    Result<void> write_text(TextBuffer& out) override
    {
        return has_task(*process_, tid_) ? make_text_(*process_, tid_, out) : Errno::NoProcess;
    }
    void last_ref_dropped() override { destroy(this); }

private:
    Ref<Process> process_;
    const u32 tid_;
    Write make_text_;
};

struct TaskText {
    const char* name;
    TaskFile::Write write;
};
constexpr TaskText kTaskTexts[] = {
    {"stat", write_stat_of}, {"status", write_status_of}, {"comm", write_comm_of}, {"wchan", write_wchan_of}};
constexpr u32 kTaskTextCount = sizeof kTaskTexts / sizeof kTaskTexts[0];

static_assert(2 + kTaskTextCount <= kTaskInodes);  // the directory, the texts, mem

u64 task_inode(u32 tid, u32 which)
{
    return kFirstTaskInode + tid * kTaskInodes + which;
}

class TaskDirectory final : public SyntheticDirectory {
public:
    TaskDirectory(FileSystem& file_system, Ref<Process> process, u32 tid)
        : SyntheticDirectory{file_system, task_inode(tid, 0), 0555, process->credentials.uid,
                             process->credentials.gid},
          process_{move(process)}, tid_{tid}
    {
    }
    Result<Ref<Inode>> lookup(StringView name) override
    {
        for (u32 i = 0; i < kTaskTextCount; i++)
            if (name == StringView{kTaskTexts[i].name})
                return Ref<Inode>::adopt(TRY(make<TaskFile>(file_system_, task_inode(tid_, 1 + i), process_,
                                                            tid_, kTaskTexts[i].write)));
        if (name == "mem")  // where debuggers look for it
            return create_memory_file(file_system_, task_inode(tid_, 1 + kTaskTextCount), process_);
        return Errno::NoEntry;
    }
    Result<u64> list(u64 position, DirectorySink& sink) override
    {
        for (; position < kTaskTextCount; position++) {
            const u32 index = static_cast<u32>(position);
            if (!sink.take(sink, kTaskTexts[index].name, task_inode(tid_, 1 + index),
                           directory_type_of(kModeRegular), position + 1))
                break;
        }
        if (position == kTaskTextCount && sink.take(sink, "mem", task_inode(tid_, 1 + kTaskTextCount),
                                                    directory_type_of(kModeRegular), position + 1))
            position++;
        return position;
    }
    void last_ref_dropped() override { destroy(this); }

private:
    Ref<Process> process_;
    const u32 tid_;
};

class TaskListDirectory final : public SyntheticDirectory {
public:
    TaskListDirectory(FileSystem& file_system, u64 number, Ref<Process> process)
        : SyntheticDirectory{file_system, number, 0555, process->credentials.uid, process->credentials.gid},
          process_{move(process)}
    {
    }
    Result<Ref<Inode>> lookup(StringView name) override
    {
        u32 tid;
        if (!parse_number(name, tid) || tid == 0 || !has_task(*process_, tid)) return Errno::NoEntry;
        return Ref<Inode>::adopt(TRY(make<TaskDirectory>(file_system_, process_, tid)));
    }
    Result<u64> list(u64 position, DirectorySink& sink) override
    {
        for (;;) {
            const u32 tid = next_task(*process_, static_cast<u32>(position));
            if (tid == 0) return position;
            char name[12];
            format(name, "%u", tid);
            if (!sink.take(sink, name, task_inode(tid, 0), directory_type_of(kModeDirectory), tid + 1))
                return position;
            position = tid + 1;
        }
    }
    void last_ref_dropped() override { destroy(this); }

private:
    Ref<Process> process_;
};

}  // namespace

Result<Ref<Inode>> create_task_list(FileSystem& file_system, u64 number, Ref<Process> process)
{
    return Ref<Inode>::adopt(TRY(make<TaskListDirectory>(file_system, number, move(process))));
}

}  // namespace faultline
