// The console terminal itself; its ports add themselves (dev/uart, dev/vga), the keyboard feeds it.
#include "dev/console.h"

#include "core/log.h"
#include "core/options.h"
#include "dev/driver.h"
#include "dev/tty.h"
#include "lib/new.h"
#include "lib/span.h"

namespace faultline {

namespace {

constexpr u32 kMajor = 5, kMinor = 1;

// In zeroed memory, because a Tty that the compiler initializes would stand in the kernel file with all its buffers.
alignas(Tty) u8 console_memory[sizeof(Tty)];
TtyLine::Ring console_ring;
bool constructed;

// What `console=` chose: a bit for each serial line, and one for screen and keyboard.
constexpr u32 kSerialLines = 4;
constexpr u32 kScreen = 1u << kSerialLines;
constexpr u32 kByDefault = kScreen | 1u << 0;

// `ttyS0,115200n8`: what stands behind the comma is the speed, which we leave as it is.
u32 parse_port(StringView text)
{
    usize size = 0;
    while (size < text.size() && text[size] != ',')
        size++;
    const StringView port{text.data(), size};
    if (port == "tty0" || port == "tty1") return kScreen;
    if (port.size() != 5 || !port.starts_with("ttyS")) return 0;
    const u32 line = static_cast<u32>(port[4] - '0');
    return line < kSerialLines ? 1u << line : 0;
}

// Linux lets the option stand several times, and so do we: all the ports named are the console.
u32 chosen_ports()
{
    constexpr StringView kOption = "console=";
    u32 ports = 0;
    if (!option("console")) return kByDefault;
    for (const char* at = command_line(); *at;) {
        const char* end = at;
        while (*end && *end != ' ')
            end++;
        const StringView word{at, static_cast<usize>(end - at)};
        if (word == "--") break;
        if (word.starts_with(kOption))
            ports |= parse_port({at + kOption.size(), word.size() - kOption.size()});
        at = *end ? end + 1 : end;
    }
    return ports != 0 ? ports : kByDefault;
}

Result<void> init_console()
{
    const char* const last = option("console");
    if (last && parse_port(last) == 0) log_warn("console=%s: not a terminal of this machine", last);
    return register_tty({"console", kMajor, kMinor, &console_tty()});
}

DRIVER(console, init_console);

}  // namespace

// First asked for by the first driver that has something for it.
Tty& console_tty()
{
    if (!constructed) {
        new (console_memory) Tty{kMajor, kMinor, console_ring};
        constructed = true;
    }
    return *reinterpret_cast<Tty*>(console_memory);
}

bool console_has_serial(u32 line)
{
    return chosen_ports() >> line & 1;
}

bool console_has_screen()
{
    return chosen_ports() & kScreen;
}

}  // namespace faultline
