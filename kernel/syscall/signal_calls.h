// What the old signal calls and the new ones share (kernel/syscall/signal.cpp).
#pragma once

#include "kernel/signal.h"

namespace faultline {

// The action before. Invalid: no such signal, or one that nobody may catch.
Result<KernelSigaction> change_action(Process& process, u32 signal, KernelSigaction action);

enum class MaskChange : u32 { Block, Unblock, Set };
Result<SignalSet> changed_mask(SignalSet before, u32 how, SignalSet given);  // Invalid

// Perm, or Invalid: no such signal. Signal 0 only asks.
Result<void> signal_one_locked(Task& self, Process& target, const SignalInfo& info) REQUIRES(process_lock);

// What the sender itself tells of its signal. To others it may not pretend that the kernel, kill or tkill sent it: Perm.
Result<SignalInfo> own_signal_info(Task& self, u32 target, u32 signal, const Siginfo& given);

// Waits with this mask until a signal was handled: sigsuspend.
Result<u32> suspend(Task& self, SignalSet mask);

SignalSet pending_and_blocked(Task& self);

}  // namespace faultline
