// Power off by ACPI, reset by ACPI, keyboard controller or triple fault, QEMU's debug exit.

#include "arch/power.h"

#include "arch/acpi.h"
#include "arch/clock.h"
#include "arch/x86.h"

namespace faultline {

namespace {

constexpr u16 kDebugExitPort = 0xF4;
constexpr u16 kSciEnabled = 1;  // in PM1 control
constexpr u16 kSleepEnable = 1u << 13;

void enter_acpi_mode()
{
    const AcpiFacts& facts = acpi();
    if (!facts.smi_command_port || (inw(facts.pm1a_control_port) & kSciEnabled)) return;
    outb(facts.smi_command_port, facts.acpi_enable_value);
    for (u32 i = 0; i < 1000 && !(inw(facts.pm1a_control_port) & kSciEnabled); i++)
        spin_ns(kNsPerMs);
}

}  // namespace

[[noreturn]] void halt_forever()
{
    for (;;) {
        cli();
        hlt();
    }
}

[[noreturn]] void power_off()
{
    const AcpiFacts& facts = acpi();
    if (facts.pm1a_control_port && facts.sleep_type_s5) {
        enter_acpi_mode();
        const u32 types = *facts.sleep_type_s5;
        outw(facts.pm1a_control_port, static_cast<u16>((types & 7) << 10 | kSleepEnable));
        if (facts.pm1b_control_port)
            outw(facts.pm1b_control_port, static_cast<u16>((types >> 8 & 7) << 10 | kSleepEnable));
    }
    halt_forever();
}

[[noreturn]] void reboot_machine()
{
    const AcpiFacts& facts = acpi();
    if (facts.reset_port) outb(facts.reset_port, facts.reset_value);
    spin_ns(10 * kNsPerMs);
    outb(0x64, 0xFE);  // the keyboard controller pulses the reset line
    spin_ns(10 * kNsPerMs);
    lidt(TableRegister{0, 0});  // no handler for anything: the CPU shuts down, the chipset resets
    asm volatile("int3");
    halt_forever();
}

void debug_exit(u8 status)
{
    outl(kDebugExitPort, status);
}

}  // namespace faultline
