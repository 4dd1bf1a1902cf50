// GDT, TSS and double-fault task of each CPU.

#include "arch/segments.h"

#include "arch/x86.h"

namespace faultline {

PER_CPU PerCpu<CpuSegments> segments;

namespace {

constexpr u32 kDoubleFaultStackSize = 4096;

alignas(16) u8 double_fault_stacks[kMaxCpus][kDoubleFaultStackSize];
PhysAddr directory_of_kernel;

// access: present, DPL, type. flags: granularity (8), 32-bit (4).
constexpr SegmentDescriptor descriptor(u32 base, u32 limit, u32 access, u32 flags)
{
    const u32 low = (base & 0xFFFF) << 16 | (limit & 0xFFFF);
    const u32 high =
        (base & 0xFF000000) | flags << 20 | (limit & 0xF0000) | access << 8 | (base >> 16 & 0xFF);
    return {low, high};
}

constexpr u32 kFlat = 0xFFFFF;
constexpr u32 kCodeSegment = 0x9A, kDataSegment = 0x92, kTssSegment = 0x89, kUserLevel = 0x60;
constexpr u32 kPages32Bit = 0xC;

u32 address_of(const void* pointer)
{
    return KernelAddr::of(pointer).value();
}

[[noreturn]] void double_fault_task()
{
    const u32 cr2 = read_cr2();
    const Tss& t = segments.here().main;
    const SavedState state{t.eip, t.esp, t.ebp, t.eflags, t.eax, t.ecx,
                           t.edx, t.ebx, t.esi, t.edi,    t.cs,  t.ss};
    double_fault_entry(state, cr2);
}

void fill_double_fault_tss(Tss& tss, u32 cpu)
{
    tss.cr3 = directory_of_kernel.value();
    tss.eip = static_cast<u32>(reinterpret_cast<usize>(&double_fault_task));
    tss.eflags = 2;
    tss.esp = address_of(double_fault_stacks[cpu] + kDoubleFaultStackSize);
    tss.cs = kKernelCode;
    tss.ss = tss.ds = tss.es = kKernelData;
    tss.fs = kPerCpuSelector;
    tss.io_map_base = sizeof(Tss);
}

void fill_gdt(CpuSegments& s, u32 cpu)
{
    auto set = [&s](u16 selector, SegmentDescriptor value) { s.gdt[selector / 8] = value; };
    set(kKernelCode, descriptor(0, kFlat, kCodeSegment, kPages32Bit));
    set(kKernelData, descriptor(0, kFlat, kDataSegment, kPages32Bit));
    set(kUserCode, descriptor(0, kFlat, kCodeSegment | kUserLevel, kPages32Bit));
    set(kUserData, descriptor(0, kFlat, kDataSegment | kUserLevel, kPages32Bit));
    set(kPerCpuSelector, descriptor(percpu_delta(cpu), kFlat, kDataSegment, kPages32Bit));
    set(kTssSelector, descriptor(address_of(&s.main), sizeof(Tss) - 1, kTssSegment, 0));
    set(kDoubleFaultSelector, descriptor(address_of(&s.double_fault), sizeof(Tss) - 1, kTssSegment, 0));
}

}  // namespace

void segments_init_this_cpu(u32 cpu)
{
    if (directory_of_kernel == PhysAddr{0}) directory_of_kernel = PhysAddr{read_cr3()};
    CpuSegments& s = segments.on(cpu);
    s.main.ss0 = kKernelData;
    s.main.io_map_base = sizeof(Tss);  // beyond the limit: no port is open to user mode
    fill_double_fault_tss(s.double_fault, cpu);
    fill_gdt(s, cpu);
    lgdt(TableRegister{sizeof(s.gdt) - 1, address_of(s.gdt)});
    load_fs(kPerCpuSelector);  // cs, ds, es, ss: the boot GDT has the same selectors
    load_gs(0);
    lldt(0);  // a reset leaves a table at address 0, limit 0xFFFF: programs could forge descriptors there
    ltr(kTssSelector);
}

TlsDescriptor make_tls_descriptor(const TlsArea& area)
{
    if (area.is_empty()) return {};
    // Type from Linux's contents (2 bits) and the read-only bit: code 1xRA, data 0eWA; accessed is set beforehand.
    const u32 read_only = area.flags >> 3 & 1;
    const u32 type = (area.flags >> 1 & 3) << 2 | (read_only ^ 1) << 1 | 1;
    const u32 present = ~area.flags >> 5 & 1;
    const u32 access = present << 7 | kUserLevel | 0x10 | type;
    const u32 flags = (area.flags >> 4 & 1) << 3 | (area.flags & 1) << 2 | (area.flags >> 6 & 1);
    return descriptor(area.base, area.limit, access, flags);
}

TlsArea read_tls_descriptor(TlsDescriptor d)
{
    TlsArea area{};
    area.base = d.low >> 16 | (d.high & 0xFF) << 16 | (d.high & 0xFF000000);
    area.limit = (d.low & 0xFFFF) | (d.high & 0xF0000);
    area.flags = (d.high >> 22 & 1) | (d.high >> 10 & 3) << 1 | (~d.high >> 9 & 1) << 3 |
                 (d.high >> 23 & 1) << 4 | (~d.high >> 15 & 1) << 5 | (d.high >> 20 & 1) << 6;
    return area;
}

void set_kernel_directory(PhysAddr directory)
{
    directory_of_kernel = directory;
    for (u32 cpu = 0; cpu < kMaxCpus; cpu++)
        segments.on(cpu).double_fault.cr3 = directory.value();
}

PhysAddr kernel_directory()
{
    return directory_of_kernel;
}

}  // namespace faultline
