#include "kernel/shutdown.h"

#include "arch/power.h"
#include "core/log.h"
#include "fs/mount.h"
#include "mm/consistency.h"

namespace faultline {

namespace {

void close_files()
{
    check_all_memory();
    static_cast<void>(sync_all().ok());
    shut_down_file_systems();
}

[[noreturn]] void end(MachineEnd how)
{
    switch (how) {
    case MachineEnd::PowerOff:
        log_info("power off");
        power_off();
    case MachineEnd::Reboot:
        log_info("reboot");
        reboot_machine();
    case MachineEnd::Halt:
        break;
    }
    log_info("halted: the machine can be switched off");
    halt_forever();
}

}  // namespace

void end_machine(MachineEnd how)
{
    close_files();
    end(how);
}

void end_machine_with_status(u32 status)
{
    close_files();
    debug_exit(static_cast<u8>(status));
    end(MachineEnd::PowerOff);
}

}  // namespace faultline
