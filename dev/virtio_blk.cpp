// The virtio disk (specification 1.1, section 5.2): vda, vdb, ... in the order in which PCI shows them.
//
// A request is a chain of descriptors: a header, the data, a status byte. Header and status of each stand in frames of the
// driver at the place of the chain's first descriptor; the rest of a request lives on its thread's stack, where the device
// never looks. Any number of threads may wait at a time, as far as there are descriptors.
// Lock: lock_ (rank Device) guards the queue and all requests.
#include "arch/x86.h"
#include "core/log.h"
#include "core/spinlock.h"
#include "core/wait_queue.h"
#include "dev/block.h"
#include "dev/driver.h"
#include "dev/virtio.h"
#include "lib/format.h"
#include "lib/new.h"
#include "mm/frame.h"
#include "mm/heap.h"

namespace faultline {

namespace {

constexpr u16 kTransitionalId = 0x1001, kModernId = 0x1042;
constexpr u64 kSegmentsMax = 1u << 2, kReadOnly = 1u << 5, kBlockSize = 1u << 6, kFlush = 1u << 9;
enum Config : u32 { kCapacity = 0, kSegments = 12, kBlockBytes = 20 };
enum RequestType : u32 { kIn = 0, kOut = 1, kFlushCache = 4 };
constexpr u8 kStatusGood = 0, kStatusUnset = 0xff;

constexpr u32 kExtraDescriptors = 2;  // header and status
constexpr u32 kMajor = 254, kMinorsPerDisk = 16, kMaxDisks = 16;

struct Header {
    u32 type, reserved;
    u64 sector;
};

struct Geometry {
    u64 size_sectors;
    u32 max_segments;
    bool read_only;
    bool has_cache;
};

class VirtioDisk final : public BlockDevice {
public:
    VirtioDisk(const VirtioDevice& device, const Geometry& geometry)
        : BlockDevice{geometry.size_sectors, geometry.read_only}, device_{device},
          max_segments_{geometry.max_segments}, has_cache_{geometry.has_cache}
    {
    }

    Result<void> start();
    Result<void> flush() override;

private:
    // On the stack of the thread that waits for it.
    struct Request {
        WaitQueue done_queue;
        bool done = false;
        u8 status = kStatusUnset;
    };

    Result<void> do_transfer(IoDirection direction, u64 sector, Span<const IoSegment> segments) override;
    Result<void> run(RequestType type, u64 sector, Span<const IoSegment> segments);
    void submit_locked(RequestType type, u64 sector, Span<const IoSegment> segments, Request& request)
        REQUIRES(lock_);
    void add_segments_locked(Span<const IoSegment> segments, bool device_writes) REQUIRES(lock_);
    void wait_locked(WaitQueue& queue, bool may_sleep) REQUIRES(lock_);
    void collect_locked() REQUIRES(lock_);
    static void on_interrupt(void* disk);

    Header* headers() const { return static_cast<Header*>(frame_memory(header_frame_)); }
    u8* statuses() const { return static_cast<u8*>(frame_memory(status_frame_)); }

    SpinLock lock_{LockRank::Device};
    VirtioDevice device_;
    Virtqueue queue_ GUARDED_BY(lock_);
    WaitQueue room_;  // descriptors came free
    Request* requests_[Virtqueue::kMaxSize] GUARDED_BY(lock_) = {};
    Frame header_frame_, status_frame_;  // by descriptor number
    u32 max_segments_;
    const bool has_cache_;
};
static_assert(sizeof(Header) * Virtqueue::kMaxSize <= kPageSize);

Result<void> VirtioDisk::start()
{
    header_frame_ = TRY(allocate_frame(Fill::Zero, FrameUse::Kernel));
    status_frame_ = TRY(allocate_frame(Fill::Zero, FrameUse::Kernel));
    TRY(device_.connect_interrupt(on_interrupt, this));
    SpinGuard guard{lock_};
    TRY(queue_.start(device_, 0));
    // Half of the queue for one request at most: another one fits beside it.
    max_segments_ = min(max_segments_, max(queue_.size() / 2, kExtraDescriptors + 1) - kExtraDescriptors);
    device_.ready();
    return {};
}

// ---- Requests ----

Result<void> VirtioDisk::do_transfer(IoDirection direction, u64 sector, Span<const IoSegment> segments)
{
    while (!segments.empty()) {
        const auto part = segments.first(min<usize>(segments.size(), max_segments_));
        TRY(run(direction == IoDirection::Read ? kIn : kOut, sector, part));
        for (const IoSegment& segment : part)
            sector += segment.size_bytes / kSectorSize;
        segments = segments.from(part.size());
    }
    return {};
}

Result<void> VirtioDisk::flush()
{
    if (!has_cache_ || read_only()) return {};
    return run(kFlushCache, 0, {});
}

Result<void> VirtioDisk::run(RequestType type, u64 sector, Span<const IoSegment> segments)
{
    const bool may_sleep = interrupts_enabled();
    Request request;
    SpinGuard guard{lock_};
    while (queue_.free_count() < segments.size() + kExtraDescriptors)
        wait_locked(room_, may_sleep);
    submit_locked(type, sector, segments, request);
    while (!request.done)
        wait_locked(request.done_queue, may_sleep);
    return request.status == kStatusGood ? Result<void>{} : Errno::Io;
}

// While booting, before interrupts are on, nobody would wake us: look ourselves.
void VirtioDisk::wait_locked(WaitQueue& queue, bool may_sleep)
{
    if (may_sleep) {
        (void)queue.sleep(lock_);  // uninterruptible, without a deadline: it cannot fail
        return;
    }
    pause();
    collect_locked();
}

void VirtioDisk::submit_locked(RequestType type, u64 sector, Span<const IoSegment> segments, Request& request)
{
    const u16 head = queue_.next_head();
    headers()[head] = Header{type, 0, sector};
    statuses()[head] = kStatusUnset;
    requests_[head] = &request;
    const u32 header_offset = head * static_cast<u32>(sizeof(Header));
    queue_.add({header_frame_.address() + header_offset, sizeof(Header), false});
    add_segments_locked(segments, type == kIn);
    queue_.add({status_frame_.address() + head, 1, true});
    queue_.submit();
}

// Neighbours in memory become one descriptor.
void VirtioDisk::add_segments_locked(Span<const IoSegment> segments, bool device_writes)
{
    for (usize i = 0; i < segments.size();) {
        const PhysAddr start = segments[i].frame.address() + segments[i].offset;
        u32 size = segments[i++].size_bytes;
        while (i < segments.size() && segments[i].frame.address() + segments[i].offset == start + size)
            size += segments[i++].size_bytes;
        queue_.add({start, size, device_writes});
    }
}

void VirtioDisk::collect_locked()
{
    bool found;
    bool any = false;
    for (u16 head; head = queue_.take_done(found), found; any = true) {
        Request* const request = requests_[head];
        requests_[head] = nullptr;
        if (!request) continue;
        request->status = statuses()[head];
        request->done = true;
        request->done_queue.wake_all();
    }
    if (any) room_.wake_all();
}

void VirtioDisk::on_interrupt(void* context)
{
    VirtioDisk& disk = *static_cast<VirtioDisk*>(context);
    SpinGuard guard{disk.lock_};
    if (disk.device_.acknowledge_interrupt()) disk.collect_locked();
}

// ---- Finding disks ----

u32 disk_count;

Result<Geometry> read_geometry(const VirtioDevice& device)
{
    if (device.has(kBlockSize) && device.config32(kBlockBytes) != kSectorSize) {
        log_warn("virtio disk: blocks of %u bytes are not supported", device.config32(kBlockBytes));
        return Errno::NotSupported;
    }
    Geometry geometry{};
    geometry.size_sectors = device.config64(kCapacity);
    geometry.max_segments = device.has(kSegmentsMax) ? max(device.config32(kSegments), 1u) : 1;
    geometry.read_only = device.has(kReadOnly);
    geometry.has_cache = device.has(kFlush);
    return geometry;
}

Result<void> add_disk(const PciDevice& pci)
{
    char name[] = "vda";
    if (disk_count == kMaxDisks) return Errno::NoSpace;
    VirtioDevice device{pci};
    TRY(device.start(kSegmentsMax | kReadOnly | kBlockSize | kFlush));
    const Geometry geometry = TRY(read_geometry(device));
    VirtioDisk* const disk = TRY(make<VirtioDisk>(device, geometry));
    TRY(disk->start());
    name[2] = static_cast<char>('a' + disk_count);
    TRY(register_block_device(*disk, name, kMajor, disk_count * kMinorsPerDisk));
    disk_count++;
    log_info("%s: virtio disk of %llu KiB%s", name, geometry.size_sectors / 2,
             geometry.read_only ? ", read-only" : "");
    return {};
}

void visit(const PciDevice& pci, void*)
{
    const bool is_disk = pci.vendor() == VirtioDevice::kVendor &&
                         (pci.device() == kTransitionalId || pci.device() == kModernId);
    if (!is_disk) return;
    const auto added = add_disk(pci);
    if (!added.ok())
        log_warn("virtio disk at PCI %02x:%02x.%u: cannot be used (error %u)", pci.bus(), pci.slot(),
                 pci.function(), static_cast<u32>(added.error()));
}

Result<void> init_virtio_disks()
{
    for_each_pci_device(visit, nullptr);
    return {};
}

DRIVER(virtio_blk, init_virtio_disks);

}  // namespace

}  // namespace faultline
