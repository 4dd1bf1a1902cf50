// Terminals: opening, reading and writing around the line discipline. Lock: see the header; hooks and user memory are reached
// without it. Requests are in tty_request.cpp, job control in tty_job.cpp.
#include "dev/tty.h"

#include "arch/clock.h"
#include "lib/new.h"
#include "lib/string.h"
#include "mm/user_access.h"

namespace faultline {

namespace {

constexpr u64 kTenthOfSecondNs = 100 * kNsPerMs;  // VTIME's unit
constexpr u32 kPieceBytes = 256;                  // copied from and to programs at a time, on the stack
constexpr usize kPullBytes = 64;                  // taken from a port that keeps input, at a time

TtyHooks hooks = {};

// A signal that comes before anything was moved restarts the call where the program wants that.
Errno restartable(Errno error)
{
    return error == Errno::Intr ? Errno::RestartSys : error;
}

}  // namespace

void set_tty_hooks(const TtyHooks& new_hooks)
{
    hooks = new_hooks;
}

const TtyHooks& tty_hooks()
{
    return hooks;
}

// ---- Opening, closing, hanging up ----

Result<TtyOpen> Tty::open(const TtyCaller& caller)
{
    SpinGuard guard{lock_};
    if (exclusive_ && opens_ > 0 && !caller.is_superuser) return Errno::Busy;
    for (u32 i = 0; i < port_count_; i++)
        if (ports_[i].may_open) TRY(ports_[i].may_open(ports_[i].context));
    opens_++;
    for (u32 i = 0; i < port_count_; i++)
        if (ports_[i].opens_changed) ports_[i].opens_changed(ports_[i].context, opens_);
    return TtyOpen{hang_ups_};
}

void Tty::close()
{
    SpinGuard guard{lock_};
    if (--opens_ == 0) exclusive_ = false;
    for (u32 i = 0; i < port_count_; i++)
        if (ports_[i].opens_changed) ports_[i].opens_changed(ports_[i].context, opens_);
}

// ---- Ports ----

void Tty::add_port(const TtyPort& port)
{
    SpinGuard guard{lock_};
    if (port_count_ < kMaxPorts) ports_[port_count_++] = port;
    if (port.fetch) has_fetch_ = true;
}

void Tty::set_size(u16 rows, u16 columns)
{
    SpinGuard guard{lock_};
    size_ = {rows, columns, 0, 0};
}

void Tty::set_control(u32 modes)
{
    SpinGuard guard{lock_};
    Termios all = line_.modes();
    all.control = modes;
    line_.set_modes(all);
}

usize Tty::room_locked()
{
    usize room = ~usize{0};
    for (u32 i = 0; i < port_count_; i++)
        if (ports_[i].room) room = min(room, ports_[i].room(ports_[i].context));
    return room;
}

usize Tty::write_room_locked()
{
    const usize room = room_locked();
    return line_.output_held() || room < kEchoReserve ? 0 : room - kEchoReserve;
}

// At most room_locked() bytes: then every port takes all of them, and they stay side by side.
usize Tty::put_locked(Span<const u8> bytes)
{
    const Span<const u8> fitting = bytes.first(min(bytes.size(), room_locked()));
    if (fitting.empty()) return 0;
    for (u32 i = 0; i < port_count_; i++)
        ports_[i].put(ports_[i].context, fitting);
    return fitting.size();
}

usize Tty::queued_locked()
{
    usize queued = 0;
    for (u32 i = 0; i < port_count_; i++)
        if (ports_[i].queued) queued += ports_[i].queued(ports_[i].context);
    return queued;
}

bool Tty::drained_locked()
{
    for (u32 i = 0; i < port_count_; i++)
        if (ports_[i].is_drained && !ports_[i].is_drained(ports_[i].context)) return false;
    return true;
}

void Tty::discard_output_locked()
{
    for (u32 i = 0; i < port_count_; i++)
        if (ports_[i].discard) ports_[i].discard(ports_[i].context);
}

// XOFF and XON to the other side, where IXOFF asks for them.
void Tty::send_flow_locked(bool stop)
{
    const u8 byte = line_.modes().characters[stop ? termios::kStop : termios::kStart];
    if (byte != 0) put_locked({&byte, 1});
}

void Tty::settle_locked()
{
    const bool hold_output = line_.output_held();
    const bool hold_input = line_.room() < (input_held_ ? 2 : 1) * kInputReserve;
    if (hold_input != input_held_ && !has_fetch_ && (line_.modes().input & termios::kIxOff))
        send_flow_locked(hold_input);
    for (u32 i = 0; i < port_count_; i++) {
        TtyPort& port = ports_[i];
        if (port.hold_output && hold_output != output_held_) port.hold_output(port.context, hold_output);
        if (port.hold_input && hold_input != input_held_) port.hold_input(port.context, hold_input);
    }
    output_held_ = hold_output;
    input_held_ = hold_input;
    if (!output_held_) line_.echo_taken(put_locked(line_.echo()));
    if (line_.has_input(1)) readable_.wake_all();
    if (write_room_locked() > 0) writable_.wake_all();
}

void Tty::note_flushed_locked(bool of_port)
{
    for (u32 i = 0; i < port_count_; i++)
        if (ports_[i].input_flushed) ports_[i].input_flushed(ports_[i].context, of_port);
}

void Tty::flush_input_locked()
{
    line_.flush_input();
    note_flushed_locked(true);
}

void Tty::output_has_room()
{
    SpinGuard guard{lock_};
    settle_locked();
}

void Tty::signal_foreground(u32 signal)
{
    u32 session, group;
    {
        SpinGuard guard{lock_};
        session = session_;
        group = foreground_;
    }
    if (group != 0 && hooks.signal_group) hooks.signal_group(session, group, signal);
}

// ---- Receiving ----

void Tty::heed_locked(const TtyLine::Effect& effect, u32& signals)
{
    if (effect.signal != 0) signals |= 1u << effect.signal;
    if (!effect.flush_output) return;
    discard_output_locked();
    note_flushed_locked(false);
}

void Tty::receive_locked(u8 byte, u32& signals)
{
    heed_locked(line_.receive(byte), signals);
}

// Without the lock, in the order of their numbers: who was typed first is of no matter to a process that gets both.
void Tty::send_signals(u32 signals)
{
    for (u32 signal = 1; signals >> signal != 0; signal++)
        if (signals >> signal & 1) signal_foreground(signal);
}

void Tty::receive(Span<const u8> bytes)
{
    u32 signals = 0;
    {
        SpinGuard guard{lock_};
        for (const u8 byte : bytes)
            receive_locked(byte, signals);
        settle_locked();
    }
    if (signals != 0) send_signals(signals);
}

void Tty::receive_break()
{
    u32 signals = 0;
    {
        SpinGuard guard{lock_};
        heed_locked(line_.receive_break(), signals);
        settle_locked();
    }
    if (signals != 0) send_signals(signals);
}

usize Tty::fetch_locked(Span<u8> to)
{
    for (u32 i = 0; i < port_count_; i++) {
        if (!ports_[i].fetch) continue;
        const usize size = ports_[i].fetch(ports_[i].context, to);
        if (size > 0) return size;
    }
    return 0;
}

// In pieces, so that echo is shown before there is too much of it. One byte more may take two places (PARMRK).
void Tty::pull_input()
{
    u8 bytes[kPullBytes];
    for (bool more = has_fetch_; more;) {
        u32 signals = 0;
        {
            SpinGuard guard{lock_};
            const usize size = fetch_locked({bytes, min<usize>(sizeof bytes, line_.room())});
            for (usize i = 0; i < size; i++)
                receive_locked(bytes[i], signals);
            if (size > 0) settle_locked();
            more = size > 0;
        }
        if (signals != 0) send_signals(signals);
    }
}

// ---- Reading ----

Result<void> Tty::begin(Side side, IoMode mode)
{
    SpinGuard guard{lock_};
    while (busy_[side]) {
        if (mode == IoMode::NonBlocking) return Errno::Again;
        auto slept = queue_of(side).sleep(lock_, Wait::Interruptible);
        if (!slept.ok()) return restartable(slept.error());
    }
    busy_[side] = true;
    return {};
}

void Tty::end(Side side)
{
    SpinGuard guard{lock_};
    busy_[side] = false;
    queue_of(side).wake_all();
}

Result<u32> Tty::read(IoBuffer& to, const TtyUse& use)
{
    TRY(check_background(use.caller, kSignalTtin, use.caller.ignores_ttin));
    if (to.remaining() == 0) return 0u;
    TRY(begin(Reading, use.mode));
    auto read = read_pieces(to, use);
    end(Reading);
    return read;
}

Result<u32> Tty::read_pieces(IoBuffer& to, const TtyUse& use)
{
    u8 piece[kPieceBytes];
    u32 taken = 0;
    for (bool line_done = false; !line_done && to.remaining() > 0;) {
        usize size;
        {
            SpinGuard guard{lock_};
            auto supply = wait_for_input_locked(use, taken);
            if (!supply.ok() && taken == 0) return restartable(supply.error());
            if (!supply.ok() || supply.value() == Supply::Enough) return taken;
            size = line_.read({piece, min<usize>(sizeof piece, to.remaining())}, line_done);
            settle_locked();
        }
        pull_input();             // there is room for what a port kept
        if (size == 0) continue;  // an end of file, by itself
        auto copied = to.put(piece, static_cast<u32>(size));
        if (!copied.ok()) return taken > 0 ? Result<u32>{taken} : copied.error();
        taken += static_cast<u32>(size);
    }
    return taken;
}

// Whether to go on reading, with `taken` bytes in hand. In raw mode VMIN bytes are enough; VTIME, where it is set, limits
// the wait for each byte after the first, or with VMIN = 0 for the first one (POSIX, "Non-Canonical Mode Input Processing").
Result<Tty::Supply> Tty::wait_for_input_locked(const TtyUse& use, u32 taken)
{
    u64 deadline = kForever;
    if (is_hung_up_locked(use.open)) return Supply::Enough;
    while (!line_.has_input(1)) {
        const u32 least = line_.modes().characters[termios::kMin];
        const u32 tenths = line_.modes().characters[termios::kTime];
        if (line_.canonical()) {
            if (taken > 0) return Supply::Enough;  // the rest of the line was flushed away
        } else {
            if (taken > 0 && taken >= least) return Supply::Enough;
            if (least == 0 && tenths == 0) return Supply::Enough;
            if (deadline == kForever && tenths != 0 && (least == 0 || taken > 0))
                deadline = now_ns() + tenths * kTenthOfSecondNs;
        }
        if (use.mode == IoMode::NonBlocking) return Errno::Again;
        auto slept = readable_.sleep_until(lock_, deadline, Wait::Interruptible);
        if (is_hung_up_locked(use.open)) return Errno::Io;
        if (slept.ok() || line_.has_input(1)) continue;
        if (slept.error() == Errno::TimedOut) return Supply::Enough;
        return slept.error();
    }
    return Supply::Ready;
}

// ---- Writing ----

Result<u32> Tty::write(IoBuffer& from, const TtyUse& use)
{
    bool stops;
    {
        SpinGuard guard{lock_};
        stops = line_.modes().local & termios::kToStop;
    }
    if (stops) TRY(check_change(use.caller));
    TRY(begin(Writing, use.mode));
    auto written = write_pieces(from, use);
    end(Writing);
    return written;
}

Result<u32> Tty::write_pieces(IoBuffer& from, const TtyUse& use)
{
    u8 piece[kPieceBytes];
    u32 taken = 0;
    while (from.remaining() > 0) {
        const u32 size = min<u32>(sizeof piece, from.remaining());
        auto copied = from.get(piece, size);
        if (!copied.ok()) return taken > 0 ? Result<u32>{taken} : copied.error();
        auto pushed = write_piece({piece, size}, use);
        if (!pushed.ok()) return taken > 0 ? Result<u32>{taken} : pushed.error();
        taken += pushed.value();
        if (pushed.value() < size) break;
    }
    return taken;
}

// Fewer than all only where the caller does not want to wait any longer.
Result<u32> Tty::write_piece(Span<const u8> bytes, const TtyUse& use)
{
    SpinGuard guard{lock_};
    usize taken = 0;
    while (taken < bytes.size()) {
        if (is_hung_up_locked(use.open)) return taken > 0 ? Result<u32>{static_cast<u32>(taken)} : Errno::Io;
        const usize pushed = push_locked(bytes.from(taken));
        taken += pushed;
        if (pushed > 0) continue;
        Errno reason = Errno::Again;
        if (use.mode == IoMode::Blocking) {
            auto slept = writable_.sleep(lock_, Wait::Interruptible);
            if (slept.ok()) continue;
            reason = restartable(slept.error());
        }
        if (taken == 0) return reason;
        break;
    }
    return static_cast<u32>(taken);
}

usize Tty::push_locked(Span<const u8> bytes)
{
    u8 processed[2 * kPieceBytes];
    if (output_held_) return 0;
    line_.echo_taken(put_locked(line_.echo()));  // what was typed before stands before
    const usize room = min(sizeof processed, write_room_locked());
    const auto [taken, made] = line_.process_output(bytes, {processed, room});
    put_locked({processed, made});
    return taken;
}

// Sleeps until everything written has left the machine.
Result<void> Tty::drain()
{
    constexpr u64 kLookAgainNs = kNsPerMs;
    SpinGuard guard{lock_};
    while (queued_locked() > 0) {
        auto slept = writable_.sleep(lock_, Wait::Interruptible);
        if (!slept.ok()) return restartable(slept.error());
    }
    // For "the last bit has left" a serial chip has a status bit but no interrupt.
    while (!drained_locked()) {
        auto slept = writable_.sleep_until(lock_, now_ns() + kLookAgainNs, Wait::Interruptible);
        if (!slept.ok() && slept.error() != Errno::TimedOut) return restartable(slept.error());
    }
    return {};
}

// ---- Poll ----

u32 Tty::poll_locked()
{
    const u8* characters = line_.modes().characters;
    const u32 wanted = characters[termios::kTime] == 0 ? max<u32>(characters[termios::kMin], 1) : 1;
    u32 events = 0;
    if (line_.has_input(wanted)) events |= kPollIn;
    if (write_room_locked() >= kWritableRoom) events |= kPollOut;
    return events;
}

// ---- The registry: grows while drivers start, then only read ----

namespace {

constexpr u32 kMaxNames = 16;
TtyName names[kMaxNames];
u32 name_count;

}  // namespace

Result<void> register_tty(const TtyName& name)
{
    if (find_tty(name.name)) return Errno::Exists;
    if (name_count == kMaxNames) return Errno::NoSpace;
    names[name_count++] = name;
    return {};
}

u32 tty_count()
{
    return name_count;
}

TtyName tty_at(u32 index)
{
    return names[index];
}

Tty* find_tty(StringView name)
{
    for (u32 i = 0; i < name_count; i++)
        if (name == names[i].name) return names[i].tty;
    return nullptr;
}

}  // namespace faultline
