// The VGA adapter's text mode, 80 x 25: shows a Screen (dev/screen.h), as part of the console.
//
// The adapter's 32 KiB hold some 200 rows, and the picture may start at any cell. So scrolling moves the start and writes
// one row; only at the end of that memory everything is written again at its beginning.
// Lock: lock (rank Console) guards the screen and the adapter.
#include "arch/x86.h"
#include "core/log.h"
#include "core/options.h"
#include "core/spinlock.h"
#include "dev/console.h"
#include "dev/driver.h"
#include "dev/screen.h"
#include "dev/tty.h"
#include "lib/new.h"
#include "mm/kernel_map.h"

namespace faultline {

namespace {

constexpr PhysAddr kTextMemory{0xB8000};
constexpr u32 kTextMemorySize = 32 * kKiB;
constexpr u32 kMemoryRows = kTextMemorySize / (Screen::kColumns * sizeof(Screen::Cell));
constexpr u32 kAllRows = (1u << Screen::kRows) - 1;

// The CRT controller (IBM VGA Technical Reference).
constexpr u16 kCrtcIndex = 0x3D4, kCrtcData = 0x3D5;
enum CrtcRegister : u8 { kCursorStart = 0x0A, kStartHigh = 0x0C, kStartLow, kCursorHigh, kCursorLow };
constexpr u8 kCursorOff = 0x20, kCursorTopLine = 13;

void write_crtc(CrtcRegister reg, u32 value)
{
    outb(kCrtcIndex, reg);
    outb(kCrtcData, static_cast<u8>(value));
}

u8 read_crtc(CrtcRegister reg)
{
    outb(kCrtcIndex, reg);
    return inb(kCrtcData);
}

class Vga : public LogSink {
public:
    explicit Vga(KernelAddr memory) : memory_{memory.as<volatile u32>()} {}

    void show(Span<const u8> bytes)
    {
        SpinGuard guard{lock_};
        screen_.put(bytes);
        update_locked();
    }
    void write(Span<const char> text) override
    {
        SpinGuard guard{lock_};
        for (const char c : text) {
            if (c == '\n') screen_.put('\r');
            screen_.put(static_cast<u8>(c));
        }
        update_locked();
    }

private:
    void update_locked() REQUIRES(lock_);
    void copy_row_locked(u32 row) REQUIRES(lock_);

    SpinLock lock_{LockRank::Console};
    Screen screen_ GUARDED_BY(lock_);
    volatile u32* const memory_;
    u32 first_row_ GUARDED_BY(lock_) = 0;  // of the adapter's memory, shown on top
    u32 cursor_ GUARDED_BY(lock_) = ~0u;   // as the adapter has it
    bool cursor_shown_ GUARDED_BY(lock_) = false;
};

void Vga::copy_row_locked(u32 row)
{
    constexpr u32 kWords = Screen::kColumns / 2;
    const Screen::Cell* const cells = screen_.row(row);
    volatile u32* const to = memory_ + (first_row_ + row) * kWords;
    for (u32 i = 0; i < kWords; i++)
        to[i] = cells[2 * i] | static_cast<u32>(cells[2 * i + 1]) << 16;
}

void Vga::update_locked()
{
    u32 changed = screen_.changed_rows();
    const u32 scrolled = min(screen_.scrolled(), kMemoryRows);
    if (scrolled > 0) {
        first_row_ += scrolled;
        if (first_row_ + Screen::kRows > kMemoryRows) {
            first_row_ = 0;
            changed = kAllRows;
        }
    }
    for (u32 row = 0; row < Screen::kRows; row++)
        if (changed >> row & 1) copy_row_locked(row);
    const u32 start = first_row_ * Screen::kColumns;
    if (scrolled > 0) {
        write_crtc(kStartHigh, start >> 8);
        write_crtc(kStartLow, start);
    }
    const u32 cursor = start + screen_.cursor_row() * Screen::kColumns + screen_.cursor_column();
    if (cursor != cursor_) {
        write_crtc(kCursorHigh, cursor >> 8);
        write_crtc(kCursorLow, cursor);
        cursor_ = cursor;
    }
    if (screen_.cursor_visible() != cursor_shown_) {
        cursor_shown_ = screen_.cursor_visible();
        write_crtc(kCursorStart, cursor_shown_ ? kCursorTopLine : kCursorOff);
    }
    screen_.settle();
}

// What was logged before there was a screen.
void show_log(Vga& vga)
{
    char text[256];
    u64 position = log_begin();
    for (usize size; (size = log_read(position, text)) > 0;)
        vga.write({text, size});
}

bool is_present()
{
    const u8 saved = read_crtc(kCursorLow);
    write_crtc(kCursorLow, saved ^ 0xffu);
    const bool kept = read_crtc(kCursorLow) == (saved ^ 0xff);
    write_crtc(kCursorLow, saved);
    return kept;
}

Result<void> init_vga()
{
    constexpr u32 kTtyMajor = 4;
    alignas(Vga) static u8 memory[sizeof(Vga)];
    if (!console_has_screen() || !is_present()) return {};
    Vga& vga = *new (memory) Vga{TRY(map_device(kTextMemory, kTextMemorySize))};
    TtyPort port;
    port.context = &vga;
    port.put = [](void* context, Span<const u8> bytes) {
        static_cast<Vga*>(context)->show(bytes);
        return bytes.size();
    };
    console_tty().add_port(port);
    console_tty().set_size(Screen::kRows, Screen::kColumns);
    if (!option_flag("quiet")) show_log(vga);
    register_log_sink(vga);
    TRY(register_tty({"tty0", kTtyMajor, 0, &console_tty()}));
    TRY(register_tty({"tty1", kTtyMajor, 1, &console_tty()}));
    return {};
}

DRIVER(vga, init_vga);

}  // namespace

}  // namespace faultline
