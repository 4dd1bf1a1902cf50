#include "kernel/receipt.h"

#include "kernel/procfs_memory.h"
#include "mm/heap.h"

namespace faultline {

namespace {

u32 count_of(const Receipt& receipt, FaultAction action)
{
    return receipt.faults.actions[static_cast<u32>(action)];
}

void print_receipt(const Process& process, const Receipt& receipt, TextBuffer& out)
{
    const SpaceReceipt& space = receipt.space;
    const auto line = [&out](const char* name, u32 value, const char* says) {
        out.print("%-20s %8u%s%s\n", name, value, says[0] ? "  " : "", says);
    };
    out.print("receipt of pid %u %s, policy %s\n", process.pid(), process.name(), receipt.policy);
    line("pages mapped:", space.mapped, "");
    line("never touched:", space.never_touched, "");
    line("frames at the end:", space.resident, "");
    line("frames shared:", space.shared, "the page cache or other processes own them, too");
    line("shared by fork:", space.forked.shared, "instead of a copy");
    line("copied by fork:", space.forked.copied, "");
    line("frames copied:", count_of(receipt, FaultAction::CopyFrame), "when they were written to");
    line("frames reused:", count_of(receipt, FaultAction::MakeWritable),
         "written to by their last owner: no copy");
    line("never loaded:", space.program_bytes_absent, "bytes of the program");
    line("faults:", receipt.faults.minor + receipt.faults.major, "");
    line("read from disk:", receipt.faults.major, "");
    for (u32 i = 0; i < kFaultActions; i++)
        out.print("  %-22s %4u\n", counter_name(static_cast<FaultAction>(i)), receipt.faults.actions[i]);
}

}  // namespace

Receipt receipt_of(Process& process, AddressSpace& space)
{
    u64 size_bytes = 0;
    const Ref<MemoryObject> program = executable_object(process, size_bytes);
    return {space.policy().name, space.receipt(program.get(), size_bytes), space.fault_counts()};
}

void keep_receipt(Process& process)
{
    if (!process.memory.wants_receipt || process.receipt) return;
    const auto made = make<Receipt>(receipt_of(process, process.space()));
    if (made.ok()) process.receipt = made.value();
}

Result<void> write_process_receipt(Process& process, TextBuffer& out)
{
    if (const Ref<AddressSpace> space = process.share_space())
        print_receipt(process, receipt_of(process, *space), out);
    else if (process.receipt)
        print_receipt(process, *process.receipt, out);
    else
        return Errno::NoEntry;
    return {};
}

}  // namespace faultline
