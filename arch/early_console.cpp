// Polled COM1 and QEMU's debug port. No lock: a panic must get through.

#include "arch/early_console.h"

#include "arch/x86.h"

namespace faultline {

namespace {

constexpr u16 kCom1 = 0x3F8;
constexpr u16 kDebugPort = 0xE9;
constexpr u8 kLineEmpty = 0x20;
constexpr u32 kPatience = 100'000;  // polls; a machine without COM1 answers 0xFF at once

void put_raw(char c)
{
    outb(kDebugPort, static_cast<u8>(c));
    for (u32 i = 0; i < kPatience && !(inb(kCom1 + 5) & kLineEmpty); i++)
        pause();
    outb(kCom1, static_cast<u8>(c));
}

}  // namespace

void early_console_init()
{
    outb(kCom1 + 1, 0);     // no interrupts
    outb(kCom1 + 3, 0x80);  // divisor latch
    outb(kCom1 + 0, 1);     // 115200 baud
    outb(kCom1 + 1, 0);
    outb(kCom1 + 3, 0x03);  // 8N1
    outb(kCom1 + 2, 0xC7);  // FIFOs on and empty
    outb(kCom1 + 4, 0x0B);  // DTR, RTS, OUT2
}

void early_put(char c)
{
    if (c == '\n') put_raw('\r');
    put_raw(c);
}

void early_print(const char* text)
{
    while (*text)
        early_put(*text++);
}

}  // namespace faultline
