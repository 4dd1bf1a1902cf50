// The kernel's half of every address space, built once from one table (kmap) and shared: all its page tables exist from
// boot, so a mapping made later is seen everywhere at once.
#pragma once

#include "arch/layout.h"
#include "lib/result.h"

namespace faultline {

void init_kernel_map();  // xv6: setupkvm ; once, at boot: every directory then shares its upper half
// The directory with the kernel's half alone (arch/segments.h names it: double faults need it too), on this CPU.
void load_kernel_directory();  // on this CPU

// Device registers, uncached, in the DEVSPACE window. Never unmapped. NoMemory when the window is full.
Result<KernelAddr> map_device(PhysAddr start, u32 size_bytes);

// A short look at any physical address, RAM or not, in the temporary window. Cached mapping; one user at a time for each
// TemporaryMapping, which unmaps at its end.
class TemporaryMapping {
public:
    TemporaryMapping(PhysAddr start, u32 size_bytes);  // at most 64 KiB
    ~TemporaryMapping();
    TemporaryMapping(const TemporaryMapping&) = delete;
    TemporaryMapping& operator=(const TemporaryMapping&) = delete;
    void* data() const { return data_; }

private:
    void* data_;
    u32 slot_;
};

// For mm/kernel_stack: maps or unmaps one page of the stack area. unmap does not flush other CPUs: see there.
void map_kernel_page(KernelAddr page, Frame frame);
Frame unmap_kernel_page(KernelAddr page);

}  // namespace faultline
