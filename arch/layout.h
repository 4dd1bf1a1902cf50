// The map of memory, and the address types.
//
//   virtual 0x00000000  page 0: never mapped in the Linux layout
//           0x08048000  text, data, bss of a Linux-style program, then the heap (brk), growing up
//           ...         mmap area, from below the stack's reserve downwards
//           0x80000000  KERNBASE: top of the user's stack; the kernel's half begins
//           KERNBASE+N  physical N (the direct map), as far as kDirectMapEnd
//           0xF8000000  kernel stacks, each above an unmapped guard page; temporary mappings
//           0xFE000000  DEVSPACE: device registers, uncached
//
// Physical addresses are numbers, virtual addresses are pointers, and the types do not mix: PhysAddr::to_kernel() and
// KernelAddr::to_phys() are the only bridge, and they hold for the direct map alone. A UserAddr is never dereferenced:
// mm/user_access.h copies.
#pragma once

#include "lib/types.h"

namespace faultline {

constexpr u32 kPageSize = 4096;
constexpr u32 kPageShift = 12;
constexpr u32 kLargePageSize = 4 * kMiB;     // a PDE with PS (SDM vol. 3A, "32-Bit Paging")
constexpr u32 kKernelBase = 0x80000000;      // xv6: KERNBASE
constexpr u32 kUserEnd = kKernelBase;        // user addresses stand below
constexpr u32 kDirectMapEnd = 0xF8000000;    // the direct map may reach up to here
constexpr u32 kStackAreaBegin = 0xF8000000;  // kernel stacks with their guard pages
constexpr u32 kStackAreaEnd = 0xFD800000;
constexpr u32 kTemporaryBegin = 0xFD800000;  // temporary mappings (4 MiB: one page table)
constexpr u32 kTemporaryEnd = 0xFDC00000;
constexpr u32 kDeviceBegin = 0xFE000000;        // xv6: DEVSPACE
constexpr u32 kDeviceEnd = 0xFFC00000;          // the last page table stays empty: no pointer wraps
constexpr u32 kKernelLoadAddress = 0x00100000;  // xv6: EXTMEM

constexpr u32 page_round_up(u32 address)
{
    return (address + kPageSize - 1) & ~(kPageSize - 1);
}  // xv6: PGROUNDUP
constexpr u32 page_round_down(u32 address)
{
    return address & ~(kPageSize - 1);
}  // xv6: PGROUNDDOWN

class KernelAddr;

// A physical address: a number. RAM in the direct map can be reached through to_kernel().
class PhysAddr {
public:
    constexpr PhysAddr() = default;
    constexpr explicit PhysAddr(u32 value) : value_{value} {}
    constexpr u32 value() const { return value_; }
    inline KernelAddr to_kernel() const;  // xv6: P2V ; asserts that the address lies in the direct map
    constexpr bool operator==(PhysAddr other) const { return value_ == other.value_; }
    constexpr bool operator!=(PhysAddr other) const { return value_ != other.value_; }
    constexpr bool operator<(PhysAddr other) const { return value_ < other.value_; }
    constexpr PhysAddr operator+(u32 offset) const { return PhysAddr{value_ + offset}; }

private:
    u32 value_ = 0;
};

// An address in the kernel's half.
class KernelAddr {
public:
    constexpr KernelAddr() = default;
    constexpr explicit KernelAddr(u32 value) : value_{value} {}
    static KernelAddr of(const volatile void* pointer)
    {
        return KernelAddr{static_cast<u32>(reinterpret_cast<usize>(pointer))};
    }
    constexpr u32 value() const { return value_; }
    template <class T = void> T* as() const { return reinterpret_cast<T*>(static_cast<usize>(value_)); }
    inline PhysAddr
    to_phys() const;  // xv6: V2P ; asserts the direct map: kernel stacks and devices have no such bridge
    constexpr bool operator==(KernelAddr other) const { return value_ == other.value_; }
    constexpr bool operator!=(KernelAddr other) const { return value_ != other.value_; }
    constexpr bool operator<(KernelAddr other) const { return value_ < other.value_; }
    constexpr KernelAddr operator+(u32 offset) const { return KernelAddr{value_ + offset}; }
    constexpr KernelAddr operator-(u32 offset) const { return KernelAddr{value_ - offset}; }

private:
    u32 value_ = 0;
};

// An address that a user program named: any number at all, valid only after mm has looked.
class UserAddr {
public:
    constexpr UserAddr() = default;
    constexpr explicit UserAddr(u32 value) : value_{value} {}
    constexpr u32 value() const { return value_; }
    constexpr bool is_null() const { return value_ == 0; }
    constexpr bool operator==(UserAddr other) const { return value_ == other.value_; }
    constexpr bool operator!=(UserAddr other) const { return value_ != other.value_; }
    constexpr bool operator<(UserAddr other) const { return value_ < other.value_; }
    constexpr bool operator<=(UserAddr other) const { return value_ <= other.value_; }
    constexpr UserAddr operator+(u32 offset) const { return UserAddr{value_ + offset}; }
    constexpr UserAddr operator-(u32 offset) const { return UserAddr{value_ - offset}; }

private:
    u32 value_ = 0;
};

static_assert(sizeof(PhysAddr) == 4 && sizeof(KernelAddr) == 4 && sizeof(UserAddr) == 4);

[[noreturn]] void direct_map_violation(u32 address);  // arch/layout.cpp: panics

inline KernelAddr PhysAddr::to_kernel() const
{
    if (value_ >= kDirectMapEnd - kKernelBase) direct_map_violation(value_);
    return KernelAddr{value_ + kKernelBase};
}

inline PhysAddr KernelAddr::to_phys() const
{
    if (value_ < kKernelBase || value_ >= kDirectMapEnd) direct_map_violation(value_);
    return PhysAddr{value_ - kKernelBase};
}

// Numbers of pages, so that alignment is not checked but true.

// A page of user addresses. An address splits into directory index (10 bits), table index (10), offset (12).
class UserPage {
public:
    constexpr UserPage() = default;
    constexpr explicit UserPage(u32 number) : number_{number} {}
    static constexpr UserPage containing(UserAddr address) { return UserPage{address.value() >> kPageShift}; }
    static constexpr UserPage end_of(UserAddr address)  // the first page that begins at or after it
    {
        return UserPage{(address.value() >> kPageShift) + ((address.value() & (kPageSize - 1)) != 0)};
    }
    constexpr u32 number() const { return number_; }
    constexpr UserAddr address() const { return UserAddr{number_ << kPageShift}; }
    constexpr u32 directory_index() const { return number_ >> 10; }  // xv6: PDX
    constexpr u32 table_index() const { return number_ & 1023; }     // xv6: PTX
    constexpr UserPage operator+(u32 pages) const { return UserPage{number_ + pages}; }
    constexpr UserPage operator-(u32 pages) const { return UserPage{number_ - pages}; }
    constexpr u32 operator-(UserPage other) const { return number_ - other.number_; }
    constexpr bool operator==(UserPage other) const { return number_ == other.number_; }
    constexpr bool operator!=(UserPage other) const { return number_ != other.number_; }
    constexpr bool operator<(UserPage other) const { return number_ < other.number_; }
    constexpr bool operator<=(UserPage other) const { return number_ <= other.number_; }
    constexpr bool operator>(UserPage other) const { return number_ > other.number_; }
    constexpr bool operator>=(UserPage other) const { return number_ >= other.number_; }
    UserPage& operator++()
    {
        number_++;
        return *this;
    }

private:
    u32 number_ = 0;
};

constexpr UserPage kUserEndPage{kUserEnd >> kPageShift};

// A frame: 4 KiB of RAM, by number.
class Frame {
public:
    constexpr Frame() = default;
    constexpr explicit Frame(u32 number) : number_{number} {}
    static constexpr Frame containing(PhysAddr address) { return Frame{address.value() >> kPageShift}; }
    constexpr u32 number() const { return number_; }
    constexpr PhysAddr address() const { return PhysAddr{number_ << kPageShift}; }
    constexpr bool operator==(Frame other) const { return number_ == other.number_; }
    constexpr bool operator!=(Frame other) const { return number_ != other.number_; }

private:
    u32 number_ = 0;
};

// A page of a memory object, by number from its start.
class PageIndex {
public:
    constexpr PageIndex() = default;
    constexpr explicit PageIndex(u32 number) : number_{number} {}
    constexpr u32 number() const { return number_; }
    constexpr PageIndex operator+(u32 pages) const { return PageIndex{number_ + pages}; }
    constexpr u32 operator-(PageIndex other) const { return number_ - other.number_; }
    constexpr bool operator==(PageIndex other) const { return number_ == other.number_; }
    constexpr bool operator!=(PageIndex other) const { return number_ != other.number_; }
    constexpr bool operator<(PageIndex other) const { return number_ < other.number_; }

private:
    u32 number_ = 0;
};

static_assert(sizeof(UserPage) == 4 && sizeof(Frame) == 4 && sizeof(PageIndex) == 4);

// The memory behind a frame, through the direct map. The one way to reach frames: host tests have a function of their own.
#if __STDC_HOSTED__
void* frame_memory(Frame frame);
#else
inline void* frame_memory(Frame frame)
{
    return KernelAddr{(frame.number() << kPageShift) + kKernelBase}.as<void>();
}
#endif

}  // namespace faultline
