// Signals: numbers, sets, what is pending, what a process does about each, and how one is sent.
//
// A signal is sent by putting it among the pending ones of a process or of one task and waking who can take it; it is
// taken, and acted on, by the task itself on its way back to user mode (kernel/signal_delivery.cpp).
// Lock: process_lock guards all of it. Sending may happen in interrupts (^C): then no details are kept, as the heap
// is out of reach there.
#pragma once

#include "kernel/abi.h"
#include "kernel/process_lock.h"
#include "lib/annotations.h"
#include "lib/bits.h"
#include "lib/ref.h"
#include "lib/result.h"

namespace faultline {

class Process;
class ProcessGroup;
class Task;

enum Signal : u32 {
    kSigHup = 1,
    kSigInt = 2,
    kSigQuit = 3,
    kSigIll = 4,
    kSigTrap = 5,
    kSigAbort = 6,
    kSigBus = 7,
    kSigFpe = 8,
    kSigKill = 9,
    kSigSegv = 11,
    kSigPipe = 13,
    kSigAlarm = 14,
    kSigTerm = 15,
    kSigChild = 17,
    kSigCont = 18,
    kSigStop = 19,
    kSigTstp = 20,
    kSigTtin = 21,
    kSigTtou = 22,
    kSigUrgent = 23,
    kSigFileSize = 25,
    kSigVirtualAlarm = 26,
    kSigProfile = 27,
    kSigWindow = 28,
    kSigFirstQueued = 32,  // from here on several of one number may be pending
};
constexpr u32 kSignals = 64;

// Two words, not one of 64 bits: the CPU shifts words only.
class SignalSet {
public:
    constexpr SignalSet() = default;
    constexpr explicit SignalSet(u64 bits) : low_{static_cast<u32>(bits)}, high_{static_cast<u32>(bits >> 32)}
    {
    }
    constexpr SignalSet(u32 low, u32 high) : low_{low}, high_{high} {}
    template <class... Rest> static constexpr SignalSet of(u32 first, Rest... rest)
    {
        SignalSet set;
        set.add(first);
        (set.add(rest), ...);
        return set;
    }
    static constexpr SignalSet all() { return SignalSet{~0u, ~0u}; }

    constexpr u64 bits() const { return low_ | static_cast<u64>(high_) << 32; }
    constexpr u32 low() const { return low_; }
    constexpr u32 high() const { return high_; }
    constexpr bool empty() const { return (low_ | high_) == 0; }
    constexpr bool has(u32 signal) const { return ((signal <= 32 ? low_ : high_) & bit(signal)) != 0; }
    constexpr void add(u32 signal) { (signal <= 32 ? low_ : high_) |= bit(signal); }
    constexpr void remove(u32 signal) { (signal <= 32 ? low_ : high_) &= ~bit(signal); }
    constexpr SignalSet with(SignalSet other) const { return {low_ | other.low_, high_ | other.high_}; }
    constexpr SignalSet without(SignalSet other) const { return {low_ & ~other.low_, high_ & ~other.high_}; }
    constexpr SignalSet common(SignalSet other) const { return {low_ & other.low_, high_ & other.high_}; }
    u32 lowest() const { return 1 + (low_ != 0 ? lowest_bit(low_) : 32 + lowest_bit(high_)); }  // not empty

private:
    static constexpr u32 bit(u32 signal) { return 1u << (signal - 1) % 32; }
    u32 low_ = 0, high_ = 0;  // signals 1..32, 33..64
};

constexpr SignalSet kUnblockable = SignalSet::of(kSigKill, kSigStop);
constexpr SignalSet kStopSignals = SignalSet::of(kSigStop, kSigTstp, kSigTtin, kSigTtou);
constexpr SignalSet kIgnoredByDefault = SignalSet::of(kSigChild, kSigCont, kSigUrgent, kSigWindow);
constexpr SignalSet kFaultSignals = SignalSet::of(kSigSegv, kSigBus, kSigIll, kSigTrap, kSigFpe);

// si_code
constexpr i32 kCodeUser = 0, kCodeKernel = 0x80, kCodeTkill = -6;
constexpr i32 kCodeMapError = 1, kCodeAccessError = 2;  // SIGSEGV
constexpr i32 kCodeBusAddress = 2, kCodeBusAlignment = 1;
constexpr i32 kCodeExited = 1, kCodeKilled = 2, kCodeDumped = 3, kCodeStopped = 5, kCodeContinued = 6;

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

// Signals that were sent and not yet taken. Details of one always have room; of more, where there was memory.
class PendingSignals {
public:
    PendingSignals() = default;
    PendingSignals(const PendingSignals&) = delete;
    PendingSignals& operator=(const PendingSignals&) = delete;
    ~PendingSignals() { clear(); }

    SignalSet set() const { return set_; }
    // `details`: whether the heap may be used. A plain signal that is pending already stays as it is.
    enum class Details : u8 { Keep, Drop };
    void add(const SignalInfo& info, Details details);
    void take(u32 signal, SignalInfo& info);  // which is pending
    void remove(SignalSet which);
    void clear() { remove(set_); }

private:
    struct Queued {
        SignalInfo info;
        Queued* next;
    };

    bool has_queued(u32 signal) const;
    Queued* find_room(Details details);
    void give_back(Queued* queued);

    SignalSet set_;
    Queued* first_ = nullptr;  // in the order of their coming
    Queued spare_;             // the room for one
    bool spare_used_ = false;
};

// sigaction's flags
constexpr u32 kActionNoChildStop = 1, kActionNoChildWait = 2, kActionSiginfo = 4,
              kActionRestorer = 0x04000000, kActionOnStack = 0x08000000, kActionRestart = 0x10000000,
              kActionNoDefer = 0x40000000, kActionResetHandler = 0x80000000;
constexpr u32 kHandlerDefault = 0, kHandlerIgnore = 1;

// What a process does about each signal. A table of its own is made only for a process that changes something.
class SignalActions {
public:
    SignalActions() = default;
    SignalActions(const SignalActions&) = delete;
    SignalActions& operator=(const SignalActions&) = delete;
    ~SignalActions();

    const KernelSigaction& of(u32 signal) const { return table_ ? table_[signal - 1] : kDefault; }
    Result<void> copy_from(const SignalActions& other);
    Result<void> prepare_change();  // may allocate; after it set() cannot fail
    void set(u32 signal, const KernelSigaction& action) { table_[signal - 1] = action; }
    void reset_handlers();  // exec: what was caught is default again, what was ignored stays

private:
    static const KernelSigaction kDefault;
    KernelSigaction* table_ = nullptr;
};

// ---- Sending ----

// Would it be thrown away? (Ignored, and nobody has it blocked.)
bool is_ignored_locked(const Process& process, u32 signal) REQUIRES(process_lock);

void send_signal_locked(Process& process, const SignalInfo& info,
                        PendingSignals::Details details = PendingSignals::Details::Keep)
    REQUIRES(process_lock);
void send_task_signal_locked(Task& task, const SignalInfo& info) REQUIRES(process_lock);
void send_signal(Process& process, const SignalInfo& info) EXCLUDES(process_lock);

// The running task's own fault: cannot be ignored or blocked; then the default action comes.
void force_signal(Task& self, const SignalInfo& info) EXCLUDES(process_lock);
// Would the task's program see it in a handler?
bool will_be_handled(Task& self, u32 signal) EXCLUDES(process_lock);

// May `sender` signal `target`? (kill(2)'s rule.)
bool may_signal_locked(const Task& sender, const Process& target, u32 signal) REQUIRES(process_lock);

// ---- Masks ----

void set_blocked(Task& self, SignalSet blocked) EXCLUDES(process_lock);
void set_blocked_locked(Task& self, SignalSet blocked) REQUIRES(process_lock);
// Sets or clears the task's "look at signals" marks from what is pending and not blocked.
void update_signal_marks_locked(Task& task) REQUIRES(process_lock);

}  // namespace faultline
