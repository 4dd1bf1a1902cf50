// The one lock of kernel/'s tables: pids, families, groups, sessions, states, signals. Paths under it are short and touch
// a fixed number of processes.
#pragma once

#include "core/spinlock.h"

namespace faultline {

extern SpinLock process_lock;

}  // namespace faultline
