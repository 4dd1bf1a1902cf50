// Block devices: disks of 512-byte sectors, the registry that names them (vda, vdb, ram0), and the page cache object of
// each, through which file systems read metadata and /dev/vda is read and written.
//
// A device that is registered stays for good: a plain pointer to one never dangles. Only the driver knows its lock.
#pragma once

#include "arch/layout.h"
#include "lib/atomic.h"
#include "lib/ref.h"
#include "lib/result.h"
#include "lib/span.h"
#include "lib/types.h"
#include "mm/page_source.h"

namespace faultline {

class CachedObject;

constexpr u32 kSectorsPerPage = kPageSize / kSectorSize;

enum class IoDirection : u8 { Read, Write };  // Read: from the device into memory

// Part of one frame. Frames, not addresses: a device needs physical memory, and a kernel stack has none to offer.
struct IoSegment {
    Frame frame;
    u32 offset;      // within the frame; a multiple of kSectorSize
    u32 size_bytes;  // a multiple of kSectorSize, not 0; offset + size_bytes <= kPageSize
};

// What went one way since boot, for /proc/diskstats.
struct BlockTraffic {
    Atomic<u32> requests, sectors, milliseconds;
};

class BlockDevice : public PageSource {
public:
    const BlockTraffic& traffic(IoDirection direction) const { return traffic_[static_cast<u32>(direction)]; }
    u32 in_flight() const { return in_flight_.load(); }

    const char* name() const { return name_; }
    u32 major_number() const { return major_; }
    u32 minor_number() const { return minor_; }
    u64 size_sectors() const { return size_sectors_; }
    u64 size_bytes() const { return size_sectors_ * kSectorSize; }
    bool read_only() const { return read_only_; }

    // Moves the segments, in order, from or to consecutive sectors. Sleeps until all is done; several threads may have
    // requests in flight, and what is in flight together is in no order. Io: the device failed (part may have moved);
    // Invalid: beyond the end of the device; ReadOnly. Allocates nothing, so it may be used to free memory.
    // While interrupts are off (early boot) it polls instead of sleeping.
    Result<void> transfer(IoDirection direction, u64 sector, Span<const IoSegment> segments);

    // Sleeps until everything that transfer() wrote before is on stable storage.
    virtual Result<void> flush() = 0;
    Result<void> settle() override { return flush(); }

    // The cache of the whole device: page n holds the device's bytes from n * kPageSize. The one instance; exists from
    // registration on.
    Ref<CachedObject> pages() const;

    // PageSource. What a last, partial page has beyond the device's end reads as zeroes and is not written.
    Result<void> read_pages(const PageRun& run) override;
    Result<void> write_pages(const PageRun& run) override;
    Result<void> prepare_write(u32 offset, u32 size_bytes) override;
    ObjectIdentity identity() const override { return {major_ << 8 | minor_, 0}; }
    void describe(Span<char> path) const override;
    void last_object_ref_dropped() override {}  // the registry keeps one count for good

protected:
    BlockDevice(u64 size_sectors, bool read_only) : size_sectors_{size_sectors}, read_only_{read_only} {}
    ~BlockDevice() = default;

private:
    friend Result<void> register_block_device(BlockDevice& device, const char* name, u32 major, u32 minor);
    friend BlockDevice* next_block_device(const BlockDevice& device);

    Result<void> move_pages(IoDirection direction, const PageRun& run);

    // transfer() after the checks of range and rights.
    virtual Result<void> do_transfer(IoDirection direction, u64 sector, Span<const IoSegment> segments) = 0;

    u64 size_sectors_;
    bool read_only_;
    char name_[8] = {};
    u32 major_ = 0;
    u32 minor_ = 0;
    RefCounted lifetime_;  // of pages_; never runs out
    CachedObject* pages_ = nullptr;
    BlockDevice* next_ = nullptr;  // in the registry, which only grows
    BlockTraffic traffic_[2];      // by IoDirection
    Atomic<u32> in_flight_;
};

// Numbers are Linux's: virtio disks 254:0, 254:16, ...; ram disks 1:0, 1:1, ...
// Lists the device and makes its cache object. The device must live for good. For drivers.
Result<void> register_block_device(BlockDevice& device, const char* name, u32 major, u32 minor);

// Null if there is none of that name ("vda", without "/dev/").
BlockDevice* find_block_device(StringView name);
BlockDevice* find_block_device(u32 major, u32 minor);

// All devices, oldest first: for (auto* d = first_block_device(); d; d = next_block_device(*d)).
BlockDevice* first_block_device();
BlockDevice* next_block_device(const BlockDevice& device);

// Registers `ram<n>`: a disk that is the memory [start, start + size_bytes), which nobody else uses (a multiboot module),
// anywhere in the first 4 GiB. The loader's copy of the image is what is read and written.
Result<BlockDevice*> create_ramdisk(PhysAddr start, u32 size_bytes);

}  // namespace faultline
