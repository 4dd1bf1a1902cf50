// /proc/kpagecount and /proc/kpageflags: one 64-bit record for each frame, as Linux has them (Documentation/admin-guide/
// mm/pagemap.rst). Read without a lock: each record is a moment's truth.
#include "kernel/procfs.h"
#include "lib/bits.h"
#include "mm/frame.h"
#include "mm/inspect.h"

namespace faultline {

namespace {

enum KernelPageFlag : u32 {  // bits of kpageflags
    kReferencedBit = 2,
    kUpToDateBit = 3,
    kDirtyBit = 4,
    kLruBit = 5,
    kSlabBit = 7,
    kWritebackBit = 8,
    kBuddyBit = 10,
    kMappedBit = 11,
    kAnonymousBit = 12,
    kSwapCacheBit = 13,
    kSwapBackedBit = 14,
    kNoPageBit = 20,
    kZeroPageBit = 24,
    kPageTableBit = 26,
};

constexpr u64 bit(KernelPageFlag flag)
{
    return u64{1} << flag;
}

bool is_mapped(Frame frame)
{
    const FrameRecord& record = frame_record(frame);
    const u32 owners = record.owners.load();
    return record.use == FrameUse::Anonymous ||
           ((record.use == FrameUse::Cache || record.use == FrameUse::Swap) && owners > 1);
}

u64 cache_flags(const FrameRecord& record, bool is_mapped)
{
    return bit(kLruBit) | (is_mapped ? bit(kMappedBit) : 0) |
           ((record.flags & kFrameReferenced) != 0 ? bit(kReferencedBit) : 0) |
           ((record.flags & kFrameWriting) != 0 ? bit(kWritebackBit) : 0) |
           ((record.flags & kFrameBusy) == 0 ? bit(kUpToDateBit) : 0) |
           ((record.flags & kFrameShared) != 0 ? bit(kSwapBackedBit) | bit(kDirtyBit) : 0) |
           (record.dirty_sectors != 0 ? bit(kDirtyBit) : 0);
}

u64 flags_of(Frame frame)
{
    const FrameRecord& record = frame_record(frame);
    switch (record.use) {
    case FrameUse::Reserved:
        return bit(kNoPageBit);
    case FrameUse::Free:
        return bit(kBuddyBit);
    case FrameUse::Slab:
        return bit(kSlabBit);
    case FrameUse::Directory:
    case FrameUse::Table:
        return bit(kPageTableBit);
    case FrameUse::Anonymous:
        return bit(kUpToDateBit) | bit(kDirtyBit) | bit(kLruBit) | bit(kMappedBit) | bit(kAnonymousBit) |
               bit(kSwapBackedBit);
    case FrameUse::Cache:
        return cache_flags(record, is_mapped(frame));
    case FrameUse::Swap:
        return cache_flags(record, is_mapped(frame)) | bit(kAnonymousBit) | bit(kSwapCacheBit) |
               bit(kSwapBackedBit);
    case FrameUse::Zero:
        return bit(kZeroPageBit);
    case FrameUse::Kernel:
    case FrameUse::Stack:
    case FrameUse::Pipe:
        break;
    }
    return 0;
}

u64 count_of(Frame frame)
{
    return is_mapped(frame) ? mapping_count(frame) : 0;
}

template <u64 (*record_of)(Frame)> Result<u32> read_frames(u64 first, Span<u64> out)
{
    if (first >= frame_limit()) return 0u;
    const u32 start = static_cast<u32>(first);
    const u32 count = min(static_cast<u32>(out.size()), frame_limit() - start);
    for (u32 i = 0; i < count; i++)
        out[i] = record_of(Frame{start + i});
    return count;
}

constexpr ProcRecords kRecords[] = {{"kpagecount", read_frames<count_of>},
                                    {"kpageflags", read_frames<flags_of>}};

}  // namespace

Span<const ProcRecords> proc_system_records()
{
    return kRecords;
}

}  // namespace faultline
