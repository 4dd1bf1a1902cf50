// Registers and the virtqueue; section numbers are those of the specification, version 1.1.
#include "dev/virtio.h"

#include "lib/new.h"
#include "mm/frame.h"
#include "mm/kernel_map.h"

namespace faultline {

namespace {

constexpr u8 kVendorCapability = 0x09;
enum BlockType : u8 { kCommonBlock = 1, kNotifyBlock = 2, kInterruptBlock = 3, kDeviceBlock = 4 };  // 4.1.4
enum CapabilityOffset : u32 {
    kCapType = 3,
    kCapBar = 4,
    kCapOffset = 8,
    kCapLength = 12,
    kCapMultiplier = 16
};

enum Common : u32 {  // 4.1.4.3
    kDeviceFeatureSelect = 0,
    kDeviceFeature = 4,
    kDriverFeatureSelect = 8,
    kDriverFeature = 12,
    kConfigVector = 16,
    kDeviceStatus = 20,
    kConfigGeneration = 21,
    kQueueSelect = 22,
    kQueueSize = 24,
    kQueueVector = 26,
    kQueueEnable = 28,
    kQueueNotifyOffset = 30,
    kQueueDescriptors = 32,
    kQueueAvailable = 40,
    kQueueUsed = 48,
    kCommonSize = 56,
};
constexpr u32 kConfigSize = 64;  // as much of a device's own block as we look at

enum Status : u8 { kAcknowledged = 1, kDriver = 2, kDriverOk = 4, kFeaturesOk = 8, kFailed = 128 };  // 2.1
constexpr u16 kNoVector = 0xffff;
constexpr u16 kNext = 1, kDeviceWrites = 2;  // of a descriptor, 2.6.5
constexpr u16 kNoNotify = 1;                 // of the used ring

template <class T> volatile T& at(volatile u8* block, u32 offset)
{
    return *reinterpret_cast<volatile T*>(block + offset);
}

void write64(volatile u8* block, u32 offset, PhysAddr address)
{
    at<u32>(block, offset) = address.value();
    at<u32>(block, offset + 4) = 0;
}

}  // namespace

// ---- The device ----

Result<volatile u8*> VirtioDevice::map_block(u8 type, u32 size, u32& capability)
{
    for (capability = pci_.find_capability(kVendorCapability); capability != 0;
         capability = pci_.find_capability(kVendorCapability, capability)) {
        if (pci_.read8(capability + kCapType) != type) continue;
        const auto bar = pci_.memory_bar(pci_.read8(capability + kCapBar));
        if (!bar.ok()) continue;
        const u32 offset = pci_.read32(capability + kCapOffset);
        const u32 length = min(pci_.read32(capability + kCapLength), size);
        return TRY(map_device(bar.value() + offset, length)).as<volatile u8>();
    }
    return Errno::NotSupported;
}

Result<void> VirtioDevice::map_registers()
{
    u32 capability;
    common_ = TRY(map_block(kCommonBlock, kCommonSize, capability));
    interrupt_ = TRY(map_block(kInterruptBlock, 1, capability));
    config_ = TRY(map_block(kDeviceBlock, kConfigSize, capability));
    notify_ = TRY(map_block(kNotifyBlock, kPageSize, capability));
    notify_multiplier_ = pci_.read32(capability + kCapMultiplier);
    return {};
}

u8 VirtioDevice::status() const
{
    return at<u8>(common_, kDeviceStatus);
}

void VirtioDevice::set_status(u8 status)
{
    at<u8>(common_, kDeviceStatus) = status;
}

Result<void> VirtioDevice::start(u64 wanted_features)
{
    pci_.enable();
    TRY(map_registers());
    set_status(0);
    while (status() != 0) {  // 3.1.1: reset is over when it reads as 0
    }
    set_status(kAcknowledged | kDriver);
    for (u32 half = 0; half < 2; half++) {
        at<u32>(common_, kDeviceFeatureSelect) = half;
        const u32 offered = at<u32>(common_, kDeviceFeature);
        const u32 taken = offered & static_cast<u32>((wanted_features | kVersion1) >> 32 * half);
        at<u32>(common_, kDriverFeatureSelect) = half;
        at<u32>(common_, kDriverFeature) = taken;
        features_ |= u64{taken} << 32 * half;
    }
    set_status(kAcknowledged | kDriver | kFeaturesOk);
    if (has(kVersion1) && (status() & kFeaturesOk)) return {};
    give_up();
    return Errno::NotSupported;
}

void VirtioDevice::ready()
{
    set_status(kAcknowledged | kDriver | kFeaturesOk | kDriverOk);
}

void VirtioDevice::give_up()
{
    set_status(static_cast<u8>(status() | kFailed));
}

u32 VirtioDevice::config32(u32 offset) const
{
    return at<u32>(config_, offset);
}

u64 VirtioDevice::config64(u32 offset) const
{
    for (;;) {  // 4.1.4.3.1: the generation tells whether both halves belong together
        const u8 generation = at<u8>(common_, kConfigGeneration);
        const u64 value = config32(offset) | u64{config32(offset + 4)} << 32;
        if (at<u8>(common_, kConfigGeneration) == generation) return value;
    }
}

Result<void> VirtioDevice::connect_interrupt(void (*handler)(void*), void* context)
{
    uses_messages_ = TRY(pci_.connect_interrupt(handler, context)) == PciDevice::InterruptKind::Message;
    at<u16>(common_, kConfigVector) = kNoVector;
    return {};
}

bool VirtioDevice::acknowledge_interrupt()
{
    return uses_messages_ || at<u8>(interrupt_, 0) != 0;  // reading lowers the line
}

// ---- The queue ----

Result<void> Virtqueue::start(VirtioDevice& device, u16 index)
{
    volatile u8* const common = device.common_;
    at<u16>(common, kQueueSelect) = index;
    size_ = min<u32>(at<u16>(common, kQueueSize), kMaxSize);
    if (size_ < 4 || (size_ & (size_ - 1)) != 0) return Errno::NotSupported;
    const Frame descriptors = TRY(allocate_frame(Fill::Zero, FrameUse::Kernel));
    const auto rings = allocate_frame(Fill::Zero, FrameUse::Kernel);
    if (!rings.ok()) {
        release_frame(descriptors);
        return rings.error();
    }
    descriptors_ = static_cast<Descriptor*>(frame_memory(descriptors));
    available_ = static_cast<Available*>(frame_memory(rings.value()));
    used_ = reinterpret_cast<Used*>(static_cast<u8*>(frame_memory(rings.value())) + kUsedOffset);
    for (u32 i = 0; i < size_; i++)
        descriptors_[i].next = static_cast<u16>(i + 1);
    free_count_ = size_;
    index_ = index;

    at<u16>(common, kQueueSize) = static_cast<u16>(size_);
    at<u16>(common, kQueueVector) = device.uses_messages_ ? 0 : kNoVector;
    if (device.uses_messages_ && at<u16>(common, kQueueVector) == kNoVector) return Errno::NotSupported;
    write64(common, kQueueDescriptors, descriptors.address());
    write64(common, kQueueAvailable, rings.value().address());
    write64(common, kQueueUsed, rings.value().address() + kUsedOffset);
    bell_ = &at<u16>(device.notify_, at<u16>(common, kQueueNotifyOffset) * device.notify_multiplier_);
    at<u16>(common, kQueueEnable) = 1;
    return {};
}

void Virtqueue::add(const Piece& piece)
{
    const u16 here = free_head_;
    Descriptor& descriptor = descriptors_[here];
    free_head_ = descriptor.next;
    free_count_--;
    descriptor.address = piece.address.value();
    descriptor.size_bytes = piece.size_bytes;
    descriptor.flags = piece.device_writes ? kDeviceWrites : 0;
    if (chain_size_++ == 0)
        chain_head_ = here;
    else
        descriptors_[chain_last_].flags |= kNext;  // .next is already `here`: it was the free chain's
    chain_last_ = here;
}

// The index is stored after the entry (a release), and before we ask whether the device sleeps (hence sequential).
void Virtqueue::submit()
{
    const u16 place = available_->index;
    available_->heads[place % size_] = chain_head_;
    chain_size_ = 0;
    __atomic_store_n(&available_->index, static_cast<u16>(place + 1), __ATOMIC_SEQ_CST);
    if (!(__atomic_load_n(&used_->flags, __ATOMIC_SEQ_CST) & kNoNotify)) *bell_ = index_;
}

u16 Virtqueue::take_done(bool& found)
{
    found = __atomic_load_n(&used_->index, __ATOMIC_ACQUIRE) != seen_;
    if (!found) return 0;
    const u16 head = static_cast<u16>(used_->done[seen_++ % size_].head % size_);
    release_chain(head);
    return head;
}

void Virtqueue::release_chain(u16 head)
{
    u16 last = head;
    for (free_count_++; descriptors_[last].flags & kNext; free_count_++)
        last = descriptors_[last].next;
    descriptors_[last].next = free_head_;
    free_head_ = head;
}

}  // namespace faultline
