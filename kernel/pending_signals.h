// Signals that were sent to a process or to one task and not yet taken, with what siginfo_t will say of each.
//
// A signal below kSigFirstQueued is there once at most; of the real-time ones there may be many, taken in the order of
// their coming. These are counted against RLIMIT_SIGPENDING, for each real uid together.
// Lock: process_lock guards all of it.
#pragma once

#include "kernel/abi.h"
#include "kernel/process_lock.h"
#include "kernel/signal_set.h"
#include "lib/annotations.h"
#include "lib/intrusive_list.h"
#include "lib/result.h"

namespace faultline {

class Process;
class Task;

// si_code
constexpr i32 kCodeUser = 0, kCodeKernel = 0x80, kCodeQueue = -1, kCodeTimer = -2, kCodeTkill = -6;
constexpr i32 kCodeMapError = 1, kCodeAccessError = 2;  // SIGSEGV
constexpr i32 kCodeBusAddress = 2, kCodeBusAlignment = 1;
constexpr i32 kCodeExited = 1, kCodeKilled = 2, kCodeDumped = 3, kCodeTrapped = 4, kCodeStopped = 5,
              kCodeContinued = 6;

// What siginfo_t says beyond the number; `fields` lie as in the structure, from si_pid or si_addr on.
constexpr u32 kSignalInfoFields = 5;
struct SignalInfo {
    u32 signal;
    i32 code;
    u32 fields[kSignalInfoFields];

    static SignalInfo from_kernel(u32 signal) { return SignalInfo{signal, kCodeKernel, {}}; }
    static SignalInfo from_task(u32 signal, i32 code, const Task& sender);
    static SignalInfo of_fault(u32 signal, i32 code, u32 address) { return {signal, code, {address}}; }
};

// How many signals wait, or may come (timers), for the processes of one user.
struct SignalQuota : ListNode<> {
    u32 uid = 0;
    u32 count = 0;
};
// One more; Again: the process's limit is reached. Give it back by release_quota_locked.
Result<SignalQuota*> take_quota_locked(const Process& process) REQUIRES(process_lock);
void release_quota_locked(SignalQuota* quota) REQUIRES(process_lock);  // null is allowed
u32 queued_signals_locked(u32 uid) REQUIRES(process_lock);

struct QueuedSignal {
    SignalInfo info;
    QueuedSignal* next = nullptr;
    SignalQuota* quota = nullptr;  // null: not counted
    // A part of something else, as of a timer: told, under process_lock, that it is in no queue any more, and what its
    // taker will see (null: it was thrown away).
    void (*unqueued)(QueuedSignal& queued, SignalInfo* taken) = nullptr;
};

class PendingSignals {
public:
    PendingSignals() = default;
    PendingSignals(const PendingSignals&) = delete;
    PendingSignals& operator=(const PendingSignals&) = delete;
    ~PendingSignals() { clear(); }

    SignalSet set() const { return set_; }
    // `details`: whether the heap may be used; it may not in interrupts. A plain signal that is pending already stays as
    // it is. Again: a real-time signal whose details must be kept and cannot.
    enum class Details : u8 { Keep, Drop };
    Result<void> add(const SignalInfo& info, Details details, const Process& receiver);
    void add_own(QueuedSignal& queued);       // a part of something else, and not in a queue
    void take(u32 signal, SignalInfo& info);  // which is pending
    void remove(SignalSet which);
    void remove_own(QueuedSignal& queued);  // without telling it
    void clear() { remove(set_); }

private:
    Result<void> add_more(const SignalInfo& info, Details details, const Process& receiver);
    QueuedSignal* find_room(const SignalInfo& info, Details details, const Process& receiver);
    void append(QueuedSignal& queued);
    void unlink(QueuedSignal** link);
    void give_back(QueuedSignal& queued);
    void forget_if_none(u32 signal);

    SignalSet set_;
    QueuedSignal* first_ = nullptr;  // in the order of their coming
    QueuedSignal** end_ = &first_;   // where the next one is linked
    QueuedSignal spare_{};           // the room for one that always is
    bool spare_used_ = false;
};

}  // namespace faultline
