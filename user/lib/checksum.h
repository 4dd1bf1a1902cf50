// What md5sum and sha256sum share: reading files, printing and checking digests. Each brings its hash function.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { kMostDigestBytes = 32, kHashBlock = 64 };

// Both hashes take blocks of 64 bytes and end with the length in bits.
struct hash {
    uint32_t state[8];
    uint64_t length;
    unsigned char block[kHashBlock];
    size_t used;
};

struct hash_kind {
    size_t digest_bytes;
    int big_endian;
    uint32_t start[8];
    void (*take_block)(uint32_t* state, const unsigned char* block);
};

int checksum_main(int argc, char** argv, const char* help, const struct hash_kind* kind);
