#include "fs/devices.h"

#include "core/random.h"
#include "dev/block.h"
#include "fs/file.h"
#include "fs/terminals.h"
#include "lib/bits.h"
#include "mm/heap.h"
#include "mm/page_cache.h"
#include "mm/user_access.h"

namespace faultline {

namespace {

DeviceEntry devices[kMaxDevices];
u32 devices_used = 0;
TtyCaller (*caller_hook)() = nullptr;

// ---- null, zero, full, random ----

enum class Memory : u8 { Null, Zero, Full, Random };

class MemoryDevice final : public FileLike {
public:
    explicit MemoryDevice(Memory kind) : kind_{kind} {}

    Result<u32> read(File& file, u64 offset, IoBuffer& buffer) override;
    Result<u32> write(File& file, u64 offset, IoBuffer& buffer) override;
    Result<Ref<MemoryObject>> object() override;
    Result<void> sync() override { return {}; }
    bool seekable() const override { return true; }
    void last_ref_dropped() override { destroy(this); }

private:
    Memory kind_;
};

Result<u32> read_random(IoBuffer& buffer)
{
    u8 bytes[128];
    u32 done = 0;
    while (buffer.remaining() != 0) {
        const u32 size = min(buffer.remaining(), u32{sizeof bytes});
        random_bytes(Span<u8>{bytes, size});
        const Result<void> put = buffer.put(bytes, size);
        if (!put.ok()) return done != 0 ? Result<u32>{done} : Result<u32>{put.error()};
        done += size;
    }
    return done;
}

Result<u32> MemoryDevice::read(File&, u64, IoBuffer& buffer)
{
    switch (kind_) {
    case Memory::Null:
        return u32{0};
    case Memory::Random:
        return read_random(buffer);
    case Memory::Zero:
    case Memory::Full:
        break;
    }
    const u32 size = buffer.remaining();
    TRY(buffer.put_zeroes(size));
    return size;
}

Result<u32> MemoryDevice::write(File&, u64, IoBuffer& buffer)
{
    if (kind_ == Memory::Full && buffer.remaining() != 0) return Errno::NoSpace;
    const u32 size = buffer.remaining();
    buffer.skip(size);
    return size;
}

Result<Ref<MemoryObject>> MemoryDevice::object()
{
    if (kind_ != Memory::Zero) return Errno::NoDevice;
    return Ref<MemoryObject>{};
}

Result<Ref<FileLike>> open_shared(void* context, u32)
{
    return Ref<FileLike>::share(static_cast<FileLike*>(context));
}

Result<void> register_memory_device(const char* name, u32 minor, Memory kind)
{
    MemoryDevice* device = TRY(make<MemoryDevice>(kind));  // the registry keeps its count for good
    return register_device({name, DeviceKind::Character, DeviceNumber{1, minor}, 0666, open_shared, device});
}

// ---- Disks ----

constexpr u32 kGetReadOnly = 0x125E;    // BLKROGET
constexpr u32 kGetSectors = 0x1260;     // BLKGETSIZE
constexpr u32 kFlushBuffers = 0x1261;   // BLKFLSBUF
constexpr u32 kGetSectorSize = 0x1268;  // BLKSSZGET
constexpr u32 kGetBytes = 0x80041272;   // BLKGETSIZE64, with i386's size_t in its number

class DiskFile final : public FileLike {
public:
    explicit DiskFile(BlockDevice& device) : device_{device}, pages_{device.pages()} {}

    Result<u32> read(File& file, u64 offset, IoBuffer& buffer) override;
    Result<u32> write(File& file, u64 offset, IoBuffer& buffer) override;
    Result<u32> ioctl(File& file, u32 request, UserAddr argument) override;
    Result<Ref<MemoryObject>> object() override { return Ref<MemoryObject>{pages_}; }
    Result<void> sync() override;
    bool seekable() const override { return true; }
    u64 size_bytes() const override { return device_.size_bytes(); }
    void last_ref_dropped() override { destroy(this); }

private:
    BlockDevice& device_;
    Ref<CachedObject> pages_;
    SleepLock writers_{LockRank::Inode};
};

Result<u32> DiskFile::read(File&, u64 offset, IoBuffer& buffer)
{
    if (offset >= device_.size_bytes()) return u32{0};
    return pages_->read(buffer, offset);
}

Result<u32> DiskFile::write(File&, u64 offset, IoBuffer& buffer)
{
    if (device_.read_only()) return Errno::Perm;
    if (buffer.remaining() == 0) return u32{0};
    if (offset >= device_.size_bytes()) return Errno::NoSpace;
    const u64 room = device_.size_bytes() - offset;
    IoBuffer part = buffer.first(static_cast<u32>(min(room, u64{buffer.remaining()})));
    SleepGuard guard{writers_};
    const u32 written = TRY(pages_->write(part, offset));
    buffer.skip(written);
    return written;
}

Result<void> DiskFile::sync()
{
    TRY(pages_->write_back_all());
    return device_.flush();
}

template <class T> Result<u32> answer(UserAddr to, T value)
{
    TRY(copy_to_user(to, &value, sizeof value));
    return u32{0};
}

Result<u32> DiskFile::ioctl(File&, u32 request, UserAddr argument)
{
    switch (request) {
    case kGetReadOnly:
        return answer(argument, u32{device_.read_only() ? 1u : 0u});
    case kGetSectors:
        return answer(argument, static_cast<u32>(min(device_.size_sectors(), u64{~u32{0}})));
    case kGetSectorSize:
        return answer(argument, u32{kSectorSize});
    case kGetBytes:
        return answer(argument, device_.size_bytes());
    case kFlushBuffers:
        TRY(sync());
        return u32{0};
    default:
        return Errno::NotTty;
    }
}

Result<Ref<FileLike>> open_disk(void* context, u32)
{
    return Ref<FileLike>::adopt(TRY(make<DiskFile>(*static_cast<BlockDevice*>(context))));
}

Result<void> register_disks()
{
    for (BlockDevice* device = first_block_device(); device; device = next_block_device(*device)) {
        const DeviceNumber number{device->major_number(), device->minor_number()};
        TRY(register_device({device->name(), DeviceKind::Block, number, 0660, open_disk, device}));
    }
    return {};
}

}  // namespace

void set_caller_hook(TtyCaller (*current_caller)())
{
    caller_hook = current_caller;
}
TtyCaller current_tty_caller()
{
    return caller_hook ? caller_hook() : TtyCaller{};
}

u32 device_count()
{
    return devices_used;
}
const DeviceEntry& device_at(u32 index)
{
    return devices[index];
}

Result<void> register_device(const DeviceEntry& entry)
{
    if (devices_used == kMaxDevices) return Errno::NoSpace;
    devices[devices_used++] = entry;
    return {};
}

Result<Ref<FileLike>> open_device(DeviceKind kind, DeviceNumber number, u32 flags)
{
    for (u32 i = 0; i < devices_used; i++)
        if (devices[i].kind == kind && devices[i].number == number)
            return devices[i].open(devices[i].context, flags);
    if (kind == DeviceKind::Character && number.major() >= kPtyFirstMajor && number.major() <= kPtyLastMajor)
        return open_pty_slave(number, flags);
    return Errno::NoDeviceOrAddress;
}

Result<void> register_standard_devices()
{
    TRY(register_memory_device("null", 3, Memory::Null));
    TRY(register_memory_device("zero", 5, Memory::Zero));
    TRY(register_memory_device("full", 7, Memory::Full));
    TRY(register_memory_device("random", 8, Memory::Random));
    TRY(register_memory_device("urandom", 9, Memory::Random));
    TRY(register_terminals());
    return register_disks();
}

}  // namespace faultline
