// /proc's files about devices: numbers, disks and what went through them, interrupts.
#include "arch/interrupts.h"
#include "dev/block.h"
#include "kernel/procfs.h"
#include "lib/format.h"

namespace faultline {

namespace {

constexpr u32 kFirstInterrupt = 32;  // vectors below are the CPU's own traps
constexpr u32 kVectors = 256;

Result<void> write_devices(TextBuffer& out)
{
    out.print(
        "Character devices:\n  1 mem\n  4 tty\n  4 ttyS\n  5 /dev/tty\n  5 /dev/console\n  5 /dev/ptmx\n"
        "136 pts\n\nBlock devices:\n");
    u32 shown = 0;
    for (const BlockDevice* disk = first_block_device(); disk; disk = next_block_device(*disk)) {
        const u32 major = disk->major_number();
        if (major != shown) out.print("%3u %s\n", major, major == 1 ? "ramdisk" : "virtblk");
        shown = major;
    }
    return {};
}

Result<void> write_partitions(TextBuffer& out)
{
    out.print("major minor  #blocks  name\n\n");
    for (const BlockDevice* disk = first_block_device(); disk; disk = next_block_device(*disk))
        out.print("%4u  %7u %10llu %s\n", disk->major_number(), disk->minor_number(),
                  disk->size_sectors() / 2, disk->name());
    return {};
}

Result<void> write_diskstats(TextBuffer& out)
{
    for (const BlockDevice* disk = first_block_device(); disk; disk = next_block_device(*disk)) {
        out.print("%4u %7u %s ", disk->major_number(), disk->minor_number(), disk->name());
        print_block_traffic(*disk, out);
    }
    return {};
}

u64 interrupts_on(u32 cpu)
{
    u64 sum = 0;
    for (u32 vector = kFirstInterrupt; vector < kVectors; vector++)
        sum += interrupt_count(cpu, vector);
    return sum;
}

Result<void> write_interrupts(TextBuffer& out)
{
    out.print("    ");
    for (u32 cpu = 0; cpu < cpu_count(); cpu++)
        out.print("       CPU%u", cpu);
    out.print("\n");
    for (u32 vector = kFirstInterrupt; vector < kVectors; vector++) {
        u32 all = 0;
        for (u32 cpu = 0; cpu < cpu_count(); cpu++)
            all |= interrupt_count(cpu, vector);
        if (all == 0) continue;
        out.print("%3u:", vector);
        for (u32 cpu = 0; cpu < cpu_count(); cpu++)
            out.print(" %10u", interrupt_count(cpu, vector));
        out.print("   APIC      vector 0x%x\n", vector);
    }
    return {};
}

constexpr ProcText kTexts[] = {
    {"devices", write_devices},
    {"diskstats", write_diskstats},
    {"interrupts", write_interrupts},
    {"partitions", write_partitions},
};

}  // namespace

// Linux's 17 numbers behind a disk's name; discards and flushes are not counted here.
void print_block_traffic(const BlockDevice& disk, TextBuffer& out)
{
    const BlockTraffic& in = disk.traffic(IoDirection::Read);
    const BlockTraffic& put = disk.traffic(IoDirection::Write);
    const u32 read_ms = in.milliseconds.load(), write_ms = put.milliseconds.load();
    out.print("%u 0 %u %u ", in.requests.load(), in.sectors.load(), read_ms);
    out.print("%u 0 %u %u ", put.requests.load(), put.sectors.load(), write_ms);
    out.print("%u %u %u 0 0 0 0 0 0\n", disk.in_flight(), read_ms + write_ms, read_ms + write_ms);
}

u64 count_interrupts()
{
    u64 sum = 0;
    for (u32 cpu = 0; cpu < cpu_count(); cpu++)
        sum += interrupts_on(cpu);
    return sum;
}

Span<const ProcText> proc_device_texts()
{
    return kTexts;
}

}  // namespace faultline
