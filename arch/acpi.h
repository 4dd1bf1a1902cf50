// The few facts that ACPI tables give us: CPUs, interrupt chips and overrides (MADT), the timer, power off and reset
// (FADT, and \_S5_ in the DSDT). Read once at boot through the boot page tables, copied: the tables may lie anywhere.
#pragma once

#include "arch/layout.h"
#include "arch/percpu.h"
#include "lib/optional.h"
#include "lib/types.h"

namespace faultline {

struct IoApicFact {
    PhysAddr address;
    u32 first_gsi;
};

struct IrqOverride {
    u8 isa_irq;
    u32 gsi;
    bool active_low;
    bool level;
};

struct AcpiFacts {
    bool found = false;
    PhysAddr local_apic{0xFEE00000};
    u32 cpu_count = 1;           // usable ones, at most kMaxCpus
    u32 cpus_left_out = 0;       // beyond kMaxCpus
    u8 apic_ids[kMaxCpus] = {};  // the boot CPU's is not necessarily first here
    u32 io_apic_count = 0;
    IoApicFact io_apics[4] = {};
    u32 override_count = 0;
    IrqOverride overrides[16] = {};
    u16 pm_timer_port = 0;  // 0: none
    u16 pm1a_control_port = 0, pm1b_control_port = 0;
    Optional<u16> sleep_type_s5;  // SLP_TYPa | SLP_TYPb << 8
    u16 reset_port = 0;
    u8 reset_value = 0;
    u16 smi_command_port = 0;  // writing acpi_enable_value there hands the power registers to us
    u8 acpi_enable_value = 0;
    u8 century_register = 0;  // of the RTC; 0: none
};

void acpi_init();  // before mm replaces the boot page tables
const AcpiFacts& acpi();

}  // namespace faultline
