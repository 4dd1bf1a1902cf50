// futex and its kin.
#include "kernel/futex.h"

#include "core/timer.h"
#include "kernel/syscall/table.h"
#include "kernel/syscall/time_values.h"
#include "kernel/task.h"

namespace faultline {

namespace {

enum Command : u32 {
    kWait = 0,
    kWake = 1,
    kRequeue = 3,
    kCompareRequeue = 4,
    kWakeOp = 5,
    kLock = 6,
    kUnlock = 7,
    kTryLock = 8,
    kWaitBits = 9,
    kWakeBits = 10,
    kLockByClock = 13,
};
constexpr u32 kPrivate = 128, kRealTime = 256;

struct FutexCall {
    UserAddr word;
    u32 operation, value;
    u32 time_word;  // of calls that take no time: a count
    UserAddr word2;
    u32 value3;
    u64 time_ns;  // kForever: none was given

    u32 command() const { return operation & ~(kPrivate | kRealTime); }
    FutexScope scope() const
    {
        return (operation & kPrivate) != 0 ? FutexScope::Private : FutexScope::Shared;
    }
    FutexWord first() const { return {word, scope()}; }
    FutexWord second() const { return {word2, scope()}; }
};

bool takes_time(u32 command)
{
    return command == kWait || command == kWaitBits || command == kLock || command == kLockByClock;
}

bool may_use_real_time(u32 command)
{
    return command == kWaitBits || command == kLockByClock;
}

// A moment of now_ns() for the time that was given.
u64 deadline_of(const FutexCall& call)
{
    if (call.time_ns == kForever) return kForever;
    if (call.command() == kWait) return deadline_after(call.time_ns);
    const bool by_wall = call.command() == kLock || (call.operation & kRealTime) != 0;
    const u64 behind = by_wall ? wall_ns() - now_ns() : 0;
    return call.time_ns > behind ? call.time_ns - behind : 0;
}

// ---- Waiting, and going on with it after a signal without a handler ----

enum : u32 { kExpected, kBits, kOperation };

Result<u32> wait_again(Task& self, const RestartBlock& block)
{
    const FutexScope scope =
        (block.words[kOperation] & kPrivate) != 0 ? FutexScope::Private : FutexScope::Shared;
    const auto waited =
        futex_wait({block.where, scope}, block.words[kExpected], block.deadline_ns, block.words[kBits]);
    if (waited.ok()) return 0u;
    if (waited.error() != Errno::Intr) return waited.error();
    if (block.deadline_ns == kForever) return Errno::RestartSys;
    self.restart = block;
    return Errno::RestartBlock;
}

Result<u32> wait(Task& self, const FutexCall& call, u32 bits)
{
    if (bits == 0) return Errno::Invalid;
    return wait_again(self,
                      {wait_again, deadline_of(call), call.word, 0, {call.value, bits, call.operation}});
}

// ---- The others ----

Result<u32> requeue(const FutexCall& call, Optional<u32> expected)
{
    if (static_cast<i32>(call.value) < 0 || static_cast<i32>(call.time_word) < 0) return Errno::Invalid;
    return futex_requeue({call.first(), call.second(), call.value, call.time_word, expected});
}

Result<u32> answer_of_lock(const Result<void>& locked)
{
    if (locked.ok()) return 0u;
    return locked.error() == Errno::Intr ? Errno::RestartNoIntr : locked.error();
}

Result<u32> carry_out(Task& self, const FutexCall& call)
{
    switch (call.command()) {
    case kWait:
        return wait(self, call, kFutexAllBits);
    case kWaitBits:
        return wait(self, call, call.value3);
    case kWake:
        return futex_wake(call.first(), call.value);
    case kWakeBits:
        return call.value3 == 0 ? Result<u32>{Errno::Invalid}
                                : futex_wake(call.first(), call.value, call.value3);
    case kRequeue:
        return requeue(call, {});
    case kCompareRequeue:
        return requeue(call, call.value3);
    case kWakeOp:
        return futex_wake_op({call.first(), call.second(), call.value, call.time_word, call.value3});
    case kLock:
    case kLockByClock:
        return answer_of_lock(futex_lock(call.first(), deadline_of(call)));
    case kTryLock:
        return answer_of_lock(futex_try_lock(call.first()));
    case kUnlock:
        return answer_of_lock(futex_unlock(call.first()));
    default:
        return Errno::NoSystemCall;
    }
}

template <class T>
Result<u32> futex(Task& self, UserPtr<u32> word, u32 operation, u32 value, UserPtr<const T> time,
                  UserPtr<u32> word2, u32 value3)
{
    FutexCall call{word.address(),  operation, value,   time.address().value(),
                   word2.address(), value3,    kForever};
    if (time && takes_time(call.command())) call.time_ns = TRY(read_ns(time));
    if ((operation & kRealTime) != 0 && !may_use_real_time(call.command())) return Errno::NoSystemCall;
    return carry_out(self, call);
}

}  // namespace

Result<u32> sys_futex(Task& self, UserPtr<u32> word, u32 operation, u32 value, UserPtr<const Timespec32> time,
                      UserPtr<u32> word2, u32 value3)
{
    return futex(self, word, operation, value, time, word2, value3);
}

Result<u32> sys_futex_time64(Task& self, UserPtr<u32> word, u32 operation, u32 value,
                             UserPtr<const Timespec64> time, UserPtr<u32> word2, u32 value3)
{
    return futex(self, word, operation, value, time, word2, value3);
}

// ---- Robust lists ----

namespace {
constexpr u32 kRobustHeadSize = 12;
}

Result<void> sys_set_robust_list(Task& self, UserAddr head, u32 size_bytes)
{
    if (size_bytes != kRobustHeadSize) return Errno::Invalid;
    self.robust_list = head;
    return {};
}

Result<void> sys_get_robust_list(Task& self, i32 tid, UserPtr<u32> head, UserPtr<u32> size_bytes)
{
    u32 address = self.robust_list.value();
    if (tid != 0) {
        SpinGuard guard{process_lock};
        const auto* task = static_cast<Task*>(pids.find(static_cast<u32>(tid), PidKind::Task));
        if (!task) return Errno::NoProcess;
        if (&task->process() != &self.process() && !self.process().credentials.is_root()) return Errno::Perm;
        address = task->robust_list.value();
    }
    TRY(size_bytes.write(kRobustHeadSize));
    return head.write(address);
}

}  // namespace faultline
