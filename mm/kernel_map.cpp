#include "mm/kernel_map.h"

#include "arch/fpu.h"
#include "arch/segments.h"
#include "arch/x86.h"
#include "core/assert.h"
#include "core/panic.h"
#include "core/spinlock.h"
#include "lib/bits.h"
#include "mm/entry.h"
#include "mm/frame.h"
#include "mm/page_table.h"

extern "C" char kernel_text_begin[], kernel_rodata_end[], kernel_end[];  // boot/kernel.ld
extern "C" char boot_stack_guard[];                                      // boot/entry.S: a page

namespace faultline {

namespace {

Frame directory_frame;
SpinLock map_lock{LockRank::KernelMap};
u32 next_device_page = kDeviceBegin;
u64 temporary_slots;  // one bit for each that is in use

constexpr u32 kTemporarySlotSize = 64 * kKiB;
constexpr u32 kTemporarySlots = (kTemporaryEnd - kTemporaryBegin) / kTemporarySlotSize;
static_assert(kTemporarySlots == 64);

// What the kernel's half is made of: one row for each area.  // xv6: kmap
struct Area {
    const char* name;
    u32 begin, end;  // virtual
    bool direct;     // maps physical (address - KERNBASE); otherwise only its page tables are made
    u32 bits;
};

Pde* directory()
{
    return static_cast<Pde*>(frame_memory(directory_frame));
}

Frame new_table()
{
    auto frame = allocate_frame(Fill::Zero, FrameUse::Kernel);
    if (!frame.ok()) panic("no memory for the kernel's page tables");
    return frame.value();
}

bool holds_image(u32 large_page)
{
    return large_page < KernelAddr::of(kernel_end).value() &&
           KernelAddr::of(kernel_text_begin).value() < large_page + kLargePageSize;
}

// Text and read-only data without W; there is no NX without PAE. The boot CPU's stack gets its guard page.
Frame map_image_pages(u32 begin, u32 bits)
{
    const Frame table = new_table();
    auto* entries = static_cast<Pte*>(frame_memory(table));
    for (u32 i = 0; i < kEntries; i++) {
        const KernelAddr page{begin + i * kPageSize};
        if (page == KernelAddr::of(boot_stack_guard)) continue;
        const bool read_only =
            !(page < KernelAddr::of(kernel_text_begin)) && page < KernelAddr::of(kernel_rodata_end);
        entries[i] =
            Pte::kernel(Frame::containing(page.to_phys()), read_only ? bits & ~u32{kWritable} : bits);
    }
    return table;
}

void map_area(const Area& area)
{
    for (u32 at = area.begin; at < area.end; at += kLargePageSize) {
        Pde& pde = directory()[at / kLargePageSize];
        if (!area.direct)
            pde = Pde::to_kernel_table(new_table());
        else if (holds_image(at))
            pde = Pde::to_kernel_table(map_image_pages(at, area.bits));
        else
            pde = Pde::large(KernelAddr{at}.to_phys(), area.bits);
    }
}

Pte& kernel_entry(u32 address)
{
    const Pde pde = directory()[address / kLargePageSize];
    return PageDirectory::table_of(pde)[address / kPageSize % kEntries];
}

u32 take_slot()
{
    SpinGuard guard{map_lock};
    for (u32 slot = 0; slot < kTemporarySlots; slot++) {
        if (temporary_slots >> slot & 1) continue;
        temporary_slots |= u64{1} << slot;
        return slot;
    }
    panic("more than %u temporary mappings at once", kTemporarySlots);
}

}  // namespace

void init_kernel_map()
{
    const u32 ram_end = kKernelBase + round_up(frame_limit() * kPageSize, kLargePageSize);
    const Area kmap[] = {
        {"direct map", kKernelBase, min(ram_end, kDirectMapEnd), true, kWritable | kGlobal},
        {"stacks and temporary mappings", kStackAreaBegin, kTemporaryEnd, false, 0},
        {"devices", kDeviceBegin, kDeviceEnd, false, 0},
    };
    directory_frame = new_table();
    for (const Area& area : kmap)
        map_area(area);
    set_kernel_directory(directory_frame.address());
    load_kernel_directory();
}

void load_kernel_directory()
{
    write_cr3(kernel_directory());
}

Result<PageDirectory> PageDirectory::create()
{
    // The kernel's directory has an empty lower half: a copy of it is what a new space needs.
    const Frame frame = TRY(allocate_frame(Fill::Nothing, FrameUse::Directory));
    copy_page(frame_memory(frame), frame_memory(directory_frame));
    return PageDirectory{frame};
}

Result<KernelAddr> map_device(PhysAddr start, u32 size_bytes)
{
    const u32 offset = start.value() % kPageSize;
    const u32 mapped_bytes = page_round_up(offset + size_bytes);
    SpinGuard guard{map_lock};
    if (mapped_bytes > kDeviceEnd - next_device_page) return Errno::NoMemory;
    const u32 begin = next_device_page;
    next_device_page += mapped_bytes;
    for (u32 at = 0; at < mapped_bytes; at += kPageSize)
        kernel_entry(begin + at) =
            Pte::kernel(Frame::containing(start + at), kWritable | kCacheDisabled | kWriteThrough);
    return KernelAddr{begin + offset};
}

// An entry that goes from absent to present needs no flush; a slot used before may be stale on this CPU alone, because
// whoever uses a temporary mapping does not sleep meanwhile.
TemporaryMapping::TemporaryMapping(PhysAddr start, u32 size_bytes) : slot_{take_slot()}
{
    const u32 offset = start.value() % kPageSize;
    assert(offset + size_bytes <= kTemporarySlotSize);
    const u32 begin = kTemporaryBegin + slot_ * kTemporarySlotSize;
    for (u32 at = 0; at < offset + size_bytes; at += kPageSize) {
        kernel_entry(begin + at) = Pte::kernel(Frame::containing(start + at), kWritable);
        invlpg(begin + at);
    }
    data_ = KernelAddr{begin + offset}.as<void>();
}

TemporaryMapping::~TemporaryMapping()
{
    const u32 begin = kTemporaryBegin + slot_ * kTemporarySlotSize;
    for (u32 at = 0; at < kTemporarySlotSize; at += kPageSize) {
        Pte& entry = kernel_entry(begin + at);
        if (!entry.present()) break;
        entry = Pte{};
        invlpg(begin + at);
    }
    SpinGuard guard{map_lock};
    temporary_slots &= ~(u64{1} << slot_);
}

void map_kernel_page(KernelAddr page, Frame frame)
{
    kernel_entry(page.value()) = Pte::kernel(frame, kWritable | kGlobal);
}

Frame unmap_kernel_page(KernelAddr page)
{
    Pte& entry = kernel_entry(page.value());
    const Frame frame = entry.frame();
    entry = Pte{};
    return frame;
}

}  // namespace faultline
