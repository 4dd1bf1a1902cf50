// /proc/PID/{maps,smaps,smaps_rollup,statm,pagemap,faults} and what status says of memory. Names, columns and units are
// Linux's (fs/proc/task_mmu.c): programs parse them.
#include "kernel/procfs_memory.h"

#include "core/scheduler.h"
#include "fs/inode.h"
#include "lib/format.h"
#include "mm/frame.h"
#include "mm/inspect.h"

namespace faultline {

namespace {

constexpr u32 kKibPerPage = kPageSize / kKiB;

template <class See> void for_each_region(AddressSpace& space, See see)
{
    for (UserPage at;;) {
        const auto region = space.region_at_or_after(at);
        if (!region) return;
        see(region.value());
        at = region->end;
        give_way();
    }
}

bool is_shared_memory(const AddressSpace::RegionView& region)
{
    return region.object && region.object->identity().device == 0;
}

bool is_locked(const AddressSpace::RegionView& region)
{
    return (region.flags & kRegionLocked) != 0;
}

// ---- maps ----

const char* region_name(const AddressSpace::RegionView& region, Span<char> room)
{
    switch (region.kind) {
    case RegionKind::Heap:
        return "[heap]";
    case RegionKind::Stack:
        return "[stack]";
    case RegionKind::Guard:
        return "[guard]";
    case RegionKind::Mapping:
        break;
    }
    if (!region.object) return "";
    room[0] = 0;
    region.object->describe(room);
    return room.data();
}

void print_header(TextBuffer& out, UserPage first, UserPage end, Rights rights, char sharing, u32 offset,
                  ObjectIdentity identity, const char* name)
{
    char line[96];
    format(line, "%08x-%08x %c%c%c%c %08x %02x:%02x %u", first.address().value(), end.address().value(),
           rights.readable() ? 'r' : '-', rights.writable() ? 'w' : '-', rights.executable() ? 'x' : '-',
           sharing, offset, identity.device >> 8 & 0xfff, identity.device & 0xff, identity.inode);
    if (name[0] == 0)
        out.print("%s \n", line);
    else
        out.print("%-72s %s\n", line, name);
}

void print_region(TextBuffer& out, const AddressSpace::RegionView& region)
{
    char room[256];
    const ObjectIdentity identity = region.object ? region.object->identity() : ObjectIdentity{};
    print_header(out, region.first, region.end, region.rights, region.sharing == Sharing::Shared ? 's' : 'p',
                 region.object ? region.object_start.number() << kPageShift : 0, identity,
                 region_name(region, room));
}

// ---- smaps ----

void print_kib(TextBuffer& out, const char* name, u32 kib)
{
    out.print("%-16s%8u kB\n", name, kib);
}

void print_pages(TextBuffer& out, const char* name, u32 pages)
{
    print_kib(out, name, pages * kKibPerPage);
}

void print_usage(TextBuffer& out, const RegionUsage& usage, u32 locked_pages)
{
    print_pages(out, "Rss:", usage.resident);
    print_kib(out, "Pss:", static_cast<u32>(usage.share_bytes / kKiB));
    print_kib(out, "Pss_Dirty:", static_cast<u32>(usage.dirty_share_bytes / kKiB));
    print_pages(out, "Shared_Clean:", usage.shared_clean);
    print_pages(out, "Shared_Dirty:", usage.shared_dirty);
    print_pages(out, "Private_Clean:", usage.private_clean);
    print_pages(out, "Private_Dirty:", usage.private_dirty);
    print_pages(out, "Referenced:", usage.referenced);
    print_pages(out, "Anonymous:", usage.anonymous);
    static const char* const kNotHere[] = {
        "KSM:",           "LazyFree:",       "AnonHugePages:",  "ShmemPmdMapped:",
        "FilePmdMapped:", "Shared_Hugetlb:", "Private_Hugetlb:"};
    for (const char* name : kNotHere)
        print_kib(out, name, 0);
    print_pages(out, "Swap:", usage.swapped);
    print_kib(out, "SwapPss:", static_cast<u32>(usage.swapped_share_bytes / kKiB));
    print_pages(out, "Locked:", locked_pages);
}

void print_flags(TextBuffer& out, const AddressSpace::RegionView& region)
{
    const auto flag = [&out](bool holds, const char* name) {
        if (holds) out.print("%s ", name);
    };
    out.append("VmFlags: ");
    flag(region.rights.readable(), "rd");
    flag(region.rights.writable(), "wr");
    flag(region.rights.executable(), "ex");
    flag(region.sharing == Sharing::Shared, "sh");
    flag(region.most_rights.readable(), "mr");
    flag(region.most_rights.writable(), "mw");
    flag(region.most_rights.executable(), "me");
    flag(region.sharing == Sharing::Shared && region.most_rights.writable(), "ms");
    flag((region.flags & kRegionGrowsDown) != 0, "gd");
    flag((region.flags & kRegionLocked) != 0, "lo");
    flag((region.flags & kRegionNotForked) != 0, "dc");
    flag((region.flags & kRegionCharged) != 0, "ac");
    flag((region.flags & kRegionNoReserve) != 0, "nr");
    flag((region.flags & kRegionLockedOnFault) != 0, "lf");
    flag((region.flags & kRegionWipedByFork) != 0, "wf");
    out.append('\n');
}

void print_details(TextBuffer& out, AddressSpace& space, const AddressSpace::RegionView& region)
{
    print_region(out, region);
    print_pages(out, "Size:", region.end - region.first);
    print_pages(out, "KernelPageSize:", 1);
    print_pages(out, "MMUPageSize:", 1);
    const RegionUsage usage = space.usage_of(region.first, region.end);
    print_usage(out, usage, is_locked(region) ? usage.resident : 0);
    out.print("THPeligible:    %8u\n", 0);
    print_flags(out, region);
}

// ---- status ----

struct Parts {
    u32 libraries = 0;  // text that is not the program's own
    u32 resident_shared = 0;
};

Parts parts_of(Process& process, AddressSpace& space)
{
    Parts parts;
    u64 size_bytes;
    const Ref<MemoryObject> program = executable_object(process, size_bytes);
    for_each_region(space, [&](const AddressSpace::RegionView& region) {
        const bool is_text = region.rights.executable() && !region.rights.writable();
        if (is_text && region.object && region.object != program)
            parts.libraries += region.end - region.first;
        if (is_shared_memory(region))
            parts.resident_shared += space.usage_of(region.first, region.end).resident;
    });
    return parts;
}

}  // namespace

Ref<MemoryObject> executable_object(Process& process, u64& size_bytes)
{
    Place place;
    {
        SpinGuard guard{process_lock};
        place = process.executable;
    }
    if (!place) return nullptr;
    size_bytes = place.inode().size_bytes();
    auto object = place.inode().object();
    return object.ok() ? object.take() : nullptr;
}

void print_memory_status(Process& process, AddressSpace& space, TextBuffer& out)
{
    const SpaceUsage memory = space.usage();
    const Parts parts = parts_of(process, space);
    const u32 resident = memory.resident_anonymous + memory.resident_file;
    const auto line = [&out](const char* name, u32 pages) {
        out.print("%s\t%8u kB\n", name, pages * kKibPerPage);
    };
    line("VmPeak:", memory.peak_mapped);
    line("VmSize:", memory.mapped_pages);
    line("VmLck:", memory.locked_pages);
    line("VmPin:", 0);
    line("VmHWM:", max(memory.peak_resident, resident));
    line("VmRSS:", resident);
    line("RssAnon:", memory.resident_anonymous);
    line("RssFile:", memory.resident_file - min(memory.resident_file, parts.resident_shared));
    line("RssShmem:", parts.resident_shared);
    line("VmData:", memory.data_pages);
    line("VmStk:", memory.stack_pages);
    line("VmExe:", memory.text_pages - min(memory.text_pages, parts.libraries));
    line("VmLib:", parts.libraries);
    line("VmPTE:", memory.table_frames);
    line("VmSwap:", memory.swapped_pages);
    out.print("Policy:\t%s\nCR3:\t%08x\n", space.policy().name, space.loaded().directory.value());
}

Result<void> write_process_statm(Process& process, TextBuffer& out)
{
    const Ref<AddressSpace> space = process.share_space();
    const SpaceUsage memory = space ? space->usage() : SpaceUsage{};
    out.print("%u %u %u %u 0 %u 0\n", memory.mapped_pages, memory.resident_anonymous + memory.resident_file,
              memory.resident_file, memory.text_pages, memory.data_pages + memory.stack_pages);
    return {};
}

Result<void> write_process_maps(Process& process, TextBuffer& out)
{
    const Ref<AddressSpace> space = process.share_space();
    if (space)
        for_each_region(*space, [&](const AddressSpace::RegionView& region) { print_region(out, region); });
    return {};
}

Result<void> write_process_smaps(Process& process, TextBuffer& out)
{
    const Ref<AddressSpace> space = process.share_space();
    if (space)
        for_each_region(*space,
                        [&](const AddressSpace::RegionView& region) { print_details(out, *space, region); });
    return {};
}

Result<void> write_process_smaps_rollup(Process& process, TextBuffer& out)
{
    const Ref<AddressSpace> space = process.share_space();
    if (!space) return {};
    RegionUsage sum;
    u32 locked = 0;
    UserPage first = kUserEndPage, end;
    for_each_region(*space, [&](const AddressSpace::RegionView& region) {
        const RegionUsage usage = space->usage_of(region.first, region.end);
        sum.add(usage);
        if (is_locked(region)) locked += usage.resident;
        if (region.first < first) first = region.first;
        end = region.end;
    });
    if (end < first) return {};
    print_header(out, first, end, Rights::none(), 'p', 0, {}, "[rollup]");
    print_usage(out, sum, locked);
    return {};
}

Result<void> write_process_faults(Process& process, TextBuffer& out)
{
    const Ref<AddressSpace> space = process.share_space();
    const FaultCounts counts = space ? space->fault_counts() : FaultCounts{};
    for (u32 i = 0; i < kFaultActions; i++)
        out.print("%s %u\n", counter_name(static_cast<FaultAction>(i)), counts.actions[i]);
    out.print("minor %u\nmajor %u\n", counts.minor, counts.major);
    return {};
}

// ---- pagemap ----

namespace {

constexpr u64 kPagemapExclusive = u64{1} << 56;
constexpr u64 kPagemapFileOrShared = u64{1} << 61;
constexpr u64 kPagemapSwapped = u64{1} << 62;  // bits 0..4: which area, bits 5..54: the slot
constexpr u64 kPagemapPresent = u64{1} << 63;

u64 pagemap_record(Pte pte, bool with_frames)
{
    if (pte.is_swap()) return kPagemapSwapped | u64{pte.swap_slot()} << 5;
    if (!pte.holds_frame()) return 0;
    const Frame frame = pte.frame();
    const FrameUse use = frame_record(frame).use;
    return kPagemapPresent | (with_frames ? frame.number() : 0) |
           (use == FrameUse::Cache ? kPagemapFileOrShared : 0) |
           (use != FrameUse::Zero && mapping_count(frame) == 1 ? kPagemapExclusive : 0);
}

}  // namespace

Result<u32> read_pagemap(Process& process, u64 first, Span<u64> out, bool with_frames)
{
    Pte entries[64];
    const Ref<AddressSpace> space = process.share_space();
    if (!space || first >= kUserEndPage.number()) return 0u;
    u32 done = 0;
    while (done < out.size()) {
        const u32 wanted =
            min(static_cast<u32>(out.size()) - done, static_cast<u32>(sizeof entries / sizeof *entries));
        const u32 count = space->copy_entries(UserPage{static_cast<u32>(first)} + done, {entries, wanted});
        for (u32 i = 0; i < count; i++)
            out[done + i] = pagemap_record(entries[i], with_frames);
        done += count;
        if (count < wanted) break;
    }
    return done;
}

}  // namespace faultline
