// A disk in memory: the boot loader's copy of a file-system image. Writes go to that copy, so they last until the machine
// stops, and need no memory: pages can always be written back to it.
//
// The memory may lie outside the direct map, so it is reached through temporary mappings. No lock: sectors are only
// copied, and two requests for the same sector are in no order on any disk.
#include "core/scheduler.h"
#include "dev/block.h"
#include "lib/format.h"
#include "lib/new.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "mm/kernel_map.h"

namespace faultline {

namespace {

constexpr u32 kMajor = 1;
u32 ramdisk_count;

class Ramdisk final : public BlockDevice {
public:
    Ramdisk(PhysAddr start, u32 size_sectors) : BlockDevice{size_sectors, false}, start_{start} {}
    Result<void> flush() override { return {}; }

private:
    Result<void> do_transfer(IoDirection direction, u64 sector, Span<const IoSegment> segments) override
    {
        PhysAddr here = start_ + static_cast<u32>(sector) * kSectorSize;
        for (const IoSegment& segment : segments) {
            copy(direction, here, segment);
            here = here + segment.size_bytes;
            give_way();
        }
        return {};
    }

    static void copy(IoDirection direction, PhysAddr disk, const IoSegment& segment)
    {
        const TemporaryMapping mapping{disk, segment.size_bytes};
        u8* const memory = static_cast<u8*>(frame_memory(segment.frame)) + segment.offset;
        if (direction == IoDirection::Read)
            memcpy(memory, mapping.data(), segment.size_bytes);
        else
            memcpy(mapping.data(), memory, segment.size_bytes);
    }

    const PhysAddr start_;
};

}  // namespace

Result<BlockDevice*> create_ramdisk(PhysAddr start, u32 size_bytes)
{
    char name[8];
    format(name, "ram%u", ramdisk_count);
    Ramdisk* const disk = TRY(make<Ramdisk>(start, size_bytes / kSectorSize));
    const auto registered = register_block_device(*disk, name, kMajor, ramdisk_count);
    if (!registered.ok()) {
        destroy(disk);
        return registered.error();
    }
    ramdisk_count++;
    return disk;
}

}  // namespace faultline
