// Virtio over PCI (Virtual I/O Device specification 1.1): a device's register blocks, and a split virtqueue.
//
//   descriptors   a frame of 256 x 16 bytes: address, length, flags, next    chains; the free ones are a chain too
//   rings         a frame: what we offer (avail) at 0, what is done (used) at 1024
//
// No lock here: the driver that owns a queue guards it.
#pragma once

#include "arch/layout.h"
#include "dev/pci.h"
#include "lib/result.h"
#include "lib/types.h"

namespace faultline {

class VirtioDevice {
public:
    static constexpr u16 kVendor = 0x1af4;
    static constexpr u64 kVersion1 = u64{1} << 32;

    explicit VirtioDevice(const PciDevice& pci) : pci_{pci} {}

    // Finds and maps the registers, resets the device, and agrees on features: those wanted that it has. NotSupported:
    // it speaks only the protocol before version 1.
    Result<void> start(u64 wanted_features);
    bool has(u64 feature) const { return features_ & feature; }
    // After the queues are set up.
    void ready();
    void give_up();

    u32 config32(u32 offset) const;
    u64 config64(u32 offset) const;

    Result<void> connect_interrupt(void (*handler)(void*), void* context);
    // For the handler: is it we who interrupt? (A message can mean nobody else.)
    bool acknowledge_interrupt();

private:
    friend class Virtqueue;

    Result<void> map_registers();
    Result<volatile u8*> map_block(u8 type, u32 size, u32& capability);
    u8 status() const;
    void set_status(u8 status);

    PciDevice pci_;
    volatile u8* common_ = nullptr;
    volatile u8* notify_ = nullptr;
    volatile u8* interrupt_ = nullptr;
    volatile u8* config_ = nullptr;
    u32 notify_multiplier_ = 0;
    u64 features_ = 0;
    bool uses_messages_ = false;
};

class Virtqueue {
public:
    static constexpr u32 kMaxSize = 256;

    struct Piece {
        PhysAddr address;
        u32 size_bytes;
        bool device_writes;
    };

    Result<void> start(VirtioDevice& device, u16 index);
    u32 size() const { return size_; }
    u32 free_count() const { return free_count_; }

    // The descriptor that the next chain will begin with; fixed until add().
    u16 next_head() const { return free_head_; }
    // Appends one piece to the chain being built; free_count() > 0.
    void add(const Piece& piece);
    // Offers the chain to the device and tells it if it wants to be told. The chain is known by its head.
    void submit();

    // The head of a chain that the device is done with, its descriptors free again; `found` is false if there is none.
    u16 take_done(bool& found);

private:
    struct Descriptor {
        u64 address;
        u32 size_bytes;
        u16 flags, next;
    };
    struct Available {
        u16 flags, index;
        u16 heads[kMaxSize];
    };
    struct Used {
        u16 flags, index;
        struct {
            u32 head, size_bytes;
        } done[kMaxSize];
    };
    static constexpr u32 kUsedOffset = 1024;
    static_assert(sizeof(Descriptor) * kMaxSize == kPageSize);
    static_assert(sizeof(Available) + 2 <= kUsedOffset && kUsedOffset + sizeof(Used) + 2 <= kPageSize);

    void release_chain(u16 head);

    Descriptor* descriptors_ = nullptr;
    Available* available_ = nullptr;
    Used* used_ = nullptr;
    volatile u16* bell_ = nullptr;
    u16 index_ = 0;
    u32 size_ = 0;
    u32 free_count_ = 0;
    u16 free_head_ = 0;
    u16 chain_head_ = 0, chain_last_ = 0;
    u32 chain_size_ = 0;
    u16 seen_ = 0;  // of used_->index
};

}  // namespace faultline
