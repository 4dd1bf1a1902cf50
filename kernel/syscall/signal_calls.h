// What the old signal calls and the new ones share (kernel/syscall/signal.cpp).
#pragma once

#include "kernel/signal.h"

namespace faultline {

// The action before. Invalid: no such signal, or one that nobody may catch.
Result<KernelSigaction> change_action(Process& process, u32 signal, KernelSigaction action);

enum class MaskChange : u32 { Block, Unblock, Set };
Result<SignalSet> changed_mask(SignalSet before, u32 how, SignalSet given);  // Invalid

// Waits with this mask until a signal was handled: sigsuspend.
Result<u32> suspend(Task& self, SignalSet mask);

SignalSet pending_and_blocked(Task& self);

}  // namespace faultline
