// Kernel stacks: two pages each, above an unmapped guard page, in an area of their own (not the direct map: no DMA from
// them, V2P refuses). A few free stacks stay mapped for the next fork.
#pragma once

#include "arch/layout.h"
#include "lib/result.h"

namespace faultline {

constexpr u32 kKernelStackSize = 2 * kPageSize;

struct KernelStack {
    KernelAddr low, high;
};

Result<KernelStack> allocate_kernel_stack();
void free_kernel_stack(KernelStack stack);
u32 cached_kernel_stack_frames();
void shrink_kernel_stacks();  // gives most of those back; sleeps

}  // namespace faultline
