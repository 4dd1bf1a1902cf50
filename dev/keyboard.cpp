// The PS/2 keyboard behind an i8042: scan codes of set 1 (the controller translates), as input of the console.
//
// No lock: the controller is touched while starting, and then by its interrupt alone, which goes to one CPU.
#include "arch/clock.h"
#include "arch/interrupts.h"
#include "arch/x86.h"
#include "core/log.h"
#include "dev/console.h"
#include "dev/driver.h"
#include "dev/keymap.h"
#include "dev/tty.h"

namespace faultline {

namespace {

constexpr u16 kDataPort = 0x60, kCommandPort = 0x64, kStatusPort = 0x64;
constexpr u8 kOutputFull = 0x01, kInputFull = 0x02, kFromMouse = 0x20;  // of the status
constexpr u8 kReadConfig = 0x20, kWriteConfig = 0x60, kDisableMouse = 0xA7, kDisableKeyboard = 0xAD,
             kEnableKeyboard = 0xAE;
constexpr u8 kConfigKeyboardIrq = 0x01, kConfigMouseIrq = 0x02, kConfigKeyboardOff = 0x10,
             kConfigTranslate = 0x40;
constexpr u8 kStartScanning = 0xF4, kAcknowledge = 0xFA;
constexpr u32 kIrq = 1;
constexpr u64 kPatienceNs = 20 * kNsPerMs;

Keymap keymap;

bool wait_status(u8 mask, u8 wanted)
{
    for (const u64 deadline = now_ns() + kPatienceNs; (inb(kStatusPort) & mask) != wanted; pause())
        if (now_ns() >= deadline) return false;
    return true;
}

bool send(u16 port, u8 value)
{
    if (!wait_status(kInputFull, 0)) return false;
    outb(port, value);
    return true;
}

void drop_output()
{
    constexpr u32 kMost = 64;
    for (u32 i = 0; i < kMost && (inb(kStatusPort) & kOutputFull); i++)
        inb(kDataPort);
}

// NoDevice where no controller answers.
Result<void> configure()
{
    if (inb(kStatusPort) == 0xff) return Errno::NoDevice;
    if (!send(kCommandPort, kDisableKeyboard) || !send(kCommandPort, kDisableMouse)) return Errno::NoDevice;
    drop_output();
    if (!send(kCommandPort, kReadConfig) || !wait_status(kOutputFull, kOutputFull)) return Errno::NoDevice;
    const u32 old = inb(kDataPort);
    const u32 config =
        (old & ~u32{kConfigMouseIrq | kConfigKeyboardOff}) | kConfigKeyboardIrq | kConfigTranslate;
    send(kCommandPort, kWriteConfig);
    send(kDataPort, static_cast<u8>(config));
    send(kCommandPort, kEnableKeyboard);
    send(kDataPort, kStartScanning);
    if (wait_status(kOutputFull, kOutputFull) && inb(kDataPort) != kAcknowledge) drop_output();
    return {};
}

void on_interrupt(TrapFrame&, void*)
{
    for (u8 status; (status = inb(kStatusPort)) & kOutputFull;) {
        const u8 code = inb(kDataPort);
        if (status & kFromMouse) continue;
        const Span<const u8> bytes = keymap.translate(code);
        if (!bytes.empty()) console_tty().receive(bytes);
    }
    end_of_interrupt();
}

Result<void> init_keyboard()
{
    if (!console_has_screen() || !configure().ok()) return {};
    const u8 vector = TRY(allocate_irq_vector(on_interrupt, nullptr));
    TRY(route_isa_irq(kIrq, vector, 0));
    drop_output();  // a key pressed meanwhile made its edge before anybody listened
    return {};
}

DRIVER(keyboard, init_keyboard);

}  // namespace

}  // namespace faultline
