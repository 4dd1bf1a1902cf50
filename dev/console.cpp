// The console terminal itself; its ports add themselves (dev/uart, dev/vga), the keyboard feeds it.
#include "dev/console.h"

#include "core/log.h"
#include "core/options.h"
#include "dev/driver.h"
#include "dev/tty.h"
#include "lib/new.h"
#include "lib/string.h"

namespace faultline {

namespace {

constexpr u32 kMajor = 5, kMinor = 1;

// In zeroed memory, because a Tty that the compiler initializes would stand in the kernel file with all its buffers.
alignas(Tty) u8 console_memory[sizeof(Tty)];
bool constructed;

// `ttyS0,115200n8`: what stands behind the comma is the speed, which we leave as it is.
StringView chosen_port()
{
    const char* const text = option("console");
    if (!text) return {};
    const char* const comma = strchr(text, ',');
    return comma ? StringView{text, static_cast<usize>(comma - text)} : StringView{text};
}

Result<void> init_console()
{
    const StringView chosen = chosen_port();
    const bool is_serial =
        chosen.size() == 5 && chosen.starts_with("ttyS") && chosen[4] >= '0' && chosen[4] <= '3';
    if (!chosen.empty() && !is_serial && chosen != "tty0" && chosen != "tty1")
        log_warn("console=%s: not known; using the serial line and the screen", option("console"));
    return register_tty({"console", kMajor, kMinor, &console_tty()});
}

DRIVER(console, init_console);

}  // namespace

// First asked for by the first driver that has something for it.
Tty& console_tty()
{
    if (!constructed) {
        new (console_memory) Tty{kMajor, kMinor};
        constructed = true;
    }
    return *reinterpret_cast<Tty*>(console_memory);
}

bool console_has_serial(u32 line)
{
    const StringView chosen = chosen_port();
    if (chosen.starts_with("ttyS")) return chosen.size() == 5 && chosen[4] == static_cast<char>('0' + line);
    return line == 0 && chosen != "tty0" && chosen != "tty1";
}

bool console_has_screen()
{
    return !chosen_port().starts_with("ttyS");
}

}  // namespace faultline
