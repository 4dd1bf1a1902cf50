// The signals' numbers, and sets of them. Plain values.
#pragma once

#include "lib/bits.h"
#include "lib/types.h"

namespace faultline {

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
    kSigCpuLimit = 24,
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
    constexpr bool has(u32 signal) const
    {
        return ((signal <= 32 ? low_ : high_) >> (signal - 1) % 32 & 1) != 0;
    }
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

}  // namespace faultline
