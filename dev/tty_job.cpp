// Job control: which session a terminal controls, who of it is in the foreground, and what a hang-up means to both.
//
// The table of controlling terminals is hashed by session, so that a lookup does not walk all ptys. Locks: sessions_lock
// (rank TerminalSession) guards the table, then a tty's own lock; Tty::session_ changes under both, so either serves to read.
#include "core/spinlock.h"
#include "dev/tty.h"
#include "dev/tty_answer.h"
#include "mm/user_access.h"

namespace faultline {

namespace {

SpinLock sessions_lock{LockRank::TerminalSession};

}  // namespace

class SessionTerminals {
public:
    Tty* find(u32 session) REQUIRES(sessions_lock);
    // The table's count of the tty comes and goes with its place: take() gives it to the caller.
    void put(Tty& tty, const TtyCaller& leader) REQUIRES(sessions_lock);
    Ref<Tty> take(Tty& tty, u32& session, u32& foreground) REQUIRES(sessions_lock);

    Result<u32> acquire(Tty& tty, u32 force, const TtyUse& use);
    void acquire_if_free(Tty& tty, const TtyCaller& caller);

private:
    static constexpr u32 kBuckets = 64;
    using Bucket = IntrusiveList<Tty, SessionTerminalTag>;
    Bucket& bucket_of(u32 session) { return buckets_[session % kBuckets]; }

    Bucket buckets_[kBuckets];
};

namespace {

SessionTerminals terminals GUARDED_BY(sessions_lock);

}  // namespace

Tty* SessionTerminals::find(u32 session)
{
    if (session == 0) return nullptr;
    for (Tty& tty : bucket_of(session)) {
        SpinGuard guard{tty.lock_};
        if (tty.session_ == session) return &tty;
    }
    return nullptr;
}

void SessionTerminals::put(Tty& tty, const TtyCaller& leader)
{
    SpinGuard guard{tty.lock_};
    tty.session_ = leader.session;
    tty.foreground_ = leader.group;
    tty.retain();
    bucket_of(leader.session).push_back(tty);
}

Ref<Tty> SessionTerminals::take(Tty& tty, u32& session, u32& foreground)
{
    SpinGuard guard{tty.lock_};
    session = tty.session_;
    foreground = tty.foreground_;
    if (session == 0) return nullptr;
    bucket_of(session).remove(tty);
    tty.session_ = tty.foreground_ = 0;
    return Ref<Tty>::adopt(&tty);
}

Ref<Tty> find_controlling_tty(u32 session)
{
    SpinGuard guard{sessions_lock};
    return Ref<Tty>::share(terminals.find(session));
}

// ---- Becoming a controlling terminal ----

void Tty::opened_as_controlling(const TtyCaller& caller)
{
    if (!caller.is_session_leader) return;
    SpinGuard guard{sessions_lock};
    if (terminals.find(caller.session) || session() != 0) return;
    terminals.put(*this, caller);
}

Result<u32> take_as_controlling(Tty& tty, u32 force, const TtyUse& use)
{
    const TtyCaller& caller = use.caller;
    Ref<Tty> robbed;
    SpinGuard guard{sessions_lock};
    const Tty* const current = terminals.find(caller.session);
    if (current == &tty && caller.is_session_leader) return 0u;
    if (current || !caller.is_session_leader) return Errno::Perm;
    if (tty.session() != 0 && !(force == 1 && caller.is_superuser)) return Errno::Perm;
    // What may only be written to must not be turned into something to read from (as /dev/tty).
    if (!use.open.readable && !caller.is_superuser) return Errno::Perm;
    u32 session, foreground;
    robbed = terminals.take(tty, session, foreground);
    terminals.put(tty, caller);
    return 0u;
}

// ---- Losing it ----

namespace {

Ref<Tty> release_session(u32 session, u32& foreground)
{
    SpinGuard guard{sessions_lock};
    Tty* const tty = terminals.find(session);
    return tty ? terminals.take(*tty, session, foreground) : nullptr;
}

}  // namespace

bool tty_session_ended(u32 session)
{
    if (const Ref<Tty> tty = find_controlling_tty(session); tty && tty->hangs_up_with_session()) {
        tty->hang_up(Tty::HangUp::TellsForeground);
        return true;
    }
    u32 foreground = 0;
    const Ref<Tty> tty = release_session(session, foreground);
    if (foreground != 0) tty_hooks().signal_group(session, foreground, kSignalHup);
    return static_cast<bool>(tty);
}

void give_up_terminal(u32 session)
{
    u32 foreground = 0;
    const Ref<Tty> tty = release_session(session, foreground);
    if (foreground == 0) return;
    tty_hooks().signal_group(session, foreground, kSignalHup);
    tty_hooks().signal_group(session, foreground, kSignalCont);  // the stopped ones learn of it too
}

void Tty::hang_up(HangUp who)
{
    u32 session, foreground;
    Ref<Tty> controlled;
    {
        SpinGuard guard{sessions_lock};
        controlled = terminals.take(*this, session, foreground);
    }
    {
        SpinGuard guard{lock_};
        hang_ups_++;
        flush_input_locked();
        set_modes_locked(kDefaultTermios);
        settle_locked();
        readable_.wake_all();
        writable_.wake_all();
    }
    const TtyHooks& hooks = tty_hooks();
    if (session == 0 || !hooks.signal_group) return;
    hooks.lost_terminal(session, foreground);
    hooks.signal_leader(session, kSignalHup);
    hooks.signal_leader(session, kSignalCont);
    if (who == HangUp::TellsForeground && foreground != 0)
        hooks.signal_group(session, foreground, kSignalHup);
}

// ---- Foreground and background ----

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

bool Tty::controls(const TtyCaller& caller)
{
    SpinGuard guard{lock_};
    return session_ != 0 && session_ == caller.session;
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
    const TtyHooks& hooks = tty_hooks();
    if (!hooks.signal_group) return {};
    if (hooks.group_is_orphaned(caller.group)) return Errno::Io;  // nobody could continue it
    hooks.signal_group(caller.session, caller.group, signal);
    return Errno::RestartSys;
}

// ---- Requests ----

Result<u32> Tty::set_foreground_group(UserAddr argument, const TtyCaller& caller)
{
    i32 group;
    const Result<void> allowed = check_change(caller);
    if (!allowed.ok()) return allowed.error() == Errno::Io ? Errno::NotTty : allowed.error();
    TRY(copy_from_user(&group, argument, sizeof group));
    if (group < 0) return Errno::Invalid;
    if (!controls(caller)) return Errno::NotTty;
    if (TRY(tty_hooks().session_of_group(static_cast<u32>(group))) != caller.session) return Errno::Perm;
    SpinGuard guard{lock_};
    if (session_ != caller.session) return Errno::NotTty;
    foreground_ = static_cast<u32>(group);
    return 0u;
}

namespace {

enum Request : u32 {
    kSetControlling = 0x540E,
    kGetGroup = 0x540F,
    kSetGroup = 0x5410,
    kGiveUp = 0x5422,
    kGetSession = 0x5429,
};

}  // namespace

// A pty's master asks for its slave, whose session is not its own.
Result<u32> Tty::ioctl_jobs(u32 request, UserAddr argument, const TtyUse& use)
{
    const bool may_ask = use.is_master || controls(use.caller);
    switch (request) {
    case kSetControlling:
        return take_as_controlling(*this, argument.value(), use);
    case kGetGroup:
        return may_ask ? give(argument, foreground_group()) : Errno::NotTty;
    case kSetGroup:
        return set_foreground_group(argument, use.caller);
    case kGetSession: {
        const u32 session = this->session();
        return may_ask && session != 0 ? give(argument, session) : Errno::NotTty;
    }
    case kGiveUp:
        if (use.is_master || !controls(use.caller)) return Errno::NotTty;
        if (use.caller.is_session_leader)
            give_up_terminal(use.caller.session);
        else
            tty_hooks().caller_gives_up();
        return 0u;
    default:
        return Errno::NotTty;
    }
}

}  // namespace faultline
