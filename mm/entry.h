// Page-table and page-directory entries: plain 4-byte values (SDM vol. 3A, "32-Bit Paging", figure "Formats of CR3 and
// Paging-Structure Entries").
//
//    31                                12 11   9  8  7  6  5  4   3   2   1   0
//   +------------------------------------+------+--+--+--+--+---+---+---+---+---+
//   |            frame number            | free |G |PS|D |A |PCD|PWT| U | W | P |
//   +------------------------------------+------+--+--+--+--+---+---+---+---+---+
//
// P present, W writable, U user, A accessed, D dirty (PTE), PS 4 MiB page (PDE), G global, PCD cache disabled.
#pragma once

#include "arch/layout.h"
#include "mm/rights.h"

namespace faultline {

enum EntryBit : u32 {
    kPresent = 1 << 0,
    kWritable = 1 << 1,
    kUser = 1 << 2,
    kWriteThrough = 1 << 3,
    kCacheDisabled = 1 << 4,
    kAccessed = 1 << 5,
    kDirty = 1 << 6,
    kLarge = 1 << 7,
    kGlobal = 1 << 8,
    kParked = 1 << 9,    // ours: not present, but the frame still stands here (PROT_NONE)
    kSwapped = 1 << 10,  // ours: not present, the address bits are the number of a swap slot
};

constexpr u32 entry_address(u32 raw)
{
    return raw & 0xfffff000;
}  // xv6: PTE_ADDR
constexpr u32 entry_flags(u32 raw)
{
    return raw & 0xfff;
}  // xv6: PTE_FLAGS

// An entry of a page table: absent (0), present, parked (the page keeps its frame but nobody may touch it), or swapped: the
// contents of private memory stand in a swap slot.
class Pte {
public:
    constexpr Pte() = default;
    static constexpr Pte from_raw(u32 raw) { return Pte{raw}; }
    static constexpr Pte user(Frame frame, bool writable)
    {
        return Pte{frame.address().value() | kPresent | kUser | (writable ? u32{kWritable} : 0)};
    }
    // The guard page of the xv6 layout: present, but the supervisor's.
    static constexpr Pte guard(Frame frame) { return Pte{frame.address().value() | kPresent | kWritable}; }
    static constexpr Pte kernel(Frame frame, u32 bits)
    {
        return Pte{frame.address().value() | kPresent | bits};
    }

    static constexpr Pte swapped(u32 slot) { return Pte{slot << 12 | kSwapped}; }

    constexpr u32 raw() const { return raw_; }
    constexpr bool present() const { return (raw_ & kPresent) != 0; }
    constexpr bool is_swap() const { return (raw_ & (kPresent | kParked | kSwapped)) == kSwapped; }
    constexpr u32 swap_slot() const { return raw_ >> 12; }
    constexpr bool holds_frame() const { return (raw_ & (kPresent | kParked)) != 0; }
    constexpr bool writable() const { return (raw_ & kWritable) != 0; }
    constexpr bool is_user() const { return (raw_ & kUser) != 0; }
    constexpr bool accessed() const { return (raw_ & kAccessed) != 0; }
    constexpr bool dirty() const { return (raw_ & kDirty) != 0; }
    constexpr Frame frame() const { return Frame::containing(PhysAddr{entry_address(raw_)}); }
    constexpr Pte read_only() const { return Pte{raw_ & ~u32{kWritable}}; }
    constexpr Pte made_writable() const { return Pte{raw_ | kWritable}; }
    constexpr Pte parked() const { return Pte{(raw_ & ~u32{kPresent | kWritable}) | kParked}; }
    constexpr Pte unparked() const { return Pte{(raw_ & ~u32{kParked}) | kPresent}; }
    constexpr Pte untouched() const { return Pte{raw_ & ~u32{kAccessed | kDirty}}; }

private:
    constexpr explicit Pte(u32 raw) : raw_{raw} {}
    u32 raw_ = 0;
};

// An entry of a page directory: a page table, or a 4 MiB page.
class Pde {
public:
    constexpr Pde() = default;
    static constexpr Pde from_raw(u32 raw) { return Pde{raw}; }
    // The CPU ANDs the rights of both levels (SDM vol. 3A, "Determination of Access Rights"): the directory grants
    // everything and the PTE alone decides.
    static constexpr Pde to_table(Frame table)
    {
        return Pde{table.address().value() | kPresent | kWritable | kUser};
    }
    static constexpr Pde to_kernel_table(Frame table)
    {
        return Pde{table.address().value() | kPresent | kWritable};
    }
    static constexpr Pde large(PhysAddr start, u32 bits)
    {
        return Pde{start.value() | kPresent | kLarge | bits};
    }

    constexpr u32 raw() const { return raw_; }
    constexpr bool present() const { return (raw_ & kPresent) != 0; }
    constexpr bool writable() const { return (raw_ & kWritable) != 0; }
    constexpr Pde read_only() const { return Pde{raw_ & ~u32{kWritable}}; }
    constexpr bool is_large() const { return (raw_ & kLarge) != 0; }
    constexpr Frame table() const { return Frame::containing(PhysAddr{entry_address(raw_)}); }

private:
    constexpr explicit Pde(u32 raw) : raw_{raw} {}
    u32 raw_ = 0;
};

static_assert(sizeof(Pte) == 4 && sizeof(Pde) == 4);

}  // namespace faultline
