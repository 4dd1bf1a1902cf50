// The bits of a lock's word that the kernel and the C libraries agree on, and what a task that ends does about its locks.
// For kernel/futex*.cpp alone.
#pragma once

#include "lib/types.h"

namespace faultline {

class Task;

constexpr u32 kFutexWaiters = 0x80000000, kFutexOwnerDied = 0x40000000, kFutexOwner = 0x3fffffff;

// Who sleeps for a lock of ours looks again.
void abandon_locks(Task& self);

}  // namespace faultline
