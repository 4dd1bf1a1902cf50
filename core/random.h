// Random bytes: ChaCha20 (lib/chacha.h) under a key made from RDRAND, the TSC and the RTC, replaced after each use so
// that past output cannot be computed from the state. Lock: one spin lock inside.
#pragma once

#include "lib/span.h"
#include "lib/types.h"

namespace faultline {

void random_init();
void random_bytes(Span<u8> out);
u32 random_u32();

}  // namespace faultline
