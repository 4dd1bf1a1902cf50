// For the host.
#pragma once

namespace faultline {
inline void give_way() {}
}  // namespace faultline
