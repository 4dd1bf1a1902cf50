// One 16550 serial port: a ring of bytes to be sent, and the chip's interrupts.
//
// put() gives the chip what it takes at once and queues the rest for the "transmitter empty" interrupt. That interrupt
// is turned off only by its handler, when the ring is empty, so whoever waits for room or for the end is always told. Log
// lines are polled out behind what is queued: order is kept, and they show even if interrupts do not work.
// Lock: lock_ (rank Console, under a tty's and the log's) guards the ring and the chip; a tty is called without it.
#pragma once

#include "core/log.h"
#include "core/spinlock.h"
#include "dev/tty.h"

namespace faultline {

class Uart : public LogSink {
public:
    Uart(u16 port, u32 line) : base_{port}, line_{line} {}

    static bool is_present(u16 port);
    void start(Tty& tty);  // from here on it receives and sends
    bool service();        // false: the chip wanted nothing
    TtyPort port();
    u32 line() const { return line_; }
    void write(Span<const char> text) override;  // LogSink

private:
    static constexpr u32 kRingSize = 4096;
    static constexpr u32 kFifoSize = 16;
    static constexpr u32 kReceiveBatch = 64;  // as much as a tty takes after it asked to wait

    u8 in(u32 reg) const;
    void out(u32 reg, u8 value) const;
    u8 line_status() const;

    usize put(Span<const u8> bytes);
    usize room();
    usize queued();
    bool is_drained();
    void discard();
    void hold_output(bool hold);
    void hold_input(bool hold);

    usize append_locked(const u8* bytes, usize size) REQUIRES(lock_);
    u8 take_locked() REQUIRES(lock_);
    void feed_locked(u32 batches) REQUIRES(lock_);
    void set_enabled_locked(u8 enabled) REQUIRES(lock_);
    usize receive_locked(u8 (&bytes)[kReceiveBatch], bool& has_break) REQUIRES(lock_);
    void poll_out_locked(u8 byte) REQUIRES(lock_);
    bool wait_ready_locked() REQUIRES(lock_);

    const u16 base_;
    const u32 line_;
    Tty* tty_ = nullptr;
    SpinLock lock_{LockRank::Console};
    u32 first_ GUARDED_BY(lock_) = 0, count_ GUARDED_BY(lock_) = 0;
    u8 enabled_ GUARDED_BY(lock_) = 0;  // the interrupt enable register
    bool output_held_ GUARDED_BY(lock_) = false;
    bool other_side_sleeps_ GUARDED_BY(lock_) =
        false;  // the log waited in vain: do not wait again until bytes move
    u8 ring_[kRingSize] GUARDED_BY(lock_);
};

}  // namespace faultline
