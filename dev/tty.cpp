// Terminals: reading, writing and job control around the line discipline. Lock: see the header; hooks and user memory are
// reached without it.
#include "dev/tty.h"

#include "arch/clock.h"
#include "lib/new.h"
#include "lib/string.h"
#include "mm/user_access.h"

namespace faultline {

namespace {

constexpr u64 kTenthOfSecondNs = 100 * kNsPerMs;  // VTIME's unit
constexpr u32 kPieceBytes = 256;                  // copied from and to programs at a time, on the stack

TtyHooks hooks;

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

// ---- Ports ----

void Tty::add_port(const TtyPort& port)
{
    SpinGuard guard{lock_};
    if (port_count_ < kMaxPorts) ports_[port_count_++] = port;
}

void Tty::set_size(u16 rows, u16 columns)
{
    SpinGuard guard{lock_};
    size_ = {rows, columns, 0, 0};
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
    usize queued = line_.echo().size();
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

void Tty::settle_locked()
{
    const bool hold_output = line_.output_held();
    const bool hold_input = line_.room() < (input_held_ ? 2 : 1) * kInputReserve;
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

void Tty::output_has_room()
{
    SpinGuard guard{lock_};
    settle_locked();
}

void Tty::signal_foreground(u32 signal)
{
    const u32 group = foreground_group();
    if (group != 0 && hooks.signal_group) hooks.signal_group(group, signal);
}

void Tty::receive(Span<const u8> bytes)
{
    for (usize done = 0; done < bytes.size();) {
        TtyLine::Effect effect;
        {
            SpinGuard guard{lock_};
            while (done < bytes.size() && effect.signal == 0)
                effect = line_.receive(bytes[done++]);
            if (effect.flush_output) discard_output_locked();
            settle_locked();
        }
        if (effect.signal != 0) signal_foreground(effect.signal);
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

Result<u32> Tty::read(IoBuffer& to, IoMode mode, const TtyCaller& caller)
{
    TRY(check_background(caller, kSignalTtin, caller.ignores_ttin));
    if (to.remaining() == 0) return 0u;
    TRY(begin(Reading, mode));
    auto read = read_pieces(to, mode);
    end(Reading);
    return read;
}

Result<u32> Tty::read_pieces(IoBuffer& to, IoMode mode)
{
    u8 piece[kPieceBytes];
    u32 taken = 0;
    for (bool line_done = false; !line_done && to.remaining() > 0;) {
        usize size;
        {
            SpinGuard guard{lock_};
            auto supply = wait_for_input_locked(mode, taken);
            if (!supply.ok() && taken == 0) return restartable(supply.error());
            if (!supply.ok() || supply.value() == Supply::Enough) return taken;
            size = line_.read({piece, min<usize>(sizeof piece, to.remaining())}, line_done);
            settle_locked();
        }
        if (size == 0) continue;  // an end of file, by itself
        auto copied = to.put(piece, static_cast<u32>(size));
        if (!copied.ok()) return taken > 0 ? Result<u32>{taken} : copied.error();
        taken += static_cast<u32>(size);
    }
    return taken;
}

// Whether to go on reading, with `taken` bytes in hand. In raw mode VMIN bytes are enough; VTIME, where it is set, limits
// the wait for each byte after the first, or with VMIN = 0 for the first one (POSIX, "Non-Canonical Mode Input Processing").
Result<Tty::Supply> Tty::wait_for_input_locked(IoMode mode, u32 taken)
{
    u64 deadline = kForever;
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
        if (mode == IoMode::NonBlocking) return Errno::Again;
        auto slept = readable_.sleep_until(lock_, deadline, Wait::Interruptible);
        if (slept.ok() || line_.has_input(1)) continue;
        if (slept.error() == Errno::TimedOut) return Supply::Enough;
        return slept.error();
    }
    return Supply::Ready;
}

// ---- Writing ----

Result<u32> Tty::write(IoBuffer& from, IoMode mode, const TtyCaller& caller)
{
    bool stops;
    {
        SpinGuard guard{lock_};
        stops = line_.modes().local & termios::kToStop;
    }
    if (stops) TRY(check_change(caller));
    TRY(begin(Writing, mode));
    auto written = write_pieces(from, mode);
    end(Writing);
    return written;
}

Result<u32> Tty::write_pieces(IoBuffer& from, IoMode mode)
{
    u8 piece[kPieceBytes];
    u32 taken = 0;
    while (from.remaining() > 0) {
        const u32 size = min<u32>(sizeof piece, from.remaining());
        auto copied = from.get(piece, size);
        if (!copied.ok()) return taken > 0 ? Result<u32>{taken} : copied.error();
        auto pushed = write_piece({piece, size}, mode);
        if (!pushed.ok()) return taken > 0 ? Result<u32>{taken} : pushed.error();
        taken += pushed.value();
        if (pushed.value() < size) break;
    }
    return taken;
}

// Fewer than all only where the caller does not want to wait any longer.
Result<u32> Tty::write_piece(Span<const u8> bytes, IoMode mode)
{
    SpinGuard guard{lock_};
    usize taken = 0;
    while (taken < bytes.size()) {
        const usize pushed = push_locked(bytes.from(taken));
        taken += pushed;
        if (pushed > 0) continue;
        Errno reason = Errno::Again;
        if (mode == IoMode::Blocking) {
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

u32 Tty::poll()
{
    SpinGuard guard{lock_};
    return poll_locked();
}

u32 Tty::poll_locked()
{
    const u8* characters = line_.modes().characters;
    const u32 wanted = characters[termios::kTime] == 0 ? max<u32>(characters[termios::kMin], 1) : 1;
    u32 events = 0;
    if (line_.has_input(wanted)) events |= kPollIn;
    if (write_room_locked() >= kWritableRoom) events |= kPollOut;
    return events;
}

// ---- Job control ----

u32 Tty::session()
{
    SpinGuard guard{lock_};
    return session_;
}

u32 Tty::foreground_group()
{
    SpinGuard guard{lock_};
    return foreground_;
}

// A background group that touches its terminal is stopped; when it is continued in the foreground the call starts anew.
Result<void> Tty::check_background(const TtyCaller& caller, u32 signal, bool ignored)
{
    {
        SpinGuard guard{lock_};
        const bool controls_caller = session_ != 0 && session_ == caller.session;
        if (!controls_caller || foreground_ == 0 || foreground_ == caller.group) return {};
    }
    if (ignored) return signal == kSignalTtin ? Result<void>{Errno::Io} : Result<void>{};
    if (!hooks.signal_group) return {};
    if (hooks.group_is_orphaned(caller.group)) return Errno::Io;  // nobody could continue it
    hooks.signal_group(caller.group, signal);
    return Errno::RestartSys;
}

void Tty::opened_as_controlling(const TtyCaller& caller)
{
    if (!caller.is_session_leader || find_controlling_tty(caller.session)) return;
    SpinGuard guard{lock_};
    if (session_ != 0) return;
    session_ = caller.session;
    foreground_ = caller.group;
}

Result<u32> Tty::take_as_controlling(u32 force, const TtyCaller& caller)
{
    const Tty* const current = find_controlling_tty(caller.session);
    if (current == this && caller.is_session_leader) return 0u;
    if (current || !caller.is_session_leader) return Errno::Perm;
    SpinGuard guard{lock_};
    if (session_ != 0 && !(force == 1 && caller.is_superuser)) return Errno::Perm;
    session_ = caller.session;
    foreground_ = caller.group;
    return 0u;
}

void Tty::release_session(u32 session)
{
    u32 group;
    {
        SpinGuard guard{lock_};
        if (session_ != session) return;
        group = foreground_;
        session_ = foreground_ = 0;
    }
    if (group == 0 || !hooks.signal_group) return;
    hooks.signal_group(group, kSignalHup);
    hooks.signal_group(group, kSignalCont);  // the stopped ones learn of it too
}

Result<u32> Tty::set_foreground_group(UserAddr argument, const TtyCaller& caller)
{
    i32 group;
    TRY(check_change(caller));
    TRY(copy_from_user(&group, argument, sizeof group));
    if (group < 0) return Errno::Invalid;
    const u32 session = TRY(hooks.session_of_group(static_cast<u32>(group)));
    SpinGuard guard{lock_};
    if (session != session_) return Errno::Perm;
    foreground_ = static_cast<u32>(group);
    return 0u;
}

// ---- Requests ----

namespace {

enum Request : u32 {
    kTcGets = 0x5401,
    kTcSets = 0x5402,
    kTcSetsDrained = 0x5403,
    kTcSetsFlushed = 0x5404,
    kTcSendBreak = 0x5409,
    kTcFlow = 0x540A,
    kTcFlush = 0x540B,
    kTiocSetControlling = 0x540E,
    kTiocGetGroup = 0x540F,
    kTiocSetGroup = 0x5410,
    kTiocOutputQueue = 0x5411,
    kTiocGetSize = 0x5413,
    kTiocSetSize = 0x5414,
    kFionRead = 0x541B,
    kTiocNoTty = 0x5422,
    kTcSendBreakTimed = 0x5425,
    kTiocGetSession = 0x5429,
};

template <class T> Result<u32> give(UserAddr argument, const T& value)
{
    TRY(copy_to_user(argument, &value, sizeof value));
    return 0u;
}

}  // namespace

Result<u32> Tty::ioctl(u32 request, UserAddr argument, const TtyCaller& caller)
{
    switch (request) {
    case kTcGets: {
        lock_.lock();
        const Termios modes = line_.modes();
        lock_.unlock();
        return give(argument, modes);
    }
    case kTcSets:
    case kTcSetsDrained:
    case kTcSetsFlushed:
        return set_modes(request, argument, caller);
    case kTcSendBreak:  // tcdrain() where the argument is not 0; a break itself no port of ours can send
    case kTcSendBreakTimed:
        TRY(check_change(caller));
        TRY(drain());
        return 0u;
    case kTcFlow:
        TRY(check_change(caller));
        return control_flow(argument.value());
    case kTcFlush:
        TRY(check_change(caller));
        return flush_queues(argument.value());
    case kTiocGetSize: {
        lock_.lock();
        const WindowSize size = size_;
        lock_.unlock();
        return give(argument, size);
    }
    case kTiocSetSize:
        return set_window_size(argument);
    case kFionRead:
    case kTiocOutputQueue: {
        lock_.lock();
        const usize size = request == kFionRead ? line_.input_size() : queued_locked();
        lock_.unlock();
        return give(argument, static_cast<i32>(size));
    }
    default:
        return control_jobs(request, argument, caller);
    }
}

Result<u32> Tty::control_jobs(u32 request, UserAddr argument, const TtyCaller& caller)
{
    if (request == kTiocSetControlling) return take_as_controlling(argument.value(), caller);
    const bool known = request == kTiocGetGroup || request == kTiocSetGroup || request == kTiocGetSession ||
                       request == kTiocNoTty;
    if (!known || session() == 0 || session() != caller.session) return Errno::NotTty;
    switch (request) {
    case kTiocGetGroup:
        return give(argument, static_cast<i32>(foreground_group()));
    case kTiocGetSession:
        return give(argument, static_cast<i32>(session()));
    case kTiocSetGroup:
        return set_foreground_group(argument, caller);
    default:
        // Only a leader gives the terminal up: it belongs to the session, not to each of its processes.
        if (caller.is_session_leader) release_session(caller.session);
        return 0u;
    }
}

Result<u32> Tty::set_modes(u32 request, UserAddr argument, const TtyCaller& caller)
{
    Termios modes;
    TRY(check_change(caller));
    TRY(copy_from_user(&modes, argument, sizeof modes));
    if (request != kTcSets) TRY(drain());
    SpinGuard guard{lock_};
    if (request == kTcSetsFlushed) line_.flush_input();
    line_.set_modes(modes);
    settle_locked();
    readable_.wake_all();  // what counts as enough may have changed
    return 0u;
}

Result<u32> Tty::set_window_size(UserAddr argument)
{
    WindowSize size;
    TRY(copy_from_user(&size, argument, sizeof size));
    {
        SpinGuard guard{lock_};
        if (memcmp(&size, &size_, sizeof size) == 0) return 0u;
        size_ = size;
    }
    signal_foreground(kSignalWinch);
    return 0u;
}

Result<u32> Tty::control_flow(u32 action)
{
    enum : u32 { kOutputOff, kOutputOn, kInputOff, kInputOn };
    SpinGuard guard{lock_};
    if (action == kOutputOff || action == kOutputOn) {
        line_.hold_output(action == kOutputOff);
        settle_locked();
        return 0u;
    }
    if (action != kInputOff && action != kInputOn) return Errno::Invalid;
    const u8 byte = line_.modes().characters[action == kInputOff ? termios::kStop : termios::kStart];
    if (byte != 0) put_locked({&byte, 1});
    return 0u;
}

Result<u32> Tty::flush_queues(u32 selector)
{
    enum : u32 { kInput, kOutput, kBoth };
    if (selector > kBoth) return Errno::Invalid;
    SpinGuard guard{lock_};
    if (selector != kOutput) line_.flush_input();
    if (selector != kInput) discard_output_locked();
    settle_locked();
    return 0u;
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

Tty* find_tty(u32 major, u32 minor)
{
    for (u32 i = 0; i < name_count; i++)
        if (names[i].major == major && names[i].minor == minor) return names[i].tty;
    return nullptr;
}

Tty* find_controlling_tty(u32 session)
{
    if (session == 0) return nullptr;
    for (u32 i = 0; i < name_count; i++)
        if (names[i].tty->session() == session) return names[i].tty;
    return nullptr;
}

void tty_session_ended(u32 session)
{
    if (Tty* const tty = find_controlling_tty(session)) tty->release_session(session);
}

}  // namespace faultline
