// "Fast key erasure": two blocks are made under the current key; their first 32 bytes are the next key, the rest is the
// stock, from which each byte leaves once and is erased there.

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
u8 stock[96] GUARDED_BY(lock);
usize stock_left GUARDED_BY(lock);

u32 hardware_word()
{
    u32 value = 0;
    if (has_rdrand)
        for (u32 i = 0; i < 10 && !rdrand(value); i++)
            pause();
    return value ^ static_cast<u32>(rdtsc());
}

// Replaces the key, and fills the stock.
void restock_locked() REQUIRES(lock)
{
    const u64 ticks = rdtsc();
    const u32 nonce[3] = {static_cast<u32>(ticks), static_cast<u32>(ticks >> 32), 0};
    u8 blocks[2][64];
    chacha20_block(key, 0, nonce, blocks[0]);
    chacha20_block(key, 1, nonce, blocks[1]);
    memcpy(&key, blocks[0], sizeof(key));
    memcpy(stock, blocks[0] + sizeof(key), 32);
    memcpy(stock + 32, blocks[1], 64);
    stock_left = sizeof(stock);
    memset(blocks, 0, sizeof(blocks));
    keep_stores(blocks);  // the erasure is meant
}

// Up to out.size() bytes; how many.
usize take_locked(Span<u8> out) REQUIRES(lock)
{
    if (stock_left == 0) restock_locked();
    const usize count = min(stock_left, out.size());
    stock_left -= count;
    memcpy(out.data(), stock + stock_left, count);
    memset(stock + stock_left, 0, count);
    return count;
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
    restock_locked();
}

void random_bytes(Span<u8> out)
{
    for (usize done = 0; done < out.size();) {
        SpinGuard guard{lock};
        done += take_locked(out.from(done));
    }
}

u32 random_u32()
{
    u32 value;
    random_bytes({reinterpret_cast<u8*>(&value), sizeof(value)});
    return value;
}

}  // namespace faultline
