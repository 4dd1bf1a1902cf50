// poweroff, reboot, halt: one program, told apart by its name. Ends all processes, writes the disks, then asks
// the kernel. `poweroff STATUS` ends QEMU with that status through its debug-exit device, where there is one.
#include "user/lib/shutdown.h"
#include "user/lib/tool.h"

#include <signal.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

static const char help[] =
    "Usage: poweroff [-f] [STATUS] | reboot [-f] | halt [-f]\n"
    "End all processes, write the disks, and power the machine off, restart or halt it.\n"
    "With STATUS, QEMU ends with that exit status if it has the debug-exit device.\n"
    "  -f, --force  at once: leave the processes alone (the disks are still written)\n";

enum { kCallShutdown = 1004 };  // our own system call

static int command_for(const char* name)
{
    if (strcmp(name, "reboot") == 0) return RB_AUTOBOOT;
    if (strcmp(name, "halt") == 0) return RB_HALT_SYSTEM;
    return RB_POWER_OFF;
}

int main(int argc, char** argv)
{
    static const struct tool_long_option longs[] = {{"force", 'f'}, {0, 0}};
    int force = 0;
    tool_begin(argc, argv, help);
    while (tool_option("fp", longs) != -1)
        force = 1;
    const int command = command_for(tool_name);
    tool_need_operands(0, command == RB_POWER_OFF);
    const long status = tool_operand_count ? tool_parse_number(tool_operands[0]) : -1;
    if (geteuid() != 0) tool_die("only root may do this");

    if (!force) {
        kill(1, SIGNAL_NO_MORE_SHELLS);
        stop_all_processes();
    }
    release_file_systems();
    if (status >= 0) syscall(kCallShutdown, status);
    reboot(command);
    tool_warn("the kernel refused");
    return tool_end();
}
