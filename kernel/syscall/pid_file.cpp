// System calls on processes that a descriptor names (pidfds).
#include "kernel/pid_file.h"
#include "kernel/syscall/descriptor.h"
#include "kernel/syscall/pid_files.h"
#include "kernel/syscall/signal_calls.h"
#include "kernel/syscall/table.h"

namespace faultline {

Result<PidFileChoice> process_of_descriptor(Task& self, Descriptor fd)
{
    const Ref<File> file = TRY(file_of(self, fd));
    Process* const process = file->find_inode() ? nullptr : file->like().as_process();
    if (!process) return Errno::BadDescriptor;
    return PidFileChoice{Ref<Process>::share(process), file->nonblocking()};
}

Result<u32> sys_pidfd_open(Task& self, i32 pid, u32 flags)
{
    if ((flags & ~kOpenNonBlock) != 0 || pid <= 0) return Errno::Invalid;
    Ref<Process> process = find_process(static_cast<u32>(pid));
    if (process) return open_pid_file(self.process(), move(process), flags);
    SpinGuard guard{process_lock};
    return find_task_locked(static_cast<u32>(pid)) ? Errno::NoEntry : Errno::NoProcess;
}

namespace {

// A directory of /proc names its process as well.
Result<Ref<Process>> process_to_signal(Task& self, Descriptor fd)
{
    const Ref<File> file = TRY(file_of(self, fd));
    Process* const process = file->like().as_process();
    return process ? Result<Ref<Process>>{Ref<Process>::share(process)} : Errno::BadDescriptor;
}

}  // namespace

Result<void> sys_pidfd_send_signal(Task& self, Descriptor fd, u32 signal, UserPtr<const Siginfo> info,
                                   u32 flags)
{
    if (flags != 0) return Errno::Invalid;
    const Ref<Process> target = TRY(process_to_signal(self, fd));
    SignalInfo told = SignalInfo::from_task(signal, kCodeUser, self);
    if (info) {
        const Siginfo given = TRY(info.read());
        if (static_cast<u32>(given.signal) != signal) return Errno::Invalid;
        told = TRY(own_signal_info(self, target->pid(), signal, given));
    }
    SpinGuard guard{process_lock};
    Process* const process = find_listed_locked(&*target);
    return process ? signal_one_locked(self, *process, told) : Errno::NoProcess;
}

Result<u32> sys_pidfd_getfd(Task& self, Descriptor fd, Descriptor wanted, u32 flags)
{
    if (flags != 0) return Errno::Invalid;
    const PidFileChoice chosen = TRY(process_of_descriptor(self, fd));
    Ref<FileTable> files;
    {
        SpinGuard guard{process_lock};
        if (!find_listed_locked(&*chosen.process)) return Errno::NoProcess;
        if (!may_trace(self, *chosen.process)) return Errno::Perm;
        files = chosen.process->files;
    }
    if (!files) return Errno::NoProcess;
    Ref<File> file = TRY(files->find(wanted.number));
    return add_file(self, move(file), kOpenCloseOnExec);
}

}  // namespace faultline
