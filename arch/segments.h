// GDT, TSS and TLS descriptors, one set for each CPU. Selectors of user mode are Linux's for i386, because programs see
// them (%cs 0x73, %ds 0x7b, %gs 0x33 for the first TLS slot).
//
//   entry  6..8   TLS of the running thread     14  user code      16  TSS
//         12, 13  kernel code, data             15  user data      27  this CPU's data (%fs)    31  double-fault TSS
#pragma once

#include "arch/layout.h"
#include "arch/percpu.h"
#include "lib/types.h"

namespace faultline {

constexpr u16 kKernelCode = 0x60;
constexpr u16 kKernelData = 0x68;
constexpr u16 kUserCode = 0x73;
constexpr u16 kUserData = 0x7b;
constexpr u16 kTssSelector = 0x80;
constexpr u16 kPerCpuSelector = 0xd8;
constexpr u16 kDoubleFaultSelector = 0xf8;
constexpr u32 kFirstTlsEntry = 6;
constexpr u32 kTlsEntries = 3;

// As the GDT wants it (SDM vol. 3A, "Segment Descriptors"); all zero: absent.
struct SegmentDescriptor {
    u32 low = 0, high = 0;

    bool present() const { return (high & (1u << 15)) != 0; }
};
using TlsDescriptor = SegmentDescriptor;

// The three words of Linux's struct user_desc behind its entry number. Flags: 1 32-bit, 2..4 contents (bit 1: expand
// down or conforming, bit 2: code), 8 read or execute only, 16 limit in pages, 32 not present, 64 useable.
struct TlsArea {
    u32 base, limit, flags;
    bool is_empty() const { return base == 0 && limit == 0 && (flags & 0x7f) == 0x28; }  // clears the entry
};
// Always DPL 3, never a system segment: any area is safe to load.
TlsDescriptor make_tls_descriptor(const TlsArea& area);
TlsArea read_tls_descriptor(TlsDescriptor descriptor);

// SDM vol. 3A, "Task-State Segment (TSS)". Only esp0, ss0 and the I/O map base matter for the main one.
struct Tss {
    u32 link, esp0, ss0, esp1, ss1, esp2, ss2, cr3;
    u32 eip, eflags, eax, ecx, edx, ebx, esp, ebp, esi, edi;
    u32 es, cs, ss, ds, fs, gs, ldt;
    u16 trap, io_map_base;
};
static_assert(sizeof(Tss) == 104);

constexpr u32 kGdtEntries = 32;

struct CpuSegments {
    SegmentDescriptor gdt[kGdtEntries];
    Tss main;
    Tss double_fault;
};
extern PerCpu<CpuSegments> segments;

void segments_init_this_cpu(u32 cpu);  // GDT, TSS, %fs; needs percpu_init()

// Where the next entry from user mode begins.
inline void set_kernel_stack(KernelAddr top)
{
    segments.here().main.esp0 = top.value();
}

inline void load_tls(const TlsDescriptor (&tls)[kTlsEntries])
{
    TlsDescriptor* const entries = &segments.here().gdt[kFirstTlsEntry];
    for (u32 i = 0; i < kTlsEntries; i++)
        entries[i] = tls[i];
}

// The directory for the double-fault task and for CPUs without a user space. The boot directory until mm gives its own.
void set_kernel_directory(PhysAddr directory);
PhysAddr kernel_directory();

// The registers of whoever double faulted, as the CPU saved them in its main TSS.
struct SavedState {
    u32 eip, esp, ebp, eflags, eax, ecx, edx, ebx, esi, edi, cs, ss;
};

// Called on the double-fault stack; defined in core/panic.cpp, where threads have names.
extern "C" [[noreturn]] void double_fault_entry(const SavedState& state, u32 cr2);

}  // namespace faultline
