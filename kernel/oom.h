// When nothing is left to reclaim: the process that uses most memory dies, and the log says which and why.
#pragma once

namespace faultline {

void connect_oom_killer();  // gives mm its handler

}  // namespace faultline
