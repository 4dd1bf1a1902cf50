// Waiting and waking. docs/locking.md: no user memory is touched under a bucket's lock but by ..._now.
#include "kernel/futex.h"

#include "kernel/futex_table.h"
#include "kernel/task.h"

namespace faultline {

Result<void> futex_wait(FutexWord word, u32 expected, u64 deadline_ns, u32 bits)
{
    const FutexPlace place = TRY(FutexPlace::of(word));
    FutexBucket& bucket = futex_bucket(place.key());
    FutexSleeper sleeper{place, FutexSleeper::Kind::Plain, bits};
    for (;;) {
        {
            SpinGuard guard{bucket.lock};
            const auto value = load_user_word_now(word.address);
            if (value.ok() && value.value() != expected) return Errno::Again;
            if (value.ok()) {
                sleeper.enter_locked(bucket);
                break;
            }
        }
        TRY(make_word_present(word.address, WordUse::Load));
    }
    TRY(sleeper.sleep(deadline_ns));
    return {};
}

namespace {

// At least one, as Linux does even where none was asked for.
Result<u32> wake_locked(FutexBucket& bucket, const FutexKey& key, u32 most, u32 bits) REQUIRES(bucket.lock)
{
    u32 woken = 0;
    for (FutexSleeper& sleeper : bucket.sleepers) {
        if (!(sleeper.key == key)) continue;
        if (sleeper.kind != FutexSleeper::Kind::Plain) return Errno::Invalid;
        if ((sleeper.bits & bits) == 0) continue;
        sleeper.wake_locked(FutexSleeper::Woken::Yes);
        if (++woken >= most) break;
    }
    return woken;
}

// Two buckets, which may be one; always in the same order.
class BothLocks {
public:
    BothLocks(FutexBucket& a, FutexBucket& b) NO_THREAD_SAFETY_ANALYSIS : first_{&a < &b ? a : b},
                                                                          second_{&a < &b ? b : a}
    {
        first_.lock.lock();
        if (&first_ != &second_) second_.lock.lock();
    }
    ~BothLocks() NO_THREAD_SAFETY_ANALYSIS
    {
        if (&first_ != &second_) second_.lock.unlock();
        first_.lock.unlock();
    }
    BothLocks(const BothLocks&) = delete;
    BothLocks& operator=(const BothLocks&) = delete;

private:
    FutexBucket& first_;
    FutexBucket& second_;
};

}  // namespace

Result<u32> futex_wake(FutexWord word, u32 most, u32 bits)
{
    const FutexPlace place = TRY(FutexPlace::of(word));
    FutexBucket& bucket = futex_bucket(place.key());
    SpinGuard guard{bucket.lock};
    return wake_locked(bucket, place.key(), most, bits);
}

// ---- Moving sleepers to another word ----

namespace {

struct Places {
    const FutexPlace &from, &to;
    FutexBucket &source, &target;
};

Result<u32> move_locked(const FutexMove& wanted, const Places& places) NO_THREAD_SAFETY_ANALYSIS
{
    u32 woken = 0, moved = 0;
    for (FutexSleeper& sleeper : places.source.sleepers) {
        if (moved >= wanted.most_moved && woken >= wanted.most_woken) break;
        if (!(sleeper.key == places.from.key())) continue;
        if (sleeper.kind != FutexSleeper::Kind::Plain) return Errno::Invalid;
        if (woken < wanted.most_woken || !sleeper.may_move_locked(places.to)) {
            sleeper.wake_locked(FutexSleeper::Woken::Yes);
            woken++;
        } else {
            sleeper.move_locked(places.source, places.target, places.to);
            moved++;
        }
    }
    return woken + moved;
}

}  // namespace

Result<u32> futex_requeue(const FutexMove& wanted)
{
    const FutexPlace from = TRY(FutexPlace::of(wanted.from));
    const FutexPlace to = TRY(FutexPlace::of(wanted.to));
    const Places places{from, to, futex_bucket(from.key()), futex_bucket(to.key())};
    for (;;) {
        {
            BothLocks locks{places.source, places.target};
            if (!wanted.expected) return move_locked(wanted, places);
            const auto value = load_user_word_now(wanted.from.address);
            if (value.ok())
                return value.value() == *wanted.expected ? move_locked(wanted, places) : Errno::Again;
        }
        TRY(make_word_present(wanted.from.address, WordUse::Load));
    }
}

// ---- FUTEX_WAKE_OP ----

namespace {

// The operation's word: 4 bits what to do (the highest: with 1 << argument), 4 bits how to compare, 12 bits each argument.
struct Decoded {
    u32 action, comparison;
    i32 argument, compared_with;
};

i32 sign_extended(u32 twelve_bits)
{
    return static_cast<i32>(twelve_bits << 20) >> 20;
}

Decoded decode(u32 operation)
{
    constexpr u32 kShiftArgument = 8;
    Decoded out{operation >> 28, operation >> 24 & 15, sign_extended(operation >> 12),
                sign_extended(operation)};
    if ((out.action & kShiftArgument) != 0) out.argument = static_cast<i32>(1u << (out.argument & 31));
    out.action &= kShiftArgument - 1;
    return out;
}

Result<u32> changed(u32 value, const Decoded& op)
{
    enum Action : u32 { Set, Add, Or, AndNot, Xor };
    const u32 argument = static_cast<u32>(op.argument);
    switch (op.action) {
    case Set:
        return argument;
    case Add:
        return value + argument;
    case Or:
        return value | argument;
    case AndNot:
        return value & ~argument;
    case Xor:
        return value ^ argument;
    default:
        return Errno::NoSystemCall;
    }
}

Result<bool> compares(u32 value, const Decoded& op)
{
    enum Comparison : u32 { Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual };
    const i32 was = static_cast<i32>(value);
    switch (op.comparison) {
    case Equal:
        return was == op.compared_with;
    case NotEqual:
        return was != op.compared_with;
    case Less:
        return was < op.compared_with;
    case LessOrEqual:
        return was <= op.compared_with;
    case Greater:
        return was > op.compared_with;
    case GreaterOrEqual:
        return was >= op.compared_with;
    default:
        return Errno::NoSystemCall;
    }
}

// What the word was. Fault: it has to be made present first; NoSystemCall.
Result<u32> change_word_now(UserAddr word, const Decoded& op)
{
    u32 value = TRY(load_user_word_now(word));
    for (;;) {
        const u32 wanted = TRY(changed(value, op));
        const u32 found = TRY(compare_exchange_user_word_now(word, value, wanted));
        if (found == value) return found;
        value = found;
    }
}

Result<u32> wake_both_locked(const FutexWakeOp& wanted, const Places& places,
                             bool second) NO_THREAD_SAFETY_ANALYSIS
{
    const u32 woken = TRY(wake_locked(places.source, places.from.key(), wanted.most_first, kFutexAllBits));
    if (!second) return woken;
    return woken + TRY(wake_locked(places.target, places.to.key(), wanted.most_second, kFutexAllBits));
}

}  // namespace

Result<u32> futex_wake_op(const FutexWakeOp& wanted)
{
    const FutexPlace first = TRY(FutexPlace::of(wanted.first));
    const FutexPlace second = TRY(FutexPlace::of(wanted.second));
    const Decoded op = decode(wanted.operation);
    FutexBucket& bucket = futex_bucket(first.key());
    FutexBucket& other = futex_bucket(second.key());
    for (;;) {
        {
            BothLocks locks{bucket, other};
            const auto was = change_word_now(wanted.second.address, op);
            if (was.ok())
                return wake_both_locked(wanted, {first, second, bucket, other},
                                        TRY(compares(was.value(), op)));
            if (was.error() != Errno::Fault) return was.error();
        }
        TRY(make_word_present(wanted.second.address, WordUse::Store));
    }
}

}  // namespace faultline
