// When nothing is left to reclaim: the process that uses most memory dies, and the log says which and why.
#pragma once

#include "lib/types.h"

namespace faultline {

void start_oom_killer();  // once there are threads
u32 oom_kill_count();     // victims since boot

}  // namespace faultline
