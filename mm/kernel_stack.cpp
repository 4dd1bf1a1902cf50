#include "mm/kernel_stack.h"

#include "arch/x86.h"
#include "core/scheduler.h"
#include "core/spinlock.h"
#include "lib/optional.h"
#include "mm/frame.h"
#include "mm/kernel_map.h"

namespace faultline {

namespace {

constexpr u32 kSlotSize = kPageSize + kKernelStackSize;  // the guard page is the lowest
constexpr u32 kSlots = (kStackAreaEnd - kStackAreaBegin) / kSlotSize;
constexpr u32 kKept = 16;  // stacks that shrink_kernel_stacks() leaves

SpinLock lock{LockRank::KernelMap};
u32 unused_from GUARDED_BY(lock);  // slots from here on were never used
u16 bare[kSlots];                  // slots without frames, flushed everywhere
u32 bare_count GUARDED_BY(lock);
u32 mapped_head GUARDED_BY(lock);  // free stacks with frames, linked through their lowest word: slot + 1
u32 mapped_count GUARDED_BY(lock);

KernelAddr stack_low(u32 slot)
{
    return KernelAddr{kStackAreaBegin + slot * kSlotSize + kPageSize};
}
KernelStack stack_of(u32 slot)
{
    return {stack_low(slot), stack_low(slot) + kKernelStackSize};
}
u32 slot_of(KernelStack stack)
{
    return (stack.low.value() - kStackAreaBegin) / kSlotSize;
}

Optional<u32> take_mapped() REQUIRES(lock)
{
    if (mapped_head == 0) return {};
    const u32 slot = mapped_head - 1;
    mapped_head = *stack_low(slot).as<u32>();
    mapped_count--;
    return slot;
}

Optional<u32> take_bare() REQUIRES(lock)
{
    if (bare_count > 0) return u32{bare[--bare_count]};
    if (unused_from < kSlots) return unused_from++;
    return {};
}

void put_bare(u32 slot)
{
    SpinGuard guard{lock};
    bare[bare_count++] = static_cast<u16>(slot);
}

Result<void> give_frames(u32 slot)
{
    Frame frames[kKernelStackSize / kPageSize];
    u32 got = 0;
    for (Frame& frame : frames) {
        auto allocated = allocate_frame(Fill::Zero, FrameUse::Stack);  // see Fill
        if (!allocated.ok()) {
            while (got > 0)
                release_frame(frames[--got]);
            return Errno::NoMemory;
        }
        frame = allocated.value();
        got++;
    }
    for (u32 i = 0; i < got; i++)
        map_kernel_page(stack_low(slot) + i * kPageSize, frames[i]);
    return {};
}

void flush_global_entries(void*)
{
    const u32 cr4 = read_cr4();
    write_cr4(cr4 &
              ~kCr4PageGlobal);  // SDM vol. 3A, "Operations that Invalidate TLBs": also drops global entries
    write_cr4(cr4);
}

}  // namespace

Result<KernelStack> allocate_kernel_stack()
{
    Optional<u32> slot;
    {
        SpinGuard guard{lock};
        slot = take_mapped();
        if (slot) return stack_of(*slot);
        slot = take_bare();
    }
    if (!slot) return Errno::Again;
    auto given = give_frames(*slot);
    if (!given.ok()) {
        put_bare(*slot);
        return given.error();
    }
    return stack_of(*slot);
}

void free_kernel_stack(KernelStack stack)
{
    SpinGuard guard{lock};
    *stack.low.as<u32>() = mapped_head;
    mapped_head = slot_of(stack) + 1;
    mapped_count++;
}

u32 cached_kernel_stack_frames()
{
    SpinGuard guard{lock};
    return mapped_count * (kKernelStackSize / kPageSize);
}

void shrink_kernel_stacks()
{
    constexpr u32 kAtOnce = 16;
    for (u32 taken = kAtOnce; taken == kAtOnce;) {
        u32 slots[kAtOnce];
        taken = 0;
        {
            SpinGuard guard{lock};
            while (taken < kAtOnce && mapped_count > kKept)
                slots[taken++] = *take_mapped();
        }
        Frame frames[kAtOnce][kKernelStackSize / kPageSize];
        for (u32 i = 0; i < taken; i++)
            for (u32 page = 0; page < kKernelStackSize / kPageSize; page++)
                frames[i][page] = unmap_kernel_page(stack_low(slots[i]) + page * kPageSize);
        if (taken > 0) call_on_cpus(online_cpus(), flush_global_entries, nullptr);
        for (u32 i = 0; i < taken; i++) {
            for (Frame frame : frames[i])
                release_frame(frame);
            put_bare(slots[i]);
        }
    }
}

}  // namespace faultline
