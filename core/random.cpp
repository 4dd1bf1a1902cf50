// "Fast key erasure": each request makes one block under the current key, whose first half is the next key.

#include "core/random.h"

#include "arch/clock.h"
#include "arch/x86.h"
#include "core/spinlock.h"
#include "lib/chacha.h"
#include "lib/new.h"
#include "lib/string.h"

namespace faultline {

namespace {

constexpr u32 kFeatureRdrand = 1u << 30;

SpinLock lock{LockRank::Random};
ChaChaKey key GUARDED_BY(lock);
bool has_rdrand;
Atomic<u32> pool;  // samples since the last block

u32 hardware_word()
{
    u32 value = 0;
    if (has_rdrand)
        for (u32 i = 0; i < 10 && !rdrand(value); i++)
            pause();
    return value ^ static_cast<u32>(rdtsc());
}

// Replaces the key and returns what is left of the block: 32 bytes.
void next_block_locked(u8 (&out)[32]) REQUIRES(lock)
{
    const u64 ticks = rdtsc();
    const u32 nonce[3] = {static_cast<u32>(ticks), static_cast<u32>(ticks >> 32), pool.exchange(0)};
    u8 block[64];
    chacha20_block(key, 0, nonce, block);
    memcpy(&key, block, sizeof(key));
    memcpy(out, block + sizeof(key), sizeof(out));
    memset(block, 0, sizeof(block));
    keep_stores(block);  // the erasure is meant
}

}  // namespace

void random_init()
{
    SpinGuard guard{lock};
    has_rdrand = (cpuid(1).ecx & kFeatureRdrand) != 0;
    for (u32& word : key.words)
        word ^= hardware_word();
    const u64 wall = wall_ns();
    key.words[0] ^= static_cast<u32>(wall);
    key.words[1] ^= static_cast<u32>(wall >> 32);
    u8 discarded[32];
    next_block_locked(discarded);
}

void random_bytes(Span<u8> out)
{
    for (usize done = 0; done < out.size();) {
        u8 block[32];
        {
            SpinGuard guard{lock};
            next_block_locked(block);
        }
        const usize count = min(sizeof(block), out.size() - done);
        memcpy(out.data() + done, block, count);
        done += count;
    }
}

u32 random_u32()
{
    u32 value;
    random_bytes({reinterpret_cast<u8*>(&value), sizeof(value)});
    return value;
}

void add_entropy(u32 sample)
{
    const u32 old = pool.load_relaxed();
    pool.fetch_add((old << 7 | old >> 25) ^ sample ^ static_cast<u32>(rdtsc()));
}

}  // namespace faultline
