// Terminals: a line discipline (dev/tty_line.h) between a program and a port, and job control.
//
//   keyboard, COM1 ----> Tty::receive() --> TtyLine: edits, echoes, signals --> read()
//   screen,   COM1 <---- TtyPort::put()  <-- TtyLine: ONLCR and the like  <--- write()
//
// The tty knows no processes: who calls is a parameter (TtyCaller), and what it wants of processes it asks through
// TtyHooks, which kernel/ sets. A tty that is registered stays for good: a plain pointer never dangles.
//
// Lock: Tty::lock_ (rank Terminal) guards everything; ports are called with it held and may take their own lock inside.
#pragma once

#include "arch/layout.h"
#include "core/spinlock.h"
#include "core/wait_queue.h"
#include "dev/tty_line.h"
#include "lib/annotations.h"
#include "lib/result.h"
#include "lib/span.h"
#include "lib/types.h"

namespace faultline {

class IoBuffer;

// The process on whose behalf a call is made. The session and group are numbers as in getsid() and getpgrp().
struct TtyCaller {
    u32 session = 0;
    u32 group = 0;
    bool is_session_leader = false;
    bool is_superuser = true;
    bool ignores_ttin = false;  // SIGTTIN is ignored or blocked by the calling thread
    bool ignores_ttou = false;  // the same for SIGTTOU
};

// What terminals ask of processes. Called without the tty's lock, but signal_group also from interrupts.
struct TtyHooks {
    void (*signal_group)(u32 group, u32 signal);
    Result<u32> (*session_of_group)(u32 group);  // NoProcess if there is no such group
    bool (*group_is_orphaned)(u32 group);        // POSIX: nobody outside the group who could continue it
};
void set_tty_hooks(const TtyHooks& hooks);

// Where a tty's bytes go, and how its input is held back: a serial line, a screen. All but put may be null. Called
// with the tty's lock held.
struct TtyPort {
    void* context = nullptr;
    usize (*put)(void* context, Span<const u8> bytes) = nullptr;  // takes as many as fit now
    usize (*room)(void* context) = nullptr;                   // how many put() would take; null: any number
    usize (*queued)(void* context) = nullptr;                 // taken, but not yet out
    bool (*is_drained)(void* context) = nullptr;              // the last bit has left the wire
    void (*discard)(void* context) = nullptr;                 // forget what is queued
    void (*hold_output)(void* context, bool hold) = nullptr;  // ^S, ^Q
    void (*hold_input)(void* context, bool hold) = nullptr;   // the tty has no room: let the other side wait
};

enum class IoMode : u8 { Blocking, NonBlocking };

// Linux's bits of poll(2).
constexpr u32 kPollIn = 0x001;
constexpr u32 kPollOut = 0x004;

class Tty {
public:
    Tty(u32 major, u32 minor) : major_{major}, minor_{minor} {}
    Tty(const Tty&) = delete;
    Tty& operator=(const Tty&) = delete;

    u32 major_number() const { return major_; }
    u32 minor_number() const { return minor_; }

    // A descriptor is being opened. Makes the tty the caller's controlling terminal if it may become that (a session leader
    // without one, a tty without a session); with O_NOCTTY do not call.
    void opened_as_controlling(const TtyCaller& caller);

    // One line (canonical) or what VMIN and VTIME ask for (raw); 0 is end of file. Sleeps. RestartSys: a signal came
    // first (or was sent: SIGTTIN); Again: NonBlocking and nothing there; Io: an orphaned group in the background.
    Result<u32> read(IoBuffer& to, IoMode mode, const TtyCaller& caller);

    // Takes everything (NonBlocking: what fits now), in order and exactly. Sleeps. RestartSys only if nothing was taken.
    Result<u32> write(IoBuffer& from, IoMode mode, const TtyCaller& caller);

    // Linux's terminal requests (TCGETS ... TIOCGSID); NotTty for all others. May sleep.
    Result<u32> ioctl(u32 request, UserAddr argument, const TtyCaller& caller);

    // kPollIn, kPollOut. One who waits takes lock(), asks poll_locked(), and sleeps on a queue; the queues are woken when an
    // answer may have changed.
    u32 poll();
    u32 poll_locked() REQUIRES(lock_);
    SpinLock& lock() RETURN_CAPABILITY(lock_) { return lock_; }
    WaitQueue& readable() { return readable_; }
    WaitQueue& writable() { return writable_; }

    u32 session();  // 0: it controls nobody
    u32 foreground_group();

    // For ports. receive() and output_has_room() come from interrupts too. After hold_input(true) a port may still hand
    // over what it has read already, up to 64 bytes.
    void add_port(const TtyPort& port);
    void receive(Span<const u8> bytes);
    void output_has_room();
    void set_size(u16 rows, u16 columns);

private:
    friend void tty_session_ended(u32 session);

    static constexpr u32 kMaxPorts = 5;       // of the console: four serial lines and a screen
    static constexpr u32 kInputReserve = 64;  // a port may hand over this much before it heeds hold_input
    static constexpr u32 kEchoReserve = 64;   // room at the port that only echo may use
    static constexpr u32 kWritableRoom = 256;
    struct WindowSize {  // struct winsize
        u16 rows, columns, x_pixels, y_pixels;
    };
    enum class Supply : u8 { Ready, Enough };
    enum Side : u8 { Reading, Writing };

    WaitQueue& queue_of(Side side) { return side == Reading ? readable_ : writable_; }
    Result<void> begin(Side side, IoMode mode);
    void end(Side side);
    Result<u32> read_pieces(IoBuffer& to, IoMode mode);
    Result<Supply> wait_for_input_locked(IoMode mode, u32 taken) REQUIRES(lock_);
    Result<u32> write_pieces(IoBuffer& from, IoMode mode);
    Result<u32> write_piece(Span<const u8> bytes, IoMode mode);
    usize push_locked(Span<const u8> bytes) REQUIRES(lock_);
    Result<void> drain();

    Result<void> check_background(const TtyCaller& caller, u32 signal, bool ignored);
    Result<void> check_change(const TtyCaller& caller)
    {
        return check_background(caller, kSignalTtou, caller.ignores_ttou);
    }
    void signal_foreground(u32 signal);

    usize put_locked(Span<const u8> bytes) REQUIRES(lock_);
    usize room_locked() REQUIRES(lock_);
    usize write_room_locked() REQUIRES(lock_);
    usize queued_locked() REQUIRES(lock_);
    bool drained_locked() REQUIRES(lock_);
    void discard_output_locked() REQUIRES(lock_);
    void settle_locked() REQUIRES(lock_);  // after any change of the line: ports and sleepers learn of it

    Result<u32> set_modes(u32 request, UserAddr argument, const TtyCaller& caller);
    Result<u32> set_window_size(UserAddr argument);
    Result<u32> control_flow(u32 action);
    Result<u32> flush_queues(u32 selector);
    Result<u32> control_jobs(u32 request, UserAddr argument, const TtyCaller& caller);
    Result<u32> set_foreground_group(UserAddr argument, const TtyCaller& caller);
    Result<u32> take_as_controlling(u32 force, const TtyCaller& caller);
    void release_session(u32 session);

    SpinLock lock_{LockRank::Terminal};
    WaitQueue readable_;
    WaitQueue writable_;
    u32 major_, minor_;
    TtyLine line_ GUARDED_BY(lock_);
    TtyPort ports_[kMaxPorts] GUARDED_BY(lock_) = {};
    u32 port_count_ GUARDED_BY(lock_) = 0;
    WindowSize size_ GUARDED_BY(lock_) = {};
    u32 session_ GUARDED_BY(lock_) = 0;
    u32 foreground_ GUARDED_BY(lock_) = 0;
    bool output_held_ GUARDED_BY(lock_) = false;  // what the ports were told
    bool input_held_ GUARDED_BY(lock_) = false;
    bool busy_[2] GUARDED_BY(
        lock_) = {};  // by Side: one call at a time, so that two programs' lines do not mix
};

// The registry: names as under /dev ("ttyS0", "console", "tty1"). Several names may stand for one tty: the console is
// also ttyS0 where COM1 is part of it.
struct TtyName {
    const char* name;
    u32 major, minor;  // of this name; Linux's: console 5:1, ttyS<n> 4:64+n, tty<n> 4:n
    Tty* tty;
};
Result<void> register_tty(const TtyName& name);
u32 tty_count();
TtyName tty_at(u32 index);  // index < tty_count(); the list only grows
Tty* find_tty(StringView name);
Tty* find_tty(u32 major, u32 minor);

// The console: COM1, screen and keyboard side by side, or what `console=` leaves of them. Exists from init_drivers() on.
Tty& console_tty();

// The controlling terminal of a session (what /dev/tty opens); null if it has none.
Tty* find_controlling_tty(u32 session);

// The leader of a session ended: its terminal is free again, and its foreground group gets SIGHUP and SIGCONT.
void tty_session_ended(u32 session);

}  // namespace faultline
