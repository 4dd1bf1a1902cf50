// /proc: what the kernel knows about itself and its processes, in Linux's formats. Most files are text made at open.
//
//   procfs.cpp           the file system and its fixed names
//   procfs_system.cpp    the files about the whole machine
//   procfs_frames.cpp    the files with a record for each frame
//   procfs_trace.cpp     the trace of events
//   procfs_process.cpp   /proc/PID
//   procfs_task.cpp      /proc/PID/task
//   procfs_sys.cpp       /proc/sys
//   procfs_vm.cpp        /proc/sys/vm
//   procfs_devices.cpp   the files about devices
//   procfs_details.cpp   files of /proc/PID that few read: limits, auxv, oom_score ...
//   procfs_fd.cpp        /proc/PID/fd, fdinfo
//   procfs_memory.cpp    its files about memory
//   procfs_stack.cpp     its stack in the kernel
//   procfs_locks.cpp     /proc/locks
#pragma once

#include "fs/synthetic_tree.h"
#include "kernel/pid_table.h"

namespace faultline {

class BlockDevice;

void register_procfs();  // makes the type known to mount(2)

using ProcText = TextNode;
struct ProcRecords {
    const char* name;
    ReadRecords read;
};
Span<const ProcText> proc_system_texts();       // /proc/NAME
Span<const ProcRecords> proc_system_records();  // /proc/NAME
Span<const TextNode> proc_sys_nodes();          // /proc/sys
void init_proc_sys();
constexpr u32 kProcSysVmNodes = 7;
extern const TextNode kProcSysVm[kProcSysVmNodes];                   // /proc/sys/vm
Span<const ProcText> proc_device_texts();                            // /proc/NAME, about devices
void print_block_traffic(const BlockDevice& disk, TextBuffer& out);  // numbers of a line of /proc/diskstats
u64 count_interrupts();                                              // of all CPUs and vectors

// kernel/procfs_trace.cpp
Result<Ref<Inode>> create_trace_file(FileSystem& file_system, u64 number);  // /proc/trace
Result<void> write_locks(TextBuffer& out);                                  // /proc/locks
Result<void> write_trace_kinds(TextBuffer& out);                            // /proc/sys/kernel/trace
Result<void> accept_trace_kinds(StringView text);

// The directory of a process; NoEntry where there is none.
Result<Ref<Inode>> create_process_directory(FileSystem& file_system, u32 pid);
// Entries for processes; their positions are kFirstProcessPosition + pid.
constexpr u64 kFirstProcessPosition = 1 << 16;
Result<u64> list_processes(u64 position, DirectorySink& sink);

// kernel/procfs_task.cpp
class Process;
Result<Ref<Inode>> create_task_list(FileSystem& file_system, u64 number, Ref<Process> process);
// Of one task; tid 0: of the process. Kept in procfs_process.cpp.
Result<void> write_stat_of(Process& process, u32 tid, TextBuffer& out);
Result<void> write_status_of(Process& process, u32 tid, TextBuffer& out);
Result<void> write_comm_of(Process& process, u32 tid, TextBuffer& out);
Result<void> write_stack_of(Process& process, u32 tid, TextBuffer& out);
Result<void> write_wchan_of(Process& process, u32 tid, TextBuffer& out);

// Inode numbers, all of 32 bits, for programs without large files hold no more: the system's files come first, then the
// files of each process, then those of each task.
constexpr u32 kFirstProcessInode = 1 << 20, kProcessInodes = 4096;
constexpr u32 kFirstTaskInode = 1U << 31, kTaskInodes = 16;
constexpr u64 process_inode(u32 pid, u32 which)
{
    return kFirstProcessInode + pid * kProcessInodes + which;
}
static_assert(kFirstProcessInode + kPidLimit * kProcessInodes <= kFirstTaskInode);
static_assert(kFirstTaskInode + u64{kPidLimit} * kTaskInodes <= u64{1} << 32);

}  // namespace faultline
