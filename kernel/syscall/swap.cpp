// swapon and swapoff. The area is mm's; here a path becomes a disk, and swapoff finds everybody who has pages in it.
#include "mm/swap.h"

#include "dev/block.h"
#include "fs/mount.h"
#include "fs/namespace.h"
#include "kernel/syscall/path_text.h"
#include "kernel/syscall/table.h"
#include "kernel/task.h"
#include "mm/anonymous_object.h"

namespace faultline {

namespace {

constexpr Descriptor kHere{kCurrentDirectory};

// Root only; the path names a disk that the device list knows.
Result<BlockDevice*> swap_disk(Task& self, UserString path)
{
    if (!self.process().credentials.is_root()) return Errno::Perm;
    Name name{self.process()};
    TRY(name.read(kHere, path));
    auto device = find_device(name.context(), name.path());
    if (!device.ok() && device.error() == Errno::NotBlock) return Errno::Invalid;  // as Linux says it
    return device;
}

Ref<Process> next_process(u32 from)
{
    SpinGuard guard{process_lock};
    for (u32 pid = pids.next_taken(from); pid < kPidLimit; pid = pids.next_taken(pid + 1))
        if (Process* process = find_process_locked(pid)) return Ref<Process>::share(process);
    return nullptr;
}

Result<void> bring_in_all(void*)
{
    for (u32 from = 1;;) {
        const Ref<Process> process = next_process(from);
        if (!process) return AnonymousObject::bring_in_all();
        if (const Ref<AddressSpace> space = process->share_space()) TRY(space->bring_in());
        from = process->pid() + 1;
    }
}

}  // namespace

// Priorities and discarding (`flags`) mean nothing where there is one area.
Result<void> sys_swapon(Task& self, UserString path, u32)
{
    BlockDevice* const disk = TRY(swap_disk(self, path));
    if (is_mounted(*disk)) return Errno::Busy;
    return swap_on(*disk, disk->size_bytes());
}

Result<void> sys_swapoff(Task& self, UserString path)
{
    return swap_off(*TRY(swap_disk(self, path)), bring_in_all, nullptr);
}

}  // namespace faultline
