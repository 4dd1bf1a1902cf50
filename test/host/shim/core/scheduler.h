// For the host.
#pragma once

namespace faultline {
inline void give_way() {}
inline void yield_cpu() {}
}  // namespace faultline
