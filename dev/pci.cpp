// Configuration mechanism #1, capability lists, MSI-X (PCI Local Bus Specification 3.0).
#include "dev/pci.h"

#include "arch/apic.h"
#include "arch/interrupts.h"
#include "arch/x86.h"
#include "core/spinlock.h"
#include "lib/bits.h"
#include "mm/heap.h"
#include "mm/kernel_map.h"

namespace faultline {

namespace {

constexpr u16 kAddressPort = 0xCF8, kDataPort = 0xCFC;
SpinLock config_lock{LockRank::Leaf};

enum Offset : u32 {
    kVendor = 0x00,
    kDevice = 0x02,
    kCommand = 0x04,
    kStatus = 0x06,
    kClass = 0x0A,
    kHeaderType = 0x0E,
    kBar0 = 0x10,
    kSecondaryBus = 0x19,
    kCapabilities = 0x34,
    kInterruptLine = 0x3C,
    kInterruptPin = 0x3D,
};

constexpr u16 kMemoryOn = 0x2, kMasterOn = 0x4, kLineOff = 0x400;  // of the command register
constexpr u16 kHasCapabilities = 0x10;                             // of the status register
constexpr u8 kMultiFunction = 0x80;
constexpr u16 kClassBridge = 0x0604;
constexpr u8 kMsixCapability = 0x11;
constexpr u16 kMsixOn = 0x8000, kMsixMasked = 0x4000;
constexpr u32 kBars = 6, kSlots = 32, kFunctions = 8;

u32 read_config(u32 address)
{
    SpinGuard guard{config_lock};
    outl(kAddressPort, address);
    return inl(kDataPort);
}

}  // namespace

u32 PciDevice::read32(u32 offset) const
{
    return read_config(address_ | (offset & ~3u));
}

u16 PciDevice::read16(u32 offset) const
{
    return static_cast<u16>(read32(offset) >> (offset & 2) * 8);
}

u8 PciDevice::read8(u32 offset) const
{
    return static_cast<u8>(read32(offset) >> (offset & 3) * 8);
}

void PciDevice::write16(u32 offset, u16 value) const
{
    SpinGuard guard{config_lock};
    outl(kAddressPort, address_ | (offset & ~3u));
    outw(static_cast<u16>(kDataPort + (offset & 2)), value);
}

u16 PciDevice::vendor() const
{
    return read16(kVendor);
}

u16 PciDevice::device() const
{
    return read16(kDevice);
}

void PciDevice::enable() const
{
    write16(kCommand, read16(kCommand) | kMemoryOn | kMasterOn);
}

Result<PhysAddr> PciDevice::memory_bar(u32 index) const
{
    constexpr u32 kIsIo = 1, kTypeMask = 6, k64Bit = 4;
    if (index >= kBars) return Errno::NotSupported;
    const u32 low = read32(kBar0 + 4 * index);
    if (low & kIsIo) return Errno::NotSupported;
    const bool is_wide = (low & kTypeMask) == k64Bit;
    if (is_wide && (index + 1 == kBars || read32(kBar0 + 4 * (index + 1)) != 0)) return Errno::NotSupported;
    if ((low & ~0xfu) == 0) return Errno::NotSupported;
    return PhysAddr{low & ~0xfu};
}

u32 PciDevice::find_capability(u8 id, u32 after) const
{
    constexpr u32 kMost = 48;  // a list that bites its own tail ends all the same
    if (!(read16(kStatus) & kHasCapabilities)) return 0;
    u32 at = read8(after == 0 ? u32{kCapabilities} : after + 1) & ~3u;
    for (u32 seen = 0; at != 0 && seen < kMost; seen++, at = read8(at + 1) & ~3u)
        if (read8(at) == id) return at;
    return 0;
}

// ---- Interrupts ----

namespace {

// Who hears of a vector: one device for a message, any number for a line.
struct Listener {
    void (*handler)(void*);
    void* context;
    Listener* next;
};

struct Line {
    u8 irq;
    Listener* first;
    Line* next;
};
Line* lines;  // grows while drivers start

void on_message(TrapFrame&, void* context)
{
    const Listener& listener = *static_cast<const Listener*>(context);
    listener.handler(listener.context);
    end_of_interrupt();
}

void on_line(TrapFrame&, void* context)
{
    for (const Listener* listener = static_cast<const Line*>(context)->first; listener;
         listener = listener->next)
        listener->handler(listener->context);
    end_of_interrupt();
}

Result<Line*> find_or_connect_line(u8 irq)
{
    for (Line* line = lines; line; line = line->next)
        if (line->irq == irq) return line;
    Line* const line = TRY(make<Line>(Line{irq, nullptr, lines}));
    const auto vector = allocate_irq_vector(on_line, line);
    const auto routed = vector.ok() ? route_pci_irq(irq, vector.value(), 0) : vector.error();
    if (!routed.ok()) return routed.error();  // the vector, and so the line, may not be given back
    lines = line;
    return line;
}

}  // namespace

Result<PciDevice::InterruptKind> PciDevice::connect_interrupt(void (*handler)(void*), void* context) const
{
    if (connect_message(handler, context).ok()) return InterruptKind::Message;
    TRY(connect_line(handler, context));
    return InterruptKind::Line;
}

// A table entry: address (low, high), data, and a word whose bit 0 masks it.
Result<void> PciDevice::connect_message(void (*handler)(void*), void* context) const
{
    constexpr u32 kControl = 2, kTable = 4, kEntrySize = 16;
    const u32 capability = find_capability(kMsixCapability);
    if (capability == 0) return Errno::NotSupported;
    const u32 table = read32(capability + kTable);
    const PhysAddr bar = TRY(memory_bar(table & 7));
    volatile u32* const entry = TRY(map_device(bar + (table & ~7u), kEntrySize)).as<volatile u32>();
    Listener* const listener = TRY(make<Listener>(Listener{handler, context, nullptr}));
    const u8 vector = TRY(allocate_irq_vector(on_message, listener));
    const MsiMessage message = msi_message(0, vector);
    const u16 control = static_cast<u16>(read16(capability + kControl) | kMsixOn);
    write16(capability + kControl,
            control | kMsixMasked);  // the table may be written only while it is on or masked
    entry[0] = message.address;
    entry[1] = 0;
    entry[2] = message.data;
    entry[3] = 0;
    write16(capability + kControl, static_cast<u16>(control & ~kMsixMasked));
    write16(kCommand, read16(kCommand) | kLineOff);
    return {};
}

Result<void> PciDevice::connect_line(void (*handler)(void*), void* context) const
{
    const u8 irq = read8(kInterruptLine);
    if (read8(kInterruptPin) == 0 || irq == 0 || irq == 0xff) return Errno::NotSupported;
    Line* const line = TRY(find_or_connect_line(irq));
    line->first = TRY(make<Listener>(Listener{handler, context, line->first}));
    write16(kCommand, static_cast<u16>(read16(kCommand) & ~kLineOff));
    return {};
}

// ---- Finding devices ----

namespace {

struct Visit {
    void (*function)(const PciDevice&, void*);
    void* context;
    u32 seen_buses[8];  // a bit a bus: bridges that point at each other end the search
};

void visit_bus(u32 bus, Visit& visit);

void visit_function(const PciDevice& device, Visit& visit)
{
    if (!device.is_present()) return;
    visit.function(device, visit.context);
    if (device.read16(kClass) == kClassBridge) visit_bus(device.read8(kSecondaryBus), visit);
}

void visit_bus(u32 bus, Visit& visit)
{
    if (visit.seen_buses[bus / 32] >> bus % 32 & 1) return;
    visit.seen_buses[bus / 32] |= 1u << bus % 32;
    for (u32 slot = 0; slot < kSlots; slot++) {
        const PciDevice first{bus, slot, 0};
        if (!first.is_present()) continue;
        const u32 functions = first.read8(kHeaderType) & kMultiFunction ? kFunctions : 1;
        for (u32 function = 0; function < functions; function++)
            visit_function(PciDevice{bus, slot, function}, visit);
    }
}

}  // namespace

void for_each_pci_device(void (*visit)(const PciDevice& device, void* context), void* context)
{
    Visit all{visit, context, {}};
    visit_bus(0, all);
}

}  // namespace faultline
