// /proc's files about the whole machine. Names and units are Linux's where Linux has the file.
#include "arch/clock.h"
#include "arch/x86.h"
#include "core/options.h"
#include "core/scheduler.h"
#include "fs/mount.h"
#include "kernel/oom.h"
#include "kernel/procfs.h"
#include "kernel/syscall/table.h"
#include "kernel/system_name.h"
#include "kernel/task.h"
#include "kernel/version.h"
#include "lib/string.h"
#include "mm/address_space.h"
#include "mm/commit.h"
#include "mm/consistency.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/inspect.h"
#include "mm/kernel_stack.h"
#include "mm/page_cache.h"
#include "mm/reclaim.h"
#include "mm/swap.h"
#include "mm/tlb.h"

namespace faultline {

namespace {

constexpr u32 kKibPerPage = kPageSize / kKiB;

u32 frames_of(const FrameCounts& counts, FrameUse use)
{
    return counts.by_use[static_cast<u32>(use)];
}

// ---- Memory ----

Result<void> write_meminfo(TextBuffer& out)
{
    const FrameCounts frames = count_frames();
    const MemoryUse use = memory_use();
    const SwapCounts swap = swap_counts();
    const CommitState commit = commit_state();
    const u32 cached = frames_of(frames, FrameUse::Cache), dirty = dirty_pages();
    const u32 kept = min(cached, dirty + use.shared);  // what cannot simply be dropped
    const u32 anonymous = frames_of(frames, FrameUse::Anonymous);
    const u32 slab = frames_of(frames, FrameUse::Slab), slab_at_hand = min(slab, empty_slab_frames());
    const auto line = [&out](const char* name, u32 pages) {
        out.print("%-15s %8u kB\n", name, pages * kKibPerPage);
    };
    line("MemTotal:", frames.total);
    line("MemFree:", frames.free);
    line("MemAvailable:", frames.free + cached - kept + slab_at_hand);
    line("Buffers:", 0);
    line("Cached:", cached);
    line("SwapCached:", swap.cached_pages);
    line("Active:", use.active_anonymous + use.active_file);
    line("Inactive:", anonymous + cached - min(anonymous + cached, use.active_anonymous + use.active_file));
    line("Active(anon):", use.active_anonymous);
    line("Inactive(anon):", anonymous - min(anonymous, use.active_anonymous));
    line("Active(file):", use.active_file);
    line("Inactive(file):", cached - min(cached, use.active_file));
    line("SwapTotal:", swap.total_pages);
    line("SwapFree:", swap.free_pages);
    line("Dirty:", dirty);
    line("Writeback:", use.writing);
    line("AnonPages:", anonymous + use.swap_mapped);
    line("Mapped:", use.mapped_file);
    line("Shmem:", use.shared);
    line("KReclaimable:", slab_at_hand);
    line("Slab:", slab);
    line("SReclaimable:", slab_at_hand);
    line("SUnreclaim:", slab - slab_at_hand);
    line("KernelStack:", frames_of(frames, FrameUse::Stack));
    line("PageTables:", frames_of(frames, FrameUse::Table) + frames_of(frames, FrameUse::Directory));
    line("CommitLimit:", commit.limit_pages);
    line("Committed_AS:", commit.committed_pages);
    return {};
}

// Frames that somebody uses: what is only kept at hand (page cache, empty slabs, free kernel stacks) is left out.
u32 frames_in_use(const FrameCounts& frames)
{
    const u32 at_hand = frames.free + frames_of(frames, FrameUse::Cache) + frames_of(frames, FrameUse::Swap) +
                        empty_slab_frames() + cached_kernel_stack_frames();
    return frames.total - min(frames.total, at_hand);
}

Result<void> write_vmstat(TextBuffer& out)
{
    const FrameCounts frames = count_frames();
    const FaultCounts faults = total_fault_counts();
    const ReclaimCounts reclaim = reclaim_counts();
    const TlbCounts tlb = tlb_counts();
    out.print("nr_free_pages %u\nnr_frames_in_use %u\n", frames.free, frames_in_use(frames));
    const MemoryUse use = memory_use();
    out.print("nr_anon_pages %u\nnr_file_pages %u\n",
              frames_of(frames, FrameUse::Anonymous) + use.swap_mapped, frames_of(frames, FrameUse::Cache));
    out.print("nr_mapped %u\nnr_shmem %u\nnr_writeback %u\n", use.mapped_file, use.shared, use.writing);
    out.print("nr_dirty %u\nnr_slab %u\nnr_slab_empty %u\n", dirty_pages(), frames_of(frames, FrameUse::Slab),
              empty_slab_frames());
    out.print("nr_page_table_pages %u\nnr_page_directories %u\n", frames_of(frames, FrameUse::Table),
              frames_of(frames, FrameUse::Directory));
    out.print("nr_kernel_stack_pages %u\nnr_kernel_stack_cached %u\nnr_pipe_pages %u\n",
              frames_of(frames, FrameUse::Stack), cached_kernel_stack_frames(),
              frames_of(frames, FrameUse::Pipe));
    const SwapCounts swap = swap_counts();
    out.print("nr_swapcached %u\npswpin %u\npswpout %u\n", swap.cached_pages, swap.pages_in, swap.pages_out);
    out.print("pgfault %u\npgmajfault %u\n", faults.minor + faults.major, faults.major);
    for (u32 i = 0; i < kFaultActions; i++)
        out.print("%s %u\n", counter_name(static_cast<FaultAction>(i)), faults.actions[i]);
    out.print("pgscan %u\npgsteal_kswapd %u\npgsteal_direct %u\nkswapd_wakeups %u\noom_kill %u\n",
              reclaim.scanned, reclaim.stolen, reclaim.direct, reclaim.wakeups, oom_kill_count());
#ifdef FAULTLINE_DEBUG
    const ConsistencyCounts checks = consistency_counts();
    out.print("consistency_checks %u\nconsistency_page_checks %u\nconsistency_full_checks %u\n",
              checks.spaces, checks.pages, checks.everything);
    out.print("consistency_left_out %u\nconsistency_full_left_out %u\n", checks.spaces_left_out,
              checks.everything_left_out);
#endif
    out.print("nr_tlb_local_flush %u\nnr_tlb_remote_flush %u\n", tlb.local_flushes, tlb.shootdowns);
    return {};
}

Result<void> write_swaps(TextBuffer& out)
{
    out.print("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
    const Ref<SwapArea> area = find_swap_area();
    if (!area) return {};
    char name[64];
    area->describe(name);
    out.print("%-40spartition\t%u\t\t%u\t\t-2\n", name, area->total_slots() * kKibPerPage,
              area->used_slots() * kKibPerPage);
    return {};
}

// ---- Time and load ----

struct Hundredths {
    u32 seconds, rest;
    explicit Hundredths(u64 ns)
        : seconds{static_cast<u32>(ns / kNsPerSecond)}, rest{static_cast<u32>(ns % kNsPerSecond / 10'000'000)}
    {
    }
};

Result<void> write_uptime(TextBuffer& out)
{
    u64 idle = 0;
    for (u32 cpu = 0; cpu < cpu_count(); cpu++)
        idle += cpu_times(cpu).idle_ns;
    const Hundredths up{now_ns()}, idled{idle};
    out.print("%u.%02u %u.%02u\n", up.seconds, up.rest, idled.seconds, idled.rest);
    return {};
}

Result<void> write_loadavg(TextBuffer& out)
{
    constexpr u32 kOne = 1 << 11;
    for (u32 which = 0; which < 3; which++) {
        const u32 load = load_average(which);
        out.print("%u.%02u ", load / kOne, load % kOne * 100 / kOne);
    }
    SpinGuard guard{process_lock};
    out.print("%u/%u %u\n", runnable_threads(), process_count(), pids.last());
    return {};
}

Result<void> write_stat(TextBuffer& out)
{
    constexpr u32 kNsPerTick = 10'000'000;
    CpuTimes sum{};
    for (u32 cpu = 0; cpu < cpu_count(); cpu++) {
        const CpuTimes one = cpu_times(cpu);
        sum.user_ns += one.user_ns;
        sum.system_ns += one.system_ns;
        sum.idle_ns += one.idle_ns;
    }
    out.print("cpu  %llu 0 %llu %llu 0 0 0 0 0 0\n", sum.user_ns / kNsPerTick, sum.system_ns / kNsPerTick,
              sum.idle_ns / kNsPerTick);
    for (u32 cpu = 0; cpu < cpu_count(); cpu++) {
        const CpuTimes one = cpu_times(cpu);
        out.print("cpu%u %llu 0 %llu %llu 0 0 0 0 0 0\n", cpu, one.user_ns / kNsPerTick,
                  one.system_ns / kNsPerTick, one.idle_ns / kNsPerTick);
    }
    out.print("intr %llu\n", count_interrupts());
    out.print("ctxt %llu\nbtime %llu\nprocesses %llu\nprocs_running %u\nprocs_blocked 0\n",
              context_switches(), (wall_ns() - now_ns()) / kNsPerSecond, processes_created(),
              runnable_threads());
    return {};
}

// ---- The machine ----

// The CPU's own name for itself, three leaves of 16 bytes; empty where it has none.
void cpu_model(char (&model)[49])
{
    constexpr u32 kHighestExtended = 0x80000000, kFirstName = 0x80000002, kLastName = 0x80000004;
    memset(model, 0, sizeof model);
    if (cpuid(kHighestExtended).eax < kLastName) return;
    for (u32 leaf = kFirstName; leaf <= kLastName; leaf++) {
        const CpuidResult part = cpuid(leaf);
        memcpy(&model[(leaf - kFirstName) * 16], &part, 16);
    }
}

void print_cpu_flags(TextBuffer& out, u32 features)
{
    static const char* const names[32] = {
        "fpu",  "vme",  "de",   "pse", "tsc",  "msr", "pae",   "mce", "cx8",     "apic",  nullptr,
        "sep",  "mtrr", "pge",  "mca", "cmov", "pat", "pse36", "pn",  "clflush", nullptr, "dts",
        "acpi", "mmx",  "fxsr", "sse", "sse2", "ss",  "ht",    "tm",  nullptr,   "pbe"};
    out.print("flags\t\t:");
    for (u32 bit = 0; bit < 32; bit++)
        if ((features >> bit & 1) != 0 && names[bit]) out.print(" %s", names[bit]);
    out.print("\n");
}

Result<void> write_cpuinfo(TextBuffer& out)
{
    char model[49];
    cpu_model(model);
    const CpuidResult vendor = cpuid(0), signature = cpuid(1);
    char vendor_name[13] = {};
    memcpy(&vendor_name[0], &vendor.ebx, 4);
    memcpy(&vendor_name[4], &vendor.edx, 4);
    memcpy(&vendor_name[8], &vendor.ecx, 4);
    const u32 khz = static_cast<u32>(ticks_per_second() / 1000);
    for (u32 cpu = 0; cpu < cpu_count(); cpu++) {
        out.print("processor\t: %u\nvendor_id\t: %s\n", cpu, vendor_name);
        out.print("cpu family\t: %u\nmodel\t\t: %u\nmodel name\t: %s\nstepping\t: %u\n",
                  signature.eax >> 8 & 15, (signature.eax >> 4 & 15) | (signature.eax >> 12 & 0xf0), model,
                  signature.eax & 15);
        out.print("cpu MHz\t\t: %u.%03u\n", khz / 1000, khz % 1000);
        print_cpu_flags(out, signature.edx);
        out.print("bogomips\t: %u.%02u\n\n", khz / 500, khz / 5 % 100);
    }
    return {};
}

Result<void> write_version(TextBuffer& out)
{
    out.print("%s version %s (%s) %s\n", kSystemName, kRelease, kMachine, kVersion);
    return {};
}

Result<void> write_cmdline(TextBuffer& out)
{
    out.print("%s\n", command_line());
    return {};
}

// ---- File systems ----

Result<void> write_filesystems(TextBuffer& out)
{
    for (const FileSystemType* type = first_file_system_type(); type; type = type->next)
        out.print("%s\t%s\n", type->needs_device ? "" : "nodev", type->name);
    return {};
}

// ---- System calls: number, name ("-": not there), how often ----

void print_syscall(TextBuffer& out, u32 number)
{
    const u64 count = syscall_count(number);
    const char* name = syscall_name(number);
    if (count != 0) out.print("%u %s %llu\n", number, name ? name : "-", count);
}

Result<void> write_syscalls(TextBuffer& out)
{
    for (u32 number = 0; number < kLinuxSyscalls; number++)
        print_syscall(out, number);
    for (u32 number = kOwnSyscallsBegin; number < kOwnSyscallsBegin + kOwnSyscalls; number++)
        print_syscall(out, number);
    if (const u64 count = syscall_count(kNoSuchSyscall)) out.print("beyond - %llu\n", count);
    return {};
}

Result<void> write_slabinfo(TextBuffer& out)
{
    out.print("slabinfo - version: 2.1\n# name            <active_objs> <num_objs> <objsize> <objperslab> "
              "<pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> "
              "<num_slabs> <sharedavail>\n");
    for (u32 i = 0; i < slab_classes(); i++) {
        const SlabInfo info = slab_info(i);
        char name[20];
        format(name, "kmalloc-%u", info.object_size);
        out.print("%-17s %6u %6u %6u %4u %4d : tunables %4u %4u %4u : slabdata %6u %6u %6u\n", name,
                  info.objects_used, info.objects_total, info.object_size, info.objects_in_slab, 1, 0, 0, 0,
                  info.slabs - info.empty_slabs, info.slabs, 0);
    }
    return {};
}

constexpr ProcText kSystemTexts[] = {
    {"meminfo", write_meminfo},   {"vmstat", write_vmstat},     {"uptime", write_uptime},
    {"loadavg", write_loadavg},   {"stat", write_stat},         {"cpuinfo", write_cpuinfo},
    {"version", write_version},   {"cmdline", write_cmdline},   {"filesystems", write_filesystems},
    {"syscalls", write_syscalls}, {"slabinfo", write_slabinfo}, {"swaps", write_swaps},
    {"locks", write_locks},
};

}  // namespace

Span<const ProcText> proc_system_texts()
{
    return kSystemTexts;
}

}  // namespace faultline
