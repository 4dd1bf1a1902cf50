// kcmp: whether two tasks share something of the kernel's.
#include "kernel/syscall/table.h"
#include "kernel/task.h"

namespace faultline {

namespace {

enum class Compared : u32 { File, Space, Files, View, Actions, InputOutput, Semaphores };

struct Pair {
    Ref<Process> first, second;
};

Result<Ref<Process>> process_of_locked(u32 tid) REQUIRES(process_lock)
{
    Task* const task = find_task_locked(tid);
    return task ? Result<Ref<Process>>{Ref<Process>::share(&task->process())} : Errno::NoProcess;
}

Result<Pair> processes_to_compare(Task& self, i32 first, i32 second)
{
    SpinGuard guard{process_lock};
    Pair pair{TRY(process_of_locked(static_cast<u32>(first))),
              TRY(process_of_locked(static_cast<u32>(second)))};
    const bool allowed = may_trace(self, *pair.first) && may_trace(self, *pair.second);
    return allowed ? Result<Pair>{move(pair)} : Errno::Perm;
}

// 0: the same; 1 and 2 make an order, which is nobody's business beyond that.
u32 order_of(const void* first, const void* second)
{
    if (first == second) return 0;
    return reinterpret_cast<usize>(first) < reinterpret_cast<usize>(second) ? 1 : 2;
}

Result<Ref<File>> file_of(Process& process, u32 fd)
{
    Ref<FileTable> files;
    {
        SpinGuard guard{process_lock};
        files = process.files;
    }
    return files ? files->find(static_cast<i32>(fd)) : Errno::BadDescriptor;
}

Result<u32> compare_files(const Pair& pair, u32 first_fd, u32 second_fd)
{
    const Ref<File> first = TRY(file_of(*pair.first, first_fd));
    const Ref<File> second = TRY(file_of(*pair.second, second_fd));
    return order_of(&*first, &*second);
}

}  // namespace

Result<u32> sys_kcmp(Task& self, i32 first_tid, i32 second_tid, u32 type, u32 first_fd, u32 second_fd)
{
    const Pair pair = TRY(processes_to_compare(self, first_tid, second_tid));
    Process& first = *pair.first;
    Process& second = *pair.second;
    if (type == static_cast<u32>(Compared::File)) return compare_files(pair, first_fd, second_fd);
    SpinGuard guard{process_lock};
    switch (static_cast<Compared>(type)) {
    case Compared::Space:
        return order_of(first.space_.get(), second.space_.get());
    case Compared::Files:
        return order_of(first.files.get(), second.files.get());
    case Compared::View:
        return order_of(first.view.get(), second.view.get());
    case Compared::Actions:
        return order_of(first.actions.identity(), second.actions.identity());
    case Compared::InputOutput:
    case Compared::Semaphores:
        return 0u;  // nobody has any
    case Compared::File:
        break;
    }
    return Errno::Invalid;
}

}  // namespace faultline
