// PCI: finding devices in configuration space, their registers in memory, and their interrupts (MSI-X, else the line).
//
// Configuration space is reached through one pair of ports (mechanism #1), guarded by a lock inside. Addresses are left
// where the firmware put them.
#pragma once

#include "arch/layout.h"
#include "lib/result.h"
#include "lib/types.h"

namespace faultline {

class PciDevice {
public:
    PciDevice(u32 bus, u32 slot, u32 function) : address_{1u << 31 | bus << 16 | slot << 11 | function << 8}
    {
    }

    u32 bus() const { return address_ >> 16 & 0xff; }
    u32 slot() const { return address_ >> 11 & 0x1f; }
    u32 function() const { return address_ >> 8 & 7; }

    u8 read8(u32 offset) const;
    u16 read16(u32 offset) const;
    u32 read32(u32 offset) const;
    void write16(u32 offset, u16 value) const;

    u16 vendor() const;
    u16 device() const;
    bool is_present() const { return vendor() != 0xffff; }

    // Answers to its memory registers and may access memory itself.
    void enable() const;

    // Where a base address register points. NotSupported: it is not memory, not set up, or above 4 GiB.
    Result<PhysAddr> memory_bar(u32 index) const;

    // The offset of the next capability of a kind, behind `after` (0: the first); 0: there is none.
    u32 find_capability(u8 id, u32 after = 0) const;

    // Has handler(context) called for the device's interrupts, with interrupts off, on CPU 0. Prefers MSI-X, all of whose
    // messages then are its table's entry 0. With the line, which devices share, the handler must ask its device.
    enum class InterruptKind : u8 { Message, Line };
    Result<InterruptKind> connect_interrupt(void (*handler)(void* context), void* context) const;

private:
    Result<void> connect_message(void (*handler)(void*), void* context) const;
    Result<void> connect_line(void (*handler)(void*), void* context) const;

    u32 address_;
};

// Calls visit(device, context) for each function that is there, bus by bus, following bridges.
void for_each_pci_device(void (*visit)(const PciDevice& device, void* context), void* context);

}  // namespace faultline
