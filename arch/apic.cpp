// Local APIC and IO APIC (SDM vol. 3A, "Advanced Programmable Interrupt Controller"; Intel 82093AA data sheet).

#include "arch/apic.h"

#include "arch/acpi.h"
#include "arch/clock.h"
#include "arch/fpu.h"
#include "arch/interrupts.h"
#include "arch/report.h"
#include "arch/segments.h"
#include "arch/x86.h"
#include "lib/atomic.h"
#include "lib/string.h"

namespace faultline {

extern "C" {
u32 ap_start_directory, ap_start_stack, ap_start_cpu;  // read by boot/ap_entry.S
extern const char ap_trampoline_begin[], ap_trampoline_end[];
[[noreturn]] void ap_entry(u32 cpu);
}

namespace {

// Offsets of registers.
constexpr u32 kId = 0x20, kTaskPriority = 0x80, kEoi = 0xB0, kSpurious = 0xF0, kCommandLow = 0x300,
              kCommandHigh = 0x310, kLvtTimer = 0x320, kLvtLint0 = 0x350, kLvtLint1 = 0x360,
              kLvtError = 0x370, kTimerInitial = 0x380, kTimerCurrent = 0x390, kTimerDivide = 0x3E0;
constexpr u32 kMasked = 1u << 16, kEnabled = 1u << 8, kNmi = 4u << 8, kInit = 5u << 8, kStartup = 6u << 8,
              kAssert = 1u << 14, kPending = 1u << 12, kAllButSelf = 3u << 18, kDivideBy1 = 0xB;

volatile u32* local_apic;
u8 apic_id_of[kMaxCpus];
u32 timer_multiplier;  // timer counts per ns, times 2^24
PhysAddr trampoline_page;
// CPU number + 1. The CPU that comes takes it back, or whoever gives it up: the other is too late.
Atomic<u32> ap_awaited;
Atomic<u32> ap_arrived;  // CPU number + 1

u32 read(u32 offset)
{
    return local_apic[offset / 4];
}

void write(u32 offset, u32 value)
{
    local_apic[offset / 4] = value;
}

u8 own_apic_id()
{
    return static_cast<u8>(read(kId) >> 24);
}

// ---- IO APIC ----

struct IoApic {
    volatile u32* registers;
    u32 first_gsi, entries;

    // Index and data are two writes; drivers route while they start, on any CPU.
    u32 read(u32 index) const
    {
        registers[0] = index;
        return registers[4];
    }
    void write(u32 index, u32 value) const
    {
        registers[0] = index;
        registers[4] = value;
    }
};

IoApic io_apics[4];
u32 io_apic_count;
Atomic<u32> io_apic_busy;

class IoApicGuard {
public:
    IoApicGuard()
    {
        while (io_apic_busy.exchange(1))
            pause();
    }
    ~IoApicGuard() { io_apic_busy.store(0); }

private:
    InterruptsOff off_;
};

const IoApic* find_io_apic(u32 gsi)
{
    for (u32 i = 0; i < io_apic_count; i++)
        if (gsi - io_apics[i].first_gsi < io_apics[i].entries) return &io_apics[i];
    return nullptr;
}

Result<void> route(u32 gsi, u8 vector, u32 cpu, bool active_low, bool level)
{
    const IoApic* io_apic = find_io_apic(gsi);
    if (!io_apic) return Errno::NoDevice;
    const u32 index = 0x10 + 2 * (gsi - io_apic->first_gsi);
    const u32 low = u32{vector} | u32{active_low} << 13 | u32{level} << 15;
    IoApicGuard guard;
    io_apic->write(index, kMasked);
    io_apic->write(index + 1, u32{apic_id_of[cpu]} << 24);
    io_apic->write(index, low);
    return {};
}

void start_io_apics(KernelAddr (*map_device)(PhysAddr, u32))
{
    const AcpiFacts& facts = acpi();
    for (u32 i = 0; i < facts.io_apic_count; i++) {
        IoApic& io_apic = io_apics[io_apic_count++];
        io_apic.registers = map_device(facts.io_apics[i].address, kPageSize).as<volatile u32>();
        io_apic.first_gsi = facts.io_apics[i].first_gsi;
        io_apic.entries = (io_apic.read(1) >> 16 & 0xFF) + 1;
        for (u32 entry = 0; entry < io_apic.entries; entry++)
            io_apic.write(0x10 + 2 * entry, kMasked);
    }
}

// The 8259s: out of the way of the CPU's traps, and masked. A spurious interrupt of theirs is harmless.
void mask_8259s()
{
    constexpr u8 kVectors = 0xE0;
    outb(0x20, 0x11);
    outb(0xA0, 0x11);
    outb(0x21, kVectors);
    outb(0xA1, kVectors + 8);
    outb(0x21, 4);
    outb(0xA1, 2);
    outb(0x21, 1);
    outb(0xA1, 1);
    outb(0x21, 0xFF);
    outb(0xA1, 0xFF);
}

// ---- Timer ----

void measure_timer()
{
    write(kTimerInitial, ~0u);
    const u64 begin = rdtsc();
    spin_ns(kNsPerMs);
    u64 shortest = ~u64{0}, ticks = 0;
    u32 counted = 0;
    for (u32 i = 0; i < 8; i++) {  // as in clock.cpp: the reading that was held up least
        const u64 before = rdtsc();
        const u32 left = read(kTimerCurrent);
        const u64 took = rdtsc() - before;
        if (took >= shortest) continue;
        shortest = took;
        ticks = before + took / 2 - begin;
        counted = ~0u - left;
    }
    write(kTimerInitial, 0);
    const u64 ns = ticks_to_ns(ticks);
    timer_multiplier = static_cast<u32>((u64{counted} << 24) / (ns ? ns : 1));
    if (timer_multiplier == 0) panic("the local APIC's timer does not run");
}

// ---- Other CPUs ----

void send_command(u8 apic_id, u32 command)
{
    InterruptsOff off;  // two writes
    while (read(kCommandLow) & kPending)
        pause();
    write(kCommandHigh, u32{apic_id} << 24);
    write(kCommandLow, command);
}

bool arrives_within(u32 cpu, u64 ns)
{
    const u64 end = now_ns() + ns;
    while (ap_arrived.load() != cpu + 1) {
        if (now_ns() > end) return false;
        pause();
    }
    return true;
}

bool take_awaited(u32 cpu)
{
    u32 awaited = cpu + 1;
    return ap_awaited.compare_exchange(awaited, 0);
}

bool start_cpu(u32 cpu, u8 apic_id)
{
    const u32 page = trampoline_page.value() >> kPageShift;
    ap_awaited.store(cpu + 1);
    send_command(apic_id, kInit | kAssert);
    spin_ns(200 * kNsPerUs);
    send_command(apic_id, kStartup | kAssert | page);
    if (arrives_within(cpu, kNsPerMs)) return true;
    send_command(apic_id, kStartup | kAssert | page);
    if (arrives_within(cpu, 1000 * kNsPerMs)) return true;  // long: an emulated CPU waits for one of the host
    const bool is_on_its_way_in = !take_awaited(cpu);
    if (is_on_its_way_in) {
        while (ap_arrived.load() != cpu + 1)
            pause();
        return true;
    }
    send_command(apic_id,
                 kInit | kAssert);  // whatever it does, it stops doing it: the number may be used again
    return false;
}

}  // namespace

void apic_init(KernelAddr (*map_device)(PhysAddr address, u32 size))
{
    mask_8259s();
    local_apic = map_device(acpi().local_apic, kPageSize).as<volatile u32>();
    start_io_apics(map_device);
    apic_init_this_cpu();
    measure_timer();
}

void apic_init_this_cpu()
{
    apic_id_of[cpu_index()] = own_apic_id();
    write(kTaskPriority, 0);
    write(kSpurious, kEnabled | kSpuriousVector);
    write(kLvtLint0, kMasked);
    write(kLvtLint1, cpu_index() == 0 ? kNmi : kMasked);
    write(kLvtError, kMasked);
    write(kTimerDivide, kDivideBy1);
    write(kLvtTimer, kTimerVector);
}

void end_of_interrupt()
{
    write(kEoi, 0);
}

void send_ipi(u32 cpu, u8 vector)
{
    send_command(apic_id_of[cpu], vector | kAssert);
}

void send_nmi_to_others()
{
    if (local_apic) send_command(0, kNmi | kAssert | kAllButSelf);
}

void set_timer(u64 ns_from_now)
{
    constexpr u64 kLongest = 4 * kNsPerSecond;  // whoever asked for more asks again
    constexpr u64 kShortest = kNsPerUs;
    u64 ns = ns_from_now < kLongest ? ns_from_now : kLongest;
    if (ns < kShortest) ns = kShortest;
    const u64 count = (ns * timer_multiplier >> 24) + 1;
    write(kTimerInitial, count > ~0u ? ~0u : static_cast<u32>(count));
}

MsiMessage msi_message(u32 cpu, u8 vector)
{
    return {0xFEE00000u | u32{apic_id_of[cpu]} << 12, vector};
}

Result<void> route_isa_irq(u32 irq, u8 vector, u32 cpu)
{
    const AcpiFacts& facts = acpi();
    for (u32 i = 0; i < facts.override_count; i++) {
        const IrqOverride& o = facts.overrides[i];
        if (o.isa_irq == irq) return route(o.gsi, vector, cpu, o.active_low, o.level);
    }
    return route(irq, vector, cpu, false, false);
}

Result<void> route_pci_irq(u32 gsi, u8 vector, u32 cpu)
{
    const AcpiFacts& facts = acpi();
    for (u32 i = 0; i < facts.override_count; i++) {
        const IrqOverride& o = facts.overrides[i];
        if (o.gsi == gsi) return route(gsi, vector, cpu, o.active_low, o.level);
    }
    return route(gsi, vector, cpu, true, true);
}

void set_trampoline_page(PhysAddr page)
{
    trampoline_page = page;
}

void start_other_cpus(Result<KernelAddr> (*stack_top)(u32 cpu))
{
    if (trampoline_page == PhysAddr{0}) {
        if (acpi().cpu_count > 1) log_warn("no free page below 1 MiB: the other CPUs stay off");
        return;
    }
    const usize size = static_cast<usize>(ap_trampoline_end - ap_trampoline_begin);
    memcpy(trampoline_page.to_kernel().as(), ap_trampoline_begin, size);
    ap_start_directory = kernel_directory().value();
    u32 cpu = 1;
    for (u32 i = 0; i < acpi().cpu_count && cpu < kMaxCpus; i++) {
        const u8 apic_id = acpi().apic_ids[i];
        if (apic_id == apic_id_of[0]) continue;
        const Result<KernelAddr> stack = stack_top(cpu);
        if (!stack.ok()) {
            log_warn("no stack for CPU %u: it stays off", cpu);
            return;
        }
        ap_start_stack = stack.value().value();
        ap_start_cpu = cpu;
        if (start_cpu(cpu, apic_id))
            cpu++;
        else
            log_warn("the CPU with APIC id %u does not start", apic_id);
    }
}

extern "C" [[noreturn]] void ap_entry(u32 cpu)
{
    while (!take_awaited(cpu))
        hlt();  // given up meanwhile; interrupts are off, INIT will come
    segments_init_this_cpu(cpu);
    interrupts_init_this_cpu();
    fpu_init_this_cpu();
    apic_init_this_cpu();
    ap_arrived.store(cpu + 1);
    ap_main(cpu);
}

}  // namespace faultline
