// The registry of block devices, and what all of them share: range checks, and pages as sectors.
//
// The registry only grows, at boot, on the boot CPU; everybody reads it without a lock.
#include "dev/block.h"

#include "arch/clock.h"

#include "lib/format.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "mm/page_cache.h"

namespace faultline {

namespace {

BlockDevice* oldest;

// Collects neighbouring sectors and moves them with one request. The first error is kept.
class SectorRun {
public:
    SectorRun(BlockDevice& device, IoDirection direction) : device_{device}, direction_{direction} {}

    Result<void> add(u64 sector, Frame frame, u32 offset, u32 size_bytes)
    {
        if (count_ == kMaxRun || (count_ > 0 && sector != end_)) TRY(move());
        if (count_ == 0) start_ = sector;
        segments_[count_++] = IoSegment{frame, offset, size_bytes};
        end_ = sector + size_bytes / kSectorSize;
        return {};
    }

    Result<void> move()
    {
        const u32 count = count_;
        count_ = 0;
        if (count == 0) return {};
        return device_.transfer(direction_, start_, {segments_, count});
    }

private:
    BlockDevice& device_;
    IoDirection direction_;
    u64 start_ = 0, end_ = 0;
    u32 count_ = 0;
    IoSegment segments_[kMaxRun];
};

}  // namespace

Result<void> BlockDevice::transfer(IoDirection direction, u64 sector, Span<const IoSegment> segments)
{
    u64 end = sector;
    for (const IoSegment& segment : segments)
        end += segment.size_bytes / kSectorSize;
    if (end < sector || end > size_sectors_) return Errno::Invalid;
    if (direction == IoDirection::Write && read_only_) return Errno::ReadOnly;
    if (segments.empty()) return {};
    const u64 began = now_ns();
    in_flight_.fetch_add(1);
    const Result<void> done = do_transfer(direction, sector, segments);
    in_flight_.fetch_sub(1);
    BlockTraffic& traffic = traffic_[static_cast<u32>(direction)];
    traffic.requests.fetch_add(1);
    traffic.sectors.fetch_add(static_cast<u32>(end - sector));
    traffic.milliseconds.fetch_add(static_cast<u32>((now_ns() - began) / 1'000'000));
    return done;
}

// Splits each page into its runs of wanted sectors; whole neighbouring pages become one request.
Result<void> BlockDevice::move_pages(IoDirection direction, const PageRun& run)
{
    SectorRun request{*this, direction};
    for (usize page = 0; page < run.frames.size(); page++) {
        const u64 first = (u64{run.first.number()} + page) * kSectorsPerPage;
        const u32 wanted = run.sectors[page];
        for (u32 at = 0; at < kSectorsPerPage;) {
            u32 end = at;
            while (end < kSectorsPerPage && (wanted >> end & 1) && first + end < size_sectors_)
                end++;
            if (end > at)
                TRY(request.add(first + at, run.frames[page], at * kSectorSize, (end - at) * kSectorSize));
            at = end + 1;  // the sector at `end` is not wanted, or not there
        }
    }
    return request.move();
}

Result<void> BlockDevice::read_pages(const PageRun& run)
{
    for (usize page = 0; page < run.frames.size(); page++) {
        const u64 first = (u64{run.first.number()} + page) * kSectorsPerPage;
        if (first + kSectorsPerPage <= size_sectors_) continue;
        const u32 there = first < size_sectors_ ? static_cast<u32>(size_sectors_ - first) * kSectorSize : 0;
        memset(static_cast<u8*>(frame_memory(run.frames[page])) + there, 0, kPageSize - there);
    }
    return move_pages(IoDirection::Read, run);
}

Result<void> BlockDevice::write_pages(const PageRun& run)
{
    return move_pages(IoDirection::Write, run);
}

Result<void> BlockDevice::prepare_write(u32 offset, u32 count_bytes)
{
    if (read_only_) return Errno::ReadOnly;
    if (u64{offset} + count_bytes > size_bytes()) return Errno::NoSpace;
    return {};
}

void BlockDevice::describe(Span<char> path) const
{
    format(path, "/dev/%s", name_);
}

Ref<CachedObject> BlockDevice::pages() const
{
    return Ref<CachedObject>::share(pages_);
}

Result<void> register_block_device(BlockDevice& device, const char* name, u32 major, u32 minor)
{
    if (find_block_device(name)) return Errno::Exists;
    device.pages_ = TRY(make<CachedObject>(device, device.lifetime_, device.size_bytes()));
    copy_string(device.name_, name);
    device.major_ = major;
    device.minor_ = minor;
    BlockDevice** end = &oldest;
    while (*end)
        end = &(*end)->next_;
    *end = &device;
    return {};
}

BlockDevice* first_block_device()
{
    return oldest;
}

BlockDevice* next_block_device(const BlockDevice& device)
{
    return device.next_;
}

BlockDevice* find_block_device(StringView name)
{
    for (BlockDevice* device = oldest; device; device = next_block_device(*device))
        if (name == device->name()) return device;
    return nullptr;
}

BlockDevice* find_block_device(u32 major, u32 minor)
{
    for (BlockDevice* device = oldest; device; device = next_block_device(*device))
        if (device->major_number() == major && device->minor_number() == minor) return device;
    return nullptr;
}

}  // namespace faultline
