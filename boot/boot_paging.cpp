// The boot page directory: 4 MiB pages only, the low 2 GiB of physical memory twice.
//
//   virtual 0x00000000..0x7FFFFFFF   identity: what runs while paging is turned on, on each CPU
//           0x80000000..0xFDFFFFFF   the same memory again: where the kernel is linked. Not global: a global entry
//                                    would outlive the load of mm's own directory
//           0xFF000000..             arch/multiboot's window
//
// mm/kernel_map replaces it; the other CPUs pass through it when they start. This function runs before paging is on, at
// its physical address: it calls nothing, and touches only what entry.S has in .boot.*.

#include "arch/layout.h"

namespace faultline {

extern "C" u32 boot_directory[1024];

extern "C" __attribute__((section(".boot.text"))) void boot_page_tables()
{
    constexpr u32 kPresentWritableLarge = 0x83;  // P, W, PS (SDM vol. 3A, "32-Bit Paging")
    constexpr u32 kHalf = kKernelBase / kLargePageSize;
    constexpr u32 kDevices = kDeviceBegin / kLargePageSize;
    for (u32 i = 0; i < kHalf; i++)
        boot_directory[i] = i * kLargePageSize | kPresentWritableLarge;
    for (u32 i = kHalf; i < kDevices; i++)
        boot_directory[i] = (i - kHalf) * kLargePageSize | kPresentWritableLarge;
}

}  // namespace faultline
