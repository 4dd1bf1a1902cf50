// A signal mask for the duration of a call that waits.
#pragma once

#include "kernel/task.h"

namespace faultline {

void begin_mask(Task& self, SignalSet mask);
// Intr becomes the restart code of calls that begin again where no handler ran.
Result<u32> end_mask(Task& self, const Result<u32>& result);

}  // namespace faultline
