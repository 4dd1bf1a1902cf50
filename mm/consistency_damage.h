// Debug builds: one self-test for each kind of damage that mm/consistency claims to find. Each plants it in a space of its own
// and then does something harmless; the check must end the boot with its report. `consistency` plants none and must pass.
#pragma once

#include "mm/self_test.h"

namespace faultline {

// None in release builds.
Span<const MemoryTest> damage_tests();

}  // namespace faultline
