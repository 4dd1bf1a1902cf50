// Terminals: a line discipline (dev/tty_line.h) between a program and a port, and job control.
//
//   keyboard, COM1, pty's master ----> Tty::receive() --> TtyLine: edits, echoes, signals --> read()
//   screen,   COM1, pty's master <---- TtyPort::put()  <-- TtyLine: ONLCR and the like  <--- write()
//
// The tty knows no processes: who calls is a parameter (TtyCaller), and what it wants of processes it asks through
// TtyHooks, which kernel/ sets. Counted: an open file holds one count, and so does the session that it controls. A
// terminal of the machine (dev/console, dev/uart) has one for good, so that plain references to those never dangle.
//
// Locks: Tty::lock_ (rank Terminal) guards everything; ports are called with it held and may take their own lock inside.
// Who controls which session (dev/tty_job.cpp) is a table with a lock before it.
#pragma once

#include "arch/layout.h"
#include "core/spinlock.h"
#include "core/wait_queue.h"
#include "dev/tty_line.h"
#include "lib/annotations.h"
#include "lib/intrusive_list.h"
#include "lib/ref.h"
#include "lib/result.h"
#include "lib/span.h"
#include "lib/types.h"

namespace faultline {

class IoBuffer;
struct SessionTerminalTag;

// The process on whose behalf a call is made. The session and group are numbers as in getsid() and getpgrp().
struct TtyCaller {
    u32 session = 0;
    u32 group = 0;
    u32 uid = 0, gid = 0;
    bool is_session_leader = false;
    bool is_superuser = true;
    bool ignores_ttin = false;  // SIGTTIN is ignored or blocked by the calling thread
    bool ignores_ttou = false;  // the same for SIGTTOU
};

// What terminals ask of processes. Called without the tty's lock, but signal_group also from interrupts. A group is named
// with its session: numbers are used again.
struct TtyHooks {
    void (*signal_group)(u32 session, u32 group, u32 signal);
    void (*signal_leader)(u32 session, u32 signal);
    Result<u32> (*session_of_group)(u32 group);  // NoProcess if there is no such group
    bool (*group_is_orphaned)(u32 group);        // POSIX: nobody outside the group who could continue it
    // By a hang-up; when the leader ends, the foreground group hears of it.
    void (*lost_terminal)(u32 session, u32 foreground);
    void (*caller_gives_up)();  // he alone: the rest of his session keeps its terminal
};
void set_tty_hooks(const TtyHooks& hooks);
const TtyHooks& tty_hooks();

// Where a tty's bytes go, and how its input is held back: a serial line, a screen, a pty's master. All but put may be
// null. Called with the tty's lock held.
struct TtyPort {
    void* context = nullptr;
    usize (*put)(void* context, Span<const u8> bytes) = nullptr;  // takes as many as fit now
    usize (*room)(void* context) = nullptr;                   // how many put() would take; null: any number
    usize (*queued)(void* context) = nullptr;                 // taken, but not yet out
    bool (*is_drained)(void* context) = nullptr;              // the last bit has left the wire
    void (*discard)(void* context) = nullptr;                 // forget what is queued
    void (*hold_output)(void* context, bool hold) = nullptr;  // ^S, ^Q
    void (*hold_input)(void* context, bool hold) = nullptr;   // the tty has no room: let the other side wait
    // For a port that keeps what finds no room (Tty::pull_input), and that cares about programs at the tty: a pty.
    usize (*fetch)(void* context, Span<u8> to) = nullptr;
    void (*input_flushed)(void* context, bool of_port) = nullptr;  // of_port: what it keeps is unwanted too
    void (*modes_changed)(void* context, const Termios& before, Termios& after) = nullptr;
    Result<void> (*may_open)(void* context) = nullptr;
    void (*opens_changed)(void* context, u32 opens) = nullptr;
};

enum class IoMode : u8 { Blocking, NonBlocking };

// One open of a terminal. A hang-up cuts off all that were opened before it, but not what was opened as the console.
struct TtyOpen {
    u32 hang_ups = 0;
    bool is_console = false;
    bool readable = true;
};

// One call on an open terminal.
struct TtyUse {
    const TtyOpen& open;
    IoMode mode;
    TtyCaller caller;
    bool is_master = false;  // through a pty's other end
};

// Linux's bits of poll(2).
constexpr u32 kPollIn = 0x001;
constexpr u32 kPollOut = 0x004;

struct WindowSize {  // struct winsize
    u16 rows, columns, x_pixels, y_pixels;
};

class Tty : public RefCounted, public ListNode<SessionTerminalTag> {
public:
    // `destroy`: what ends it; null for one that stays for good.
    Tty(u32 major, u32 minor, TtyLine::Ring& ring, void (*destroy)(Tty&) = nullptr)
        : destroy_{destroy}, major_{major}, minor_{minor}, line_{ring}
    {
    }
    Tty(const Tty&) = delete;
    Tty& operator=(const Tty&) = delete;
    void last_ref_dropped()
    {
        if (destroy_) destroy_(*this);
    }

    u32 major_number() const { return major_; }
    u32 minor_number() const { return minor_; }

    // A descriptor is being opened. Busy: another program has it for itself alone (TIOCEXCL); Io: a pty that is locked, or
    // whose master is gone. Each open() that succeeds is followed by one close().
    Result<TtyOpen> open(const TtyCaller& caller);
    void close();
    // Makes the tty the caller's controlling terminal if it may become that (a session leader without one, a tty without a
    // session); with O_NOCTTY do not call.
    void opened_as_controlling(const TtyCaller& caller);

    // One line (canonical) or what VMIN and VTIME ask for (raw); 0 is end of file. Sleeps. RestartSys: a signal came
    // first (or was sent: SIGTTIN); Again: NonBlocking and nothing there; Io: an orphaned group in the background.
    Result<u32> read(IoBuffer& to, const TtyUse& use);

    // Takes everything (NonBlocking: what fits now), in order and exactly. Sleeps. RestartSys only if nothing was taken; Io
    // after a hang-up.
    Result<u32> write(IoBuffer& from, const TtyUse& use);

    // Linux's terminal requests (dev/tty_request.cpp); NotTty for all others. May sleep.
    Result<u32> ioctl(u32 request, UserAddr argument, const TtyUse& use);

    // kPollIn, kPollOut. One who waits takes lock(), asks poll_locked(), and sleeps on a queue; the queues are woken when an
    // answer may have changed.
    u32 poll_locked() REQUIRES(lock_);
    bool is_hung_up_locked(const TtyOpen& open) const REQUIRES(lock_)
    {
        return open.hang_ups != hang_ups_ && !open.is_console;
    }
    SpinLock& lock() RETURN_CAPABILITY(lock_) { return lock_; }
    WaitQueue& readable() { return readable_; }
    WaitQueue& writable() { return writable_; }

    u32 session();  // 0: it controls nobody
    u32 foreground_group();

    // The line is gone: the session loses its terminal, its leader gets SIGHUP and SIGCONT, and all who have it open are
    // cut off (reads say end of file, all else EIO). `and_foreground`: its group gets SIGHUP now.
    enum class HangUp : u8 { TellsLeader, TellsForeground };
    void hang_up(HangUp who);
    // The machine's own terminals are hung up when the session ends, ptys only when their master goes.
    bool hangs_up_with_session() const { return destroy_ == nullptr; }

    // For ports. receive() and output_has_room() come from interrupts too. After hold_input(true) a port may still hand
    // over what it has read already, up to 64 bytes. pull_input(): a port's fetch() has something.
    void add_port(const TtyPort& port);
    void receive(Span<const u8> bytes);
    void receive_break();
    void pull_input();
    void output_has_room();
    void output_has_room_locked() REQUIRES(lock_) { settle_locked(); }
    void set_size(u16 rows, u16 columns);
    void set_control(u32 modes);  // c_cflag to begin with
    void signal_foreground(u32 signal);

private:
    friend class SessionTerminals;

    static constexpr u32 kMaxPorts = 5;       // of the console: four serial lines and a screen
    static constexpr u32 kInputReserve = 64;  // a port may hand over this much before it heeds hold_input
    static constexpr u32 kEchoReserve = 64;   // room at the port that only echo may use
    static constexpr u32 kWritableRoom = 256;
    enum class Supply : u8 { Ready, Enough };
    enum Side : u8 { Reading, Writing };

    WaitQueue& queue_of(Side side) { return side == Reading ? readable_ : writable_; }
    Result<void> begin(Side side, IoMode mode);
    void end(Side side);
    Result<u32> read_pieces(IoBuffer& to, const TtyUse& use);
    Result<Supply> wait_for_input_locked(const TtyUse& use, u32 taken) REQUIRES(lock_);
    Result<u32> write_pieces(IoBuffer& from, const TtyUse& use);
    Result<u32> write_piece(Span<const u8> bytes, const TtyUse& use);
    usize push_locked(Span<const u8> bytes) REQUIRES(lock_);
    Result<void> drain();

    Result<void> check_background(const TtyCaller& caller, u32 signal, bool ignored);
    Result<void> check_change(const TtyCaller& caller)
    {
        return check_background(caller, kSignalTtou, caller.ignores_ttou);
    }
    bool controls(const TtyCaller& caller);

    void receive_locked(u8 byte, u32& signals) REQUIRES(lock_);
    void heed_locked(const TtyLine::Effect& effect, u32& signals) REQUIRES(lock_);
    void send_signals(u32 signals);
    usize fetch_locked(Span<u8> to) REQUIRES(lock_);

    usize put_locked(Span<const u8> bytes) REQUIRES(lock_);
    usize room_locked() REQUIRES(lock_);
    usize write_room_locked() REQUIRES(lock_);
    usize queued_locked() REQUIRES(lock_);
    bool drained_locked() REQUIRES(lock_);
    void discard_output_locked() REQUIRES(lock_);
    void flush_input_locked() REQUIRES(lock_);
    void note_flushed_locked(bool of_port) REQUIRES(lock_);
    void send_flow_locked(bool stop) REQUIRES(lock_);
    void set_modes_locked(const Termios& modes) REQUIRES(lock_);
    void settle_locked() REQUIRES(lock_);  // after any change of the line: ports and sleepers learn of it

    // The requests, by subject; NotTty: not one of them.
    Result<u32> ioctl_modes(u32 request, UserAddr argument, const TtyUse& use);
    Result<u32> ioctl_queues(u32 request, UserAddr argument, const TtyUse& use);
    Result<u32> ioctl_line(u32 request, UserAddr argument, const TtyUse& use);
    Result<u32> ioctl_jobs(u32 request, UserAddr argument, const TtyUse& use);
    Result<Termios> change_modes(u32 request, UserAddr argument);
    Result<u32> get_modes(u32 request, UserAddr argument);
    Result<u32> set_modes(u32 request, UserAddr argument, const TtyUse& use);
    Result<u32> set_window_size(UserAddr argument);
    Result<u32> type_byte(UserAddr argument, const TtyCaller& caller);
    Result<u32> control_flow(u32 action);
    Result<u32> flush_queues(u32 selector);
    Result<u32> set_foreground_group(UserAddr argument, const TtyCaller& caller);

    void (*const destroy_)(Tty&);
    SpinLock lock_{LockRank::Terminal};
    WaitQueue readable_;
    WaitQueue writable_;
    u32 major_, minor_;
    TtyLine line_ GUARDED_BY(lock_);
    TtyPort ports_[kMaxPorts] GUARDED_BY(lock_) = {};
    u32 port_count_ GUARDED_BY(lock_) = 0;
    WindowSize size_ GUARDED_BY(lock_) = {};
    u32 input_speed_ GUARDED_BY(lock_) = 38400;  // of TCSETS2's own making (BOTHER)
    u32 output_speed_ GUARDED_BY(lock_) = 38400;
    u32 session_ GUARDED_BY(lock_) = 0;  // changed by SessionTerminals only
    u32 foreground_ GUARDED_BY(lock_) = 0;
    u32 opens_ GUARDED_BY(lock_) = 0;
    u32 hang_ups_ GUARDED_BY(lock_) = 0;
    bool exclusive_ GUARDED_BY(lock_) = false;
    bool output_held_ GUARDED_BY(lock_) = false;  // what the ports were told
    bool input_held_ GUARDED_BY(lock_) = false;
    bool has_fetch_ = false;  // one of the ports keeps input; set before anybody opens
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

// The console: COM1, screen and keyboard side by side, or what `console=` leaves of them. Exists from init_drivers() on.
Tty& console_tty();

// ---- Sessions and their terminals (dev/tty_job.cpp) ----

// The controlling terminal of a session (what /dev/tty opens); null if it has none.
Ref<Tty> find_controlling_tty(u32 session);

// The leader of a session ended: its terminal is free again, and the foreground group gets SIGHUP. False: it had none.
bool tty_session_ended(u32 session);

// The leader gives its terminal up (TIOCNOTTY): the foreground group gets SIGHUP and SIGCONT.
void give_up_terminal(u32 session);

// TIOCSCTTY. `force` 1: the superuser may take it from another session.
Result<u32> take_as_controlling(Tty& tty, u32 force, const TtyUse& use);

}  // namespace faultline
