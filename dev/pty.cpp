// Pseudo-terminals; see the header. Where POSIX leaves room, Linux's drivers/tty/pty.c decides.
#include "dev/pty.h"

#include "dev/tty_answer.h"
#include "lib/new.h"
#include "mm/heap.h"
#include "mm/user_access.h"

namespace faultline {

namespace {

constexpr usize kPieceBytes = 512;  // copied from and to programs at a time, on the stack
constexpr u32 kAtReader = 4096;     // bytes that a flush of the slave's output does not reach any more
constexpr u32 kWritableRoom = 256;

// TIOCPKT's bits.
constexpr u8 kFlushedRead = 1, kFlushedWrite = 2, kStopped = 4, kStarted = 8, kNoStop = 16, kDoStop = 32;

// ---- The table of numbers ----

SpinLock numbers_lock{LockRank::TerminalSession};
Pty* pairs[Pty::kMost] GUARDED_BY(numbers_lock);
u32 taken[Pty::kMost / 32] GUARDED_BY(numbers_lock);  // a number is taken before its pair is made

Result<u32> take_number()
{
    SpinGuard guard{numbers_lock};
    for (u32 word = 0; word < Pty::kMost / 32; word++) {
        if (taken[word] == ~0u) continue;
        const u32 bit = static_cast<u32>(__builtin_ctz(~taken[word]));
        taken[word] |= 1u << bit;
        return word * 32 + bit;
    }
    return Errno::NoSpace;
}

void give_number_back(u32 number)
{
    SpinGuard guard{numbers_lock};
    pairs[number] = nullptr;
    taken[number / 32] &= ~(1u << number % 32);
}

}  // namespace

// ---- Life ----

Pty::Pty(u32 number, TtyLine::Ring& ring)
    : number_{number}, ring_{ring}, slave_{kFirstMajor + number / 256, number % 256, ring, destroy_with}
{
    slave_.add_port(port());
    slave_.set_control(termios::kB38400 | termios::kCs8 | termios::kCRead);  // it has no wire to hang up
}

Pty::~Pty()
{
    heap_free(&ring_);
}

Result<void> Pty::allocate()
{
    TRY(shown_.allocate());
    return backlog_.allocate();
}

Result<Pty*> Pty::create()
{
    const u32 number = TRY(take_number());
    const auto ring = heap_allocate(sizeof(TtyLine::Ring));
    if (!ring.ok()) {
        give_number_back(number);
        return ring.error();
    }
    const auto made = make<Pty>(number, *static_cast<TtyLine::Ring*>(ring.value()));
    const Result<void> whole = made.ok() ? made.value()->allocate() : Result<void>{made.error()};
    if (!whole.ok()) {
        if (made.ok())
            destroy(made.value());
        else
            heap_free(ring.value());
        give_number_back(number);
        return whole.error();
    }
    SpinGuard guard{numbers_lock};
    pairs[number] = made.value();
    return made.value();
}

// The slave's last count went, and the master's is one of them.
void Pty::destroy_with(Tty& slave)
{
    const u32 number = slave.minor_number() + (slave.major_number() - kFirstMajor) * 256;
    Pty* pty;
    {
        SpinGuard guard{numbers_lock};
        pty = pairs[number];
    }
    give_number_back(number);
    destroy(pty);
}

Ref<Tty> Pty::find_slave(u32 number)
{
    if (number >= kMost) return nullptr;
    SpinGuard guard{numbers_lock};
    Pty* const pty = pairs[number];
    return pty && pty->slave_.retain_if_live() ? Ref<Tty>::adopt(&pty->slave_) : nullptr;
}

void Pty::close_master()
{
    const Ref<Tty> last = Ref<Tty>::adopt(&slave_);
    {
        SpinGuard guard{slave_.lock()};
        master_open_ = false;
    }
    slave_.hang_up(Tty::HangUp::TellsLeader);
}

// ---- The slave's port ----

TtyPort Pty::port()
{
    TtyPort port;
    port.context = this;
    port.put = [](void* pty, Span<const u8> bytes) { return static_cast<Pty*>(pty)->put(bytes); };
    port.room = [](void* pty) { return static_cast<Pty*>(pty)->room(); };
    port.discard = [](void* pty) { static_cast<Pty*>(pty)->discard(); };
    port.hold_output = [](void* pty, bool hold) { static_cast<Pty*>(pty)->hold_output(hold); };
    port.fetch = [](void* pty, Span<u8> to) { return static_cast<Pty*>(pty)->fetch(to); };
    port.input_flushed = [](void* pty, bool of_port) { static_cast<Pty*>(pty)->input_flushed(of_port); };
    port.modes_changed = [](void* pty, const Termios& before, Termios& after) {
        static_cast<Pty*>(pty)->modes_changed(before, after);
    };
    port.may_open = [](void* pty) { return static_cast<Pty*>(pty)->may_open(); };
    port.opens_changed = [](void* pty, u32 opens) { static_cast<Pty*>(pty)->opens_changed(opens); };
    return port;
}

// Once the master is gone there is nobody to see it: what is written, and echoed, is taken and forgotten.
usize Pty::put(Span<const u8> bytes)
{
    if (!master_open_) return bytes.size();
    const usize size = shown_.put(bytes);
    master_readable_.wake_all();
    return size;
}

usize Pty::room()
{
    return shown_.room();
}

// What the reader could have had by now stays: a program does not lose what it wrote long before a ^C.
void Pty::discard()
{
    shown_.cut(kAtReader);
    note_status(kFlushedWrite);
}

void Pty::hold_output(bool hold)
{
    status_ = static_cast<u8>(status_ & ~(hold ? kStarted : kStopped));
    note_status(hold ? kStopped : kStarted);
}

void Pty::note_status(u8 status)
{
    if (!packets_) return;
    status_ |= status;
    master_readable_.wake_all();
}

usize Pty::fetch(Span<u8> to)
{
    if (master_held_) return 0;
    const usize size = backlog_.take(to);
    if (size > 0) master_writable_.wake_all();
    return size;
}

void Pty::input_flushed(bool of_port)
{
    if (of_port) backlog_.cut(0);
    master_writable_.wake_all();
    note_status(kFlushedRead);
}

void Pty::modes_changed(const Termios& before, Termios& after)
{
    const auto flows = [](const Termios& modes) {
        return (modes.input & termios::kIxOn) && modes.characters[termios::kStop] == 19 &&
               modes.characters[termios::kStart] == 17;
    };
    if (flows(before) != flows(after)) {
        status_ = static_cast<u8>(status_ & ~(kDoStop | kNoStop));
        note_status(flows(after) ? kDoStop : kNoStop);
    }
    using namespace termios;
    after.control = (after.control & ~(kCSize | kParEnb)) | kCs8 | kCRead;  // it has no wire
}

Result<void> Pty::may_open()
{
    if (locked_ || !master_open_) return Errno::Io;
    return {};
}

void Pty::opens_changed(u32 opens)
{
    left_ = opens == 0;
    master_readable_.wake_all();
}

// ---- The master reads and writes ----

// A packet's first byte says what it is: 0 for data, else what happened to the slave.
usize Pty::take_locked(Span<u8> to)
{
    if (packets_ && status_ != 0) {
        to[0] = status_;
        status_ = 0;
        return 1;
    }
    if (shown_.size() == 0) return 0;
    if (!packets_) return shown_.take(to);
    to[0] = 0;
    return 1 + shown_.take(to.from(1));
}

Result<usize> Pty::wait_and_take(Span<u8> to, IoMode mode, bool may_wait)
{
    SpinGuard guard{slave_.lock()};
    for (;;) {
        const usize size = take_locked(to);
        if (size > 0) slave_.output_has_room_locked();
        if (size > 0 || !may_wait) return size;
        if (left_) return Errno::Io;
        if (mode == IoMode::NonBlocking) return Errno::Again;
        const auto slept = master_readable_.sleep(slave_.lock(), Wait::Interruptible);
        if (!slept.ok()) return slept.error() == Errno::Intr ? Errno::RestartSys : slept.error();
    }
}

Result<u32> Pty::read(IoBuffer& to, IoMode mode)
{
    u8 piece[kPieceBytes];
    u32 done = 0;
    while (to.remaining() > 0) {
        const usize wanted = min<usize>(sizeof piece, to.remaining());
        const usize size = TRY(wait_and_take({piece, wanted}, mode, done == 0));
        if (size == 0) break;
        const auto copied = to.put(piece, static_cast<u32>(size));
        if (!copied.ok()) return done > 0 ? Result<u32>{done} : copied.error();
        done += static_cast<u32>(size);
        if (size < wanted || packets_) break;
    }
    return done;
}

Result<usize> Pty::wait_and_add(Span<const u8> from, IoMode mode)
{
    SpinGuard guard{slave_.lock()};
    for (;;) {
        const usize size = master_held_ ? 0 : backlog_.put(from);
        if (size > 0) return size;
        if (mode == IoMode::NonBlocking) return Errno::Again;
        const auto slept = master_writable_.sleep(slave_.lock(), Wait::Interruptible);
        if (!slept.ok()) return slept.error() == Errno::Intr ? Errno::RestartSys : slept.error();
    }
}

Result<u32> Pty::write(IoBuffer& from, IoMode mode)
{
    u8 piece[kPieceBytes];
    u32 done = 0;
    while (from.remaining() > 0) {
        const u32 size = static_cast<u32>(min<usize>(sizeof piece, from.remaining()));
        const auto copied = from.get(piece, size);
        if (!copied.ok()) return done > 0 ? Result<u32>{done} : copied.error();
        for (u32 given = 0; given < size;) {
            const auto added = wait_and_add({piece + given, size - given}, mode);
            if (!added.ok()) return done > 0 ? Result<u32>{done} : added.error();
            given += static_cast<u32>(added.value());
            done += static_cast<u32>(added.value());
            slave_.pull_input();
        }
    }
    return done;
}

Pty::Events Pty::poll_locked()
{
    const bool has_status = packets_ && status_ != 0;
    return {shown_.size() > 0 || has_status, !master_held_ && backlog_.room() >= kWritableRoom, has_status,
            left_};
}

// ---- Requests ----

namespace {

enum Request : u32 {
    kFlow = 0x540A,
    kFlush = 0x540B,
    kOutputQueue = 0x5411,
    kTypeByte = 0x5412,
    kInputQueue = 0x541B,
    kSetPackets = 0x5420,
    kGetNumber = 0x80045430,
    kSetLock = 0x40045431,
    kSignal = 0x40045436,
    kGetPackets = 0x80045438,
    kGetLock = 0x80045439,
};

}  // namespace

// What is not the master's own is the slave's: modes, size, session.
Result<u32> Pty::ioctl(u32 request, UserAddr argument, const TtyUse& use)
{
    switch (request) {
    case kGetNumber:
        return give(argument, number_);
    case kSetLock:
    case kGetLock:
    case kSetPackets:
    case kGetPackets:
        return ioctl_flag(request, argument);
    case kSignal:
        return send_signal(argument.value());
    case kFlow:
    case kFlush:
    case kOutputQueue:
    case kInputQueue:
    case kTypeByte:
        return ioctl_queue(request, argument, use);
    default:
        return slave_.ioctl(request, argument, use);
    }
}

Result<u32> Pty::ioctl_flag(u32 request, UserAddr argument)
{
    bool& flag = request == kSetLock || request == kGetLock ? locked_ : packets_;
    if (request == kGetLock || request == kGetPackets) return give(argument, flag);
    i32 wanted;
    TRY(copy_from_user(&wanted, argument, sizeof wanted));
    SpinGuard guard{slave_.lock()};
    if (request == kSetPackets && wanted != 0 && !packets_) status_ = 0;
    flag = wanted != 0;
    return 0u;
}

Result<u32> Pty::ioctl_queue(u32 request, UserAddr argument, const TtyUse& use)
{
    u8 byte;
    switch (request) {
    case kFlow:
        return control_flow(argument.value());
    case kFlush:
        return flush(argument.value());
    case kOutputQueue:
        return give(argument, 0);
    case kTypeByte:
        if (!use.caller.is_superuser) return Errno::Perm;
        TRY(copy_from_user(&byte, argument, sizeof byte));
        slave_.lock().lock();
        put({&byte, 1});
        slave_.lock().unlock();
        return 0u;
    default: {
        slave_.lock().lock();
        const u32 size = shown_.size();
        slave_.lock().unlock();
        return give(argument, size);
    }
    }
}

Result<u32> Pty::control_flow(u32 action)
{
    enum : u32 { kOutputOff, kOutputOn, kInputOff, kInputOn };
    constexpr u8 kStop = 19, kStart = 17;  // the master's own characters, which nobody can change
    if (action > kInputOn) return Errno::Invalid;
    {
        SpinGuard guard{slave_.lock()};
        if (action == kOutputOff || action == kOutputOn) master_held_ = action == kOutputOff;
        if (action == kOutputOn) master_writable_.wake_all();
    }
    const u8 byte = action == kInputOff ? kStop : kStart;
    if (action == kInputOff || action == kInputOn) slave_.receive({&byte, 1});
    slave_.pull_input();
    return 0u;
}

Result<u32> Pty::flush(u32 selector)
{
    enum : u32 { kInput, kOutput, kBoth };
    if (selector > kBoth) return Errno::Invalid;
    SpinGuard guard{slave_.lock()};
    if (selector != kOutput) shown_.cut(0);
    if (selector != kInput) backlog_.cut(0);
    master_writable_.wake_all();
    slave_.output_has_room_locked();
    return 0u;
}

// TIOCSIG: as if its key had been pressed, but nothing is flushed.
Result<u32> Pty::send_signal(u32 signal)
{
    if (signal != kSignalInt && signal != kSignalQuit && signal != kSignalTstp) return Errno::Invalid;
    slave_.signal_foreground(signal);
    return 0u;
}

}  // namespace faultline
