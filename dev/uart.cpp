// The 16550 (and what QEMU makes of it): registers, interrupts, ports COM1 to COM4 as ttyS0 to ttyS3.
#include "dev/uart.h"

#include "arch/clock.h"
#include "arch/interrupts.h"
#include "arch/x86.h"
#include "dev/console.h"
#include "dev/driver.h"
#include "lib/new.h"
#include "lib/string.h"

namespace faultline {

namespace {

enum Register : u32 {
    kData = 0,             // and the divisor's low byte
    kInterruptEnable = 1,  // and its high byte
    kInterruptId = 2,      // read
    kFifoControl = 2,      // write
    kLineControl = 3,
    kModemControl = 4,
    kLineStatus = 5,
    kModemStatus = 6,
    kScratch = 7,
};

constexpr u8 kEnableReceive = 0x01, kEnableTransmit = 0x02;
constexpr u8 kNonePending = 0x01;  // of kInterruptId
constexpr u8 kFifoOn = 0xC1;       // an interrupt for 14 bytes received, or fewer and then a pause of four
constexpr u8 kDivisorAccess = 0x80, kEightBits = 0x03;  // of kLineControl
constexpr u8 kDtr = 0x01, kRts = 0x02, kOut2 = 0x08;    // OUT2 lets the interrupt through on a PC
constexpr u8 kDataReady = 0x01, kBreak = 0x10, kTransmitterReady = 0x20, kTransmitterEmpty = 0x40;
constexpr u16 kDivisor115200 = 1;

constexpr u32 kBatches = 16;  // at most as many FIFOs full are sent with interrupts off
// How long a log line waits for a host that reads nothing. A busy one may leave its end of an emulated port alone for tenths
// of a second, and the socket there holds but a few hundred bytes.
constexpr u64 kLogPatienceNs = 2 * kNsPerSecond;

}  // namespace

u8 Uart::in(u32 reg) const
{
    return inb(static_cast<u16>(base_ + reg));
}

u8 Uart::line_status() const
{
    return in(kLineStatus);
}

void Uart::out(u32 reg, u8 value) const
{
    outb(static_cast<u16>(base_ + reg), value);
}

// A register that keeps what it is given, and one whose upper half is always zero.
bool Uart::is_present(u16 port)
{
    const auto reg = [port](u32 number) { return static_cast<u16>(port + number); };
    constexpr u8 kPatterns[] = {0x5A, 0xA5};
    for (const u8 pattern : kPatterns) {
        outb(reg(kScratch), pattern);
        if (inb(reg(kScratch)) != pattern) return false;
    }
    return (inb(reg(kInterruptEnable)) & 0xf0) == 0 && inb(reg(kLineStatus)) != 0xff;
}

void Uart::start(Tty& tty)
{
    SpinGuard guard{lock_};
    tty_ = &tty;
    wait_ready_locked();  // turning the FIFO on would drop what the early console left in the chip
    out(kInterruptEnable, 0);
    out(kLineControl, kDivisorAccess | kEightBits);
    out(kData, kDivisor115200 & 0xff);
    out(kInterruptEnable, kDivisor115200 >> 8);
    out(kLineControl, kEightBits);
    out(kFifoControl, kFifoOn);
    out(kModemControl, kDtr | kRts | kOut2);
    in(kModemStatus);
    set_enabled_locked(kEnableReceive);
}

void Uart::set_enabled_locked(u8 enabled)
{
    if (enabled == enabled_) return;
    enabled_ = enabled;
    out(kInterruptEnable, enabled);
}

// ---- The ring ----

usize Uart::append_locked(const u8* bytes, usize size)
{
    size = min<usize>(size, kRingSize - count_);
    for (usize i = 0; i < size; i++)
        ring_[(first_ + count_++) % kRingSize] = bytes[i];
    return size;
}

u8 Uart::take_locked()
{
    const u8 byte = ring_[first_];
    first_ = (first_ + 1) % kRingSize;
    count_--;
    return byte;
}

// Gives the chip as much as its FIFO holds, up to `batches` times (an emulated one is ready again at once).
void Uart::feed_locked(u32 batches)
{
    for (; batches > 0 && count_ > 0 && !output_held_ && (line_status() & kTransmitterReady); batches--) {
        other_side_sleeps_ = false;
        for (u32 i = 0; i < kFifoSize && count_ > 0; i++)
            out(kData, take_locked());
    }
}

// ---- Interrupts ----

// A break ends a batch: what came before it is received before it. It brings a byte of zero that is not one.
usize Uart::receive_locked(u8 (&bytes)[kReceiveBatch], bool& has_break)
{
    usize size = 0;
    while (size < kReceiveBatch && (enabled_ & kEnableReceive) && !has_break) {
        const u8 status = line_status();
        if (!(status & kDataReady)) break;
        const u8 byte = in(kData);
        has_break = status & kBreak;
        if (!has_break) bytes[size++] = byte;
    }
    return size;
}

bool Uart::service()
{
    u8 bytes[kReceiveBatch];
    usize received;
    bool has_room, has_break = false;
    {
        SpinGuard guard{lock_};
        if (in(kInterruptId)&kNonePending) return false;
        in(kModemStatus);  // we asked for none of its interrupts, but reading is what would end one
        received = receive_locked(bytes, has_break);
        const bool was_sending = enabled_ & kEnableTransmit;
        // Off while bytes go out: an emulated chip would raise its interrupt anew for each.
        set_enabled_locked(enabled_ & kEnableReceive);
        feed_locked(kBatches);
        if (count_ > 0 && !output_held_) set_enabled_locked(enabled_ | kEnableTransmit);
        has_room = was_sending && count_ <= kRingSize / 2;
    }
    if (received > 0) tty_->receive({bytes, received});
    if (has_break) tty_->receive_break();
    if (has_room) tty_->output_has_room();
    return true;
}

// ---- What the tty asks ----

usize Uart::put(Span<const u8> bytes)
{
    SpinGuard guard{lock_};
    const usize size = append_locked(bytes.data(), bytes.size());
    if (enabled_ & kEnableTransmit) return size;  // its interrupt is on the way
    feed_locked(kBatches);
    if (count_ > 0 && !output_held_) set_enabled_locked(enabled_ | kEnableTransmit);
    return size;
}

usize Uart::room()
{
    SpinGuard guard{lock_};
    return kRingSize - count_;
}

usize Uart::queued()
{
    SpinGuard guard{lock_};
    return count_;
}

bool Uart::is_drained()
{
    SpinGuard guard{lock_};
    return count_ == 0 && (line_status() & kTransmitterEmpty);
}

void Uart::discard()
{
    SpinGuard guard{lock_};
    count_ = 0;
}

void Uart::hold_output(bool hold)
{
    SpinGuard guard{lock_};
    output_held_ = hold;
    set_enabled_locked(static_cast<u8>(hold ? enabled_ & ~kEnableTransmit : enabled_ | kEnableTransmit));
}

// What is not fetched stays in the chip; its FIFO fills, and the host's end waits.
void Uart::hold_input(bool hold)
{
    SpinGuard guard{lock_};
    set_enabled_locked(static_cast<u8>(hold ? enabled_ & ~kEnableReceive : enabled_ | kEnableReceive));
}

TtyPort Uart::port()
{
    TtyPort port;
    port.context = this;
    port.put = [](void* uart, Span<const u8> bytes) { return static_cast<Uart*>(uart)->put(bytes); };
    port.room = [](void* uart) { return static_cast<Uart*>(uart)->room(); };
    port.queued = [](void* uart) { return static_cast<Uart*>(uart)->queued(); };
    port.is_drained = [](void* uart) { return static_cast<Uart*>(uart)->is_drained(); };
    port.discard = [](void* uart) { static_cast<Uart*>(uart)->discard(); };
    port.hold_output = [](void* uart, bool hold) { static_cast<Uart*>(uart)->hold_output(hold); };
    port.hold_input = [](void* uart, bool hold) { static_cast<Uart*>(uart)->hold_input(hold); };
    return port;
}

// ---- The log ----

// False: the other side has read nothing for so long that waiting is no use.
bool Uart::wait_ready_locked()
{
    u64 deadline = 0;
    while (!(line_status() & kTransmitterReady)) {
        if (other_side_sleeps_) return false;
        if (deadline == 0) deadline = now_ns() + kLogPatienceNs;
        other_side_sleeps_ = now_ns() >= deadline;
        pause();
    }
    other_side_sleeps_ = false;
    return true;
}

// Behind what is queued; where a line cannot be sent it is queued as well, and lost from this port when the ring is full
// (dmesg still has it). A terminal that was stopped by ^S shows the kernel's lines at once.
void Uart::poll_out_locked(u8 byte)
{
    while (count_ > 0 && !output_held_ && wait_ready_locked())
        feed_locked(1);
    if ((count_ == 0 || output_held_) && wait_ready_locked())
        out(kData, byte);
    else
        append_locked(&byte, 1);
}

void Uart::write(Span<const char> text)
{
    SpinGuard guard{lock_};
    for (const char c : text) {
        if (c == '\n') poll_out_locked('\r');
        poll_out_locked(static_cast<u8>(c));
    }
    if (count_ > 0 && !output_held_)
        set_enabled_locked(enabled_ | kEnableTransmit);  // what waits goes by itself
}

// ---- The ports of a PC ----

namespace {

struct SerialLine {
    u16 port;
    u32 irq;
    const char* name;
};

constexpr u32 kLineCount = 4;
constexpr SerialLine kLines[kLineCount] = {
    {0x3F8, 4, "ttyS0"}, {0x2F8, 3, "ttyS1"}, {0x3E8, 4, "ttyS2"}, {0x2E8, 3, "ttyS3"}};
constexpr u32 kTtyMajor = 4, kFirstMinor = 64;

// In zeroed memory, and only those that are there are made.
alignas(Uart) u8 uart_memory[kLineCount][sizeof(Uart)];
alignas(Tty) u8 tty_memory[kLineCount][sizeof(Tty)];
TtyLine::Ring tty_rings[kLineCount];
Uart* uarts[kLineCount];

// An ISA line is edge-triggered and shared by two ports: an interrupt that comes while the other port's stands makes no
// edge of its own. So look at all until none wanted anything in one whole round.
void on_interrupt(TrapFrame&, void* context)
{
    const u32 irq = *static_cast<const u32*>(context);
    for (bool again = true; again;) {
        again = false;
        for (Uart* const uart : uarts)
            if (uart && kLines[uart->line()].irq == irq && uart->service()) again = true;
    }
    end_of_interrupt();
}

Result<void> start_line(u32 number)
{
    const SerialLine& line = kLines[number];
    Uart& uart = *new (uart_memory[number]) Uart{line.port, number};
    const bool is_console = console_has_serial(number);
    Tty& tty = is_console ? console_tty()
                          : *new (tty_memory[number]) Tty{kTtyMajor, kFirstMinor + number, tty_rings[number]};
    tty.add_port(uart.port());
    uart.start(tty);
    uarts[number] = &uart;
    if (is_console) register_log_sink(uart);
    log_info("%s: 16550 at port 0x%x, irq %u%s", line.name, line.port, line.irq,
             is_console ? ", console" : "");
    return register_tty({line.name, kTtyMajor, kFirstMinor + number, &tty});
}

Result<void> connect_irq(const u32& irq)
{
    const u8 vector = TRY(allocate_irq_vector(on_interrupt, const_cast<u32*>(&irq)));
    return route_isa_irq(irq, vector, 0);
}

Result<void> init_uarts()
{
    static constexpr u32 kIrqs[] = {4, 3};
    for (u32 number = 0; number < kLineCount; number++)
        if (Uart::is_present(kLines[number].port)) TRY(start_line(number));
    for (const u32& irq : kIrqs)
        TRY(connect_irq(irq));
    // Bytes that came in between made their edge before anybody listened.
    for (Uart* const uart : uarts)
        while (uart && uart->service()) {
        }
    return {};
}

DRIVER(uart, init_uarts);

}  // namespace

}  // namespace faultline
