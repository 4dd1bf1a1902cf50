// One inline function an instruction: ports, control registers, flags, TLB, MSRs. The only place, beside the .S files of
// this floor, arch/percpu.h and arch/fpu.cpp, where inline assembly stands.
#pragma once

#include "arch/layout.h"
#include "lib/types.h"

namespace faultline {

constexpr u32 kFlagInterrupts = 1u << 9;  // EFLAGS.IF

constexpr u32 kCr0WriteProtect = 1u << 16;
constexpr u32 kCr0MonitorCoprocessor = 1u << 1;
constexpr u32 kCr0Emulation = 1u << 2;
constexpr u32 kCr0TaskSwitched = 1u << 3;
constexpr u32 kCr0NumericError = 1u << 5;
constexpr u32 kCr4PageSizeExtension = 1u << 4;
constexpr u32 kCr4PageGlobal = 1u << 7;
constexpr u32 kCr4OsFxsr = 1u << 9;
constexpr u32 kCr4OsXmmExceptions = 1u << 10;

// ---- Ports ----

inline void outb(u16 port, u8 value)
{
    asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}
inline void outw(u16 port, u16 value)
{
    asm volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}
inline void outl(u16 port, u32 value)
{
    asm volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

inline u8 inb(u16 port)
{
    u8 value;
    asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

inline u16 inw(u16 port)
{
    u16 value;
    asm volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

inline u32 inl(u16 port)
{
    u32 value;
    asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

// ---- Control registers and the TLB ----

inline u32 read_cr0()
{
    u32 value;
    asm volatile("mov %%cr0, %0" : "=r"(value));
    return value;
}

inline u32 read_cr2()
{
    u32 value;
    asm volatile("mov %%cr2, %0" : "=r"(value));
    return value;
}

inline u32 read_cr3()
{
    u32 value;
    asm volatile("mov %%cr3, %0" : "=r"(value));
    return value;
}

inline u32 read_cr4()
{
    u32 value;
    asm volatile("mov %%cr4, %0" : "=r"(value));
    return value;
}

inline u32 read_dr6()
{
    u32 value;
    asm volatile("mov %%dr6, %0" : "=r"(value));
    return value;
}

inline void write_dr0(u32 value)
{
    asm volatile("mov %0, %%dr0" : : "r"(value));
}
inline void write_dr1(u32 value)
{
    asm volatile("mov %0, %%dr1" : : "r"(value));
}
inline void write_dr2(u32 value)
{
    asm volatile("mov %0, %%dr2" : : "r"(value));
}
inline void write_dr3(u32 value)
{
    asm volatile("mov %0, %%dr3" : : "r"(value));
}
inline void write_dr6(u32 value)
{
    asm volatile("mov %0, %%dr6" : : "r"(value));
}
inline void write_dr7(u32 value)
{
    asm volatile("mov %0, %%dr7" : : "r"(value) : "memory");
}

inline void write_cr0(u32 value)
{
    asm volatile("mov %0, %%cr0" : : "r"(value) : "memory");
}
inline void write_cr3(u32 value)
{
    asm volatile("mov %0, %%cr3" : : "r"(value) : "memory");
}
inline void write_cr3(PhysAddr directory)
{
    write_cr3(directory.value());
}
inline void write_cr4(u32 value)
{
    asm volatile("mov %0, %%cr4" : : "r"(value) : "memory");
}

inline void invlpg(u32 address)
{
    asm volatile("invlpg (%0)" : : "r"(address) : "memory");
}
inline void invlpg(UserAddr address)
{
    invlpg(address.value());
}
inline void invlpg(KernelAddr address)
{
    invlpg(address.value());
}

// ---- Interrupt flag ----

inline void cli()
{
    asm volatile("cli" : : : "memory");
}
inline void sti()
{
    asm volatile("sti" : : : "memory");
}
inline void hlt()
{
    asm volatile("hlt" : : : "memory");
}
// STI takes effect after the next instruction: no interrupt slips in between (SDM vol. 2, "STI").
inline void sti_and_hlt()
{
    asm volatile("sti; hlt" : : : "memory");
}
inline void pause()
{
    asm volatile("pause" : : : "memory");
}
// The compiler must not drop stores to what the pointer names.
inline void keep_stores(const void* pointer)
{
    asm volatile("" : : "r"(pointer) : "memory");
}
inline void compiler_barrier()
{
    asm volatile("" : : : "memory");
}

inline u32 read_eflags()
{
    u32 flags;
    asm volatile("pushfl; popl %0" : "=r"(flags) : : "memory");
    return flags;
}

inline bool interrupts_enabled()
{
    return (read_eflags() & kFlagInterrupts) != 0;
}

inline u32 save_flags_and_disable_interrupts()
{
    u32 flags;
    asm volatile("pushfl; popl %0; cli" : "=r"(flags) : : "memory");
    return flags;
}

inline void restore_flags(u32 flags)
{
    if (flags & kFlagInterrupts) sti();
}

// Interrupts are off while one lives.
class InterruptsOff {
public:
    InterruptsOff() : flags_{save_flags_and_disable_interrupts()} {}
    ~InterruptsOff() { restore_flags(flags_); }
    InterruptsOff(const InterruptsOff&) = delete;
    InterruptsOff& operator=(const InterruptsOff&) = delete;

private:
    u32 flags_;
};

// ---- Identification, time, model-specific registers ----

struct CpuidResult {
    u32 eax, ebx, ecx, edx;
};

inline CpuidResult cpuid(u32 leaf, u32 subleaf = 0)
{
    CpuidResult r;
    asm volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(subleaf));
    return r;
}

inline u64 rdtsc()
{
    u64 ticks;
    asm volatile("rdtsc" : "=A"(ticks));
    return ticks;
}

// False where the generator had nothing ready. Only with CPUID.1:ECX bit 30.
inline bool rdrand(u32& value)
{
    u8 ok;
    asm volatile("rdrand %0; setc %1" : "=r"(value), "=q"(ok) : : "cc");
    return ok != 0;
}

// ---- Tables ----

struct [[gnu::packed]] TableRegister {
    u16 limit;
    u32 base;
};

inline void lgdt(const TableRegister& gdt)
{
    asm volatile("lgdt %0" : : "m"(gdt) : "memory");
}
inline void lidt(const TableRegister& idt)
{
    asm volatile("lidt %0" : : "m"(idt) : "memory");
}
inline void lldt(u16 selector)
{
    asm volatile("lldt %0" : : "r"(selector));
}

inline void ltr(u16 selector)
{
    asm volatile("ltr %0" : : "r"(selector));
}
inline void load_fs(u16 selector)
{
    asm volatile("movw %0, %%fs" : : "r"(selector) : "memory");
}
inline void load_gs(u16 selector)
{
    asm volatile("movw %0, %%gs" : : "r"(selector) : "memory");
}

}  // namespace faultline
