// When nothing is left to reclaim: the process that uses most memory dies, and the log says which and why.
#pragma once

namespace faultline {

void start_oom_killer();  // once there are threads

}  // namespace faultline
