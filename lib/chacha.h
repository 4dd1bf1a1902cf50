// The ChaCha20 block function (RFC 8439, section 2.3).
#pragma once

#include "lib/span.h"
#include "lib/types.h"

namespace faultline {

struct ChaChaKey {
    u32 words[8];
};

// One block of key stream: 64 bytes.
void chacha20_block(const ChaChaKey& key, u32 counter, const u32 (&nonce)[3], u8 (&out)[64]);

}  // namespace faultline
