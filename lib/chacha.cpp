// ChaCha20, as RFC 8439 writes it down.

#include "lib/chacha.h"

namespace faultline {

namespace {

constexpr u32 rotate_left(u32 value, u32 bits)
{
    return value << bits | value >> (32 - bits);
}

[[gnu::always_inline]] inline void quarter_round(u32& a, u32& b, u32& c, u32& d)
{
    a += b;
    d = rotate_left(d ^ a, 16);
    c += d;
    b = rotate_left(b ^ c, 12);
    a += b;
    d = rotate_left(d ^ a, 8);
    c += d;
    b = rotate_left(b ^ c, 7);
}

void double_round(u32 (&x)[16])
{
    quarter_round(x[0], x[4], x[8], x[12]);
    quarter_round(x[1], x[5], x[9], x[13]);
    quarter_round(x[2], x[6], x[10], x[14]);
    quarter_round(x[3], x[7], x[11], x[15]);
    quarter_round(x[0], x[5], x[10], x[15]);
    quarter_round(x[1], x[6], x[11], x[12]);
    quarter_round(x[2], x[7], x[8], x[13]);
    quarter_round(x[3], x[4], x[9], x[14]);
}

void store_little_endian(u32 word, u8* out)
{
    for (u32 i = 0; i < 4; i++)
        out[i] = static_cast<u8>(word >> 8 * i);
}

}  // namespace

void chacha20_block(const ChaChaKey& key, u32 counter, const u32 (&nonce)[3], u8 (&out)[64])
{
    u32 state[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};  // "expand 32-byte k"
    for (u32 i = 0; i < 8; i++)
        state[4 + i] = key.words[i];
    state[12] = counter;
    for (u32 i = 0; i < 3; i++)
        state[13 + i] = nonce[i];

    u32 mixed[16];
    for (u32 i = 0; i < 16; i++)
        mixed[i] = state[i];
    for (u32 i = 0; i < 10; i++)
        double_round(mixed);
    for (u32 i = 0; i < 16; i++)
        store_little_endian(mixed[i] + state[i], out + 4 * i);
}

}  // namespace faultline
