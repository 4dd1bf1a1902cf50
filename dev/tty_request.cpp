// ioctl(2) of terminals, all that Linux has of it but what needs a modem. Those about sessions are in tty_job.cpp. Lock: as
// in tty.h; user memory is reached without it.
#include "dev/tty.h"

#include "arch/clock.h"
#include "dev/tty_answer.h"
#include "lib/string.h"

namespace faultline {

namespace {

enum Request : u32 {
    kGetModes = 0x5401,  // TCGETS, and so on
    kSetModes = 0x5402,
    kSetModesDrained = 0x5403,
    kSetModesFlushed = 0x5404,
    kGetOldModes = 0x5405,  // TCGETA: struct termio
    kSetOldModes = 0x5406,
    kSetOldModesDrained = 0x5407,
    kSetOldModesFlushed = 0x5408,
    kSendBreak = 0x5409,
    kFlow = 0x540A,
    kFlush = 0x540B,
    kSetExclusive = 0x540C,
    kSetShared = 0x540D,
    kOutputQueue = 0x5411,
    kTypeByte = 0x5412,
    kGetSize = 0x5413,
    kSetSize = 0x5414,
    kInputQueue = 0x541B,
    kSetDiscipline = 0x5423,
    kGetDiscipline = 0x5424,
    kSendBreakTimed = 0x5425,
    kBreakOn = 0x5427,
    kBreakOff = 0x5428,
    kGetModes2 = 0x802C542A,  // TCGETS2: with speeds
    kSetModes2 = 0x402C542B,
    kSetModes2Drained = 0x402C542C,
    kSetModes2Flushed = 0x402C542D,
    kGetDevice = 0x80045432,
    kHangUp = 0x5437,
    kGetExclusive = 0x80045440,
    kOpenPeer = 0x5441,
};

struct OldModes {  // struct termio
    u16 input, output, control, local;
    u8 discipline;
    u8 characters[8];
};
static_assert(sizeof(OldModes) == 18);

struct Modes2 {  // struct termios2
    Termios modes;
    u32 input_speed, output_speed;
};
static_assert(sizeof(Modes2) == 44);

constexpr u32 kSpeedMask = 0x100f, kOwnSpeed = 0x1000;  // CBAUD, BOTHER
constexpr u32 kSpeeds[] = {0,   50,   75,   110,  134,  150,  200,   300,
                           600, 1200, 1800, 2400, 4800, 9600, 19200, 38400};
constexpr u32 kHighSpeeds[] = {0,       57600,   115200,  230400,  460800,  500000,  576000,  921600,
                               1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000};

// What the code in c_cflag says; `own` where it says that the number stands elsewhere.
u32 speed_of(u32 control, u32 own)
{
    const u32 code = control & kSpeedMask;
    if (code == kOwnSpeed) return own;
    return code & kOwnSpeed ? kHighSpeeds[code & 0xf] : kSpeeds[code];
}

enum class Form : u8 { Old, Usual, WithSpeeds };
enum class When : u8 { Now, Drained, Flushed };
struct ModesRequest {
    Form form;
    When when;
};

ModesRequest describe(u32 request)
{
    if (request >= kSetModes2) return {Form::WithSpeeds, static_cast<When>(request - kSetModes2)};
    if (request >= kSetOldModes) return {Form::Old, static_cast<When>(request - kSetOldModes)};
    return {Form::Usual, static_cast<When>(request - kSetModes)};
}

void spread(const OldModes& old, Termios& modes)
{
    const auto low = [](u32& field, u16 value) { field = (field & 0xffff0000) | value; };
    low(modes.input, old.input);
    low(modes.output, old.output);
    low(modes.control, old.control);
    low(modes.local, old.local);
    modes.discipline = old.discipline;
    memcpy(modes.characters, old.characters, sizeof old.characters);
}

OldModes gather(const Termios& modes)
{
    OldModes old = {static_cast<u16>(modes.input),
                    static_cast<u16>(modes.output),
                    static_cast<u16>(modes.control),
                    static_cast<u16>(modes.local),
                    modes.discipline,
                    {}};
    memcpy(old.characters, modes.characters, sizeof old.characters);
    return old;
}

}  // namespace

Result<u32> Tty::ioctl(u32 request, UserAddr argument, const TtyUse& use)
{
    {
        SpinGuard guard{lock_};
        if (is_hung_up_locked(use.open)) return request == 0x5410 /* TIOCSPGRP */ ? Errno::NotTty : Errno::Io;
    }
    using Handler = Result<u32> (Tty::*)(u32, UserAddr, const TtyUse&);
    static constexpr Handler kHandlers[] = {&Tty::ioctl_modes, &Tty::ioctl_queues, &Tty::ioctl_line};
    for (const Handler handler : kHandlers) {
        const Result<u32> done = (this->*handler)(request, argument, use);
        if (done.ok() || done.error() != Errno::NotTty) return done;
    }
    return ioctl_jobs(request, argument, use);
}

// ---- Modes ----

Result<u32> Tty::ioctl_modes(u32 request, UserAddr argument, const TtyUse& use)
{
    switch (request) {
    case kGetModes:
    case kGetOldModes:
    case kGetModes2:
        return get_modes(request, argument);
    case kSetModes:
    case kSetModesDrained:
    case kSetModesFlushed:
    case kSetOldModes:
    case kSetOldModesDrained:
    case kSetOldModesFlushed:
    case kSetModes2:
    case kSetModes2Drained:
    case kSetModes2Flushed:
        return set_modes(request, argument, use);
    default:
        return Errno::NotTty;
    }
}

Result<u32> Tty::get_modes(u32 request, UserAddr argument)
{
    Modes2 now;
    {
        SpinGuard guard{lock_};
        now.modes = line_.modes();
        now.input_speed = speed_of(now.modes.control, input_speed_);
        now.output_speed = speed_of(now.modes.control, output_speed_);
    }
    if (request == kGetModes2) return give(argument, now);
    if (request == kGetModes) return give(argument, now.modes);
    return give(argument, gather(now.modes));
}

// The modes as the caller wants them.
Result<Termios> Tty::change_modes(u32 request, UserAddr argument)
{
    Modes2 wanted;
    {
        SpinGuard guard{lock_};
        wanted.modes = line_.modes();
    }
    const Form form = describe(request).form;
    if (form == Form::Old) {
        OldModes old;
        TRY(copy_from_user(&old, argument, sizeof old));
        spread(old, wanted.modes);
    } else if (form == Form::Usual) {
        TRY(copy_from_user(&wanted.modes, argument, sizeof wanted.modes));
    } else {
        TRY(copy_from_user(&wanted, argument, sizeof wanted));
        SpinGuard guard{lock_};
        input_speed_ = wanted.input_speed;
        output_speed_ = wanted.output_speed;
    }
    return wanted.modes;
}

void Tty::set_modes_locked(const Termios& modes)
{
    Termios wanted = modes;
    for (u32 i = 0; i < port_count_; i++)
        if (ports_[i].modes_changed) ports_[i].modes_changed(ports_[i].context, line_.modes(), wanted);
    line_.set_modes(wanted);
}

Result<u32> Tty::set_modes(u32 request, UserAddr argument, const TtyUse& use)
{
    const When when = describe(request).when;
    TRY(check_change(use.caller));
    const Termios modes = TRY(change_modes(request, argument));
    if (when != When::Now) TRY(drain());
    {
        SpinGuard guard{lock_};
        if (when == When::Flushed) flush_input_locked();
        set_modes_locked(modes);
        settle_locked();
        readable_.wake_all();  // what counts as enough may have changed
        writable_.wake_all();
    }
    pull_input();
    return 0u;
}

// ---- Queues ----

Result<u32> Tty::ioctl_queues(u32 request, UserAddr argument, const TtyUse& use)
{
    switch (request) {
    case kSendBreak:  // tcdrain() where the argument is not 0; a break itself no port of ours can send
    case kSendBreakTimed:
    case kBreakOn:
        TRY(check_change(use.caller));
        TRY(drain());
        return 0u;
    case kBreakOff:
        TRY(check_change(use.caller));
        return 0u;
    case kFlow:
        TRY(check_change(use.caller));
        return control_flow(argument.value());
    case kFlush:
        TRY(check_change(use.caller));
        return flush_queues(argument.value());
    case kTypeByte:
        return type_byte(argument, use.caller);
    case kInputQueue:
    case kOutputQueue: {
        lock_.lock();
        const usize size = request == kInputQueue ? line_.input_size() : queued_locked();
        lock_.unlock();
        return give(argument, static_cast<i32>(size));
    }
    default:
        return Errno::NotTty;
    }
}

// TIOCSTI: as if it had been typed. Nobody types at another's terminal.
Result<u32> Tty::type_byte(UserAddr argument, const TtyCaller& caller)
{
    u8 byte;
    if (!controls(caller) && !caller.is_superuser) return Errno::Perm;
    TRY(copy_from_user(&byte, argument, sizeof byte));
    receive({&byte, 1});
    return 0u;
}

Result<u32> Tty::control_flow(u32 action)
{
    enum : u32 { kOutputOff, kOutputOn, kInputOff, kInputOn };
    SpinGuard guard{lock_};
    switch (action) {
    case kOutputOff:
        line_.hold_by_request();
        break;
    case kOutputOn:
        line_.release_by_request();
        break;
    case kInputOff:
    case kInputOn:
        send_flow_locked(action == kInputOff);
        break;
    default:
        return Errno::Invalid;
    }
    settle_locked();
    return 0u;
}

Result<u32> Tty::flush_queues(u32 selector)
{
    enum : u32 { kInput, kOutput, kBoth };
    if (selector > kBoth) return Errno::Invalid;
    SpinGuard guard{lock_};
    if (selector != kOutput) flush_input_locked();
    if (selector != kInput) discard_output_locked();
    settle_locked();
    return 0u;
}

// ---- The line itself ----

Result<u32> Tty::ioctl_line(u32 request, UserAddr argument, const TtyUse& use)
{
    switch (request) {
    case kGetSize: {
        lock_.lock();
        const WindowSize size = size_;
        lock_.unlock();
        return give(argument, size);
    }
    case kSetSize:
        return set_window_size(argument);
    case kSetExclusive:
    case kSetShared: {
        SpinGuard guard{lock_};
        exclusive_ = request == kSetExclusive;
        return 0u;
    }
    case kGetExclusive: {
        lock_.lock();
        const i32 exclusive = exclusive_;
        lock_.unlock();
        return give(argument, exclusive);
    }
    case kGetDiscipline:
        return give(argument, i32{0});  // N_TTY, the only one
    case kSetDiscipline: {
        i32 wanted;
        TRY(copy_from_user(&wanted, argument, sizeof wanted));
        return wanted == 0 ? Result<u32>{0u} : Errno::Invalid;
    }
    case kGetDevice:
        return give(argument, (minor_ & 0xff) | major_ << 8 | (minor_ & ~0xffu) << 12);
    case kHangUp:
        if (!use.caller.is_superuser) return Errno::Perm;
        hang_up(HangUp::TellsLeader);
        return 0u;
    case kOpenPeer:  // kernel/ answers it for a master
        return Errno::Io;
    default:
        return Errno::NotTty;
    }
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

}  // namespace faultline
