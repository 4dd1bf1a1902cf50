#include "mm/tlb_shadow.h"

#ifdef FAULTLINE_DEBUG

#include "arch/fpu.h"
#include "core/assert.h"
#include "core/spinlock.h"
#include "mm/frame_words.h"
#include "mm/page_table.h"

namespace faultline {

namespace {

constexpr u32 kPoolPart = 64;  // of memory

SpinLock pool_lock{LockRank::Leaf};
u32 pool GUARDED_BY(pool_lock);  // a free shadow's frame number; the next stands in its first word
FrameWords shadow_of;            // by the page table's frame: its shadow's frame number, 0 for none

u32* words_of(u32 shadow)
{
    return static_cast<u32*>(frame_memory(Frame{shadow}));
}

u32 take_shadow()
{
    SpinGuard guard{pool_lock};
    const u32 shadow = pool;
    if (shadow != 0) pool = words_of(shadow)[0];
    return shadow;
}

void give_shadow(u32 shadow)
{
    SpinGuard guard{pool_lock};
    words_of(shadow)[0] = pool;
    pool = shadow;
}

void copy_table(Frame table)
{
    if (shadow_of[table] == 0) return;
    const Pte* const entries = static_cast<const Pte*>(frame_memory(table));
    u32* const shadow = words_of(shadow_of[table]);
    for (u32 i = 0; i < kEntries; i++)
        shadow[i] = TlbShadow::cached(entries[i]);
}

}  // namespace

void TlbShadow::init()
{
    if (!shadow_of.create().ok()) return;
    for (u32 left = managed_frames() / kPoolPart; left > 0; left--) {
        auto frame = allocate_frame(Fill::Nothing, FrameUse::Kernel);
        if (!frame.ok()) return;
        give_shadow(frame.value().number());
    }
}

u32* TlbShadow::of_table(Frame table)
{
    if (!shadow_of.ready()) return nullptr;
    u32& shadow = shadow_of[table];
    if (shadow == 0) {
        shadow = take_shadow();
        if (shadow != 0) clear_page(words_of(shadow));
    }
    return shadow != 0 ? words_of(shadow) : nullptr;
}

const char* TlbShadow::stale_right(u32 cached, Pte now)
{
    const Pte old = Pte::from_raw(cached);
    if (!old.present()) return nullptr;
    if (!now.present()) return "it was present and is not flushed";
    if (old.frame() != now.frame()) return "it showed another frame and is not flushed";
    if (old.writable() && !now.writable()) return "it was writable and is not flushed";
    if (old.is_user() && !now.is_user()) return "it was the user's and is not flushed";
    if (old.dirty() && !now.dirty()) return "it was dirty and is not flushed";
    return nullptr;
}

void TlbShadow::flushed(const LoadedSpace& space, const UserPage* pages, u32 count, u32 most)
{
    if (!shadow_of.ready()) return;
    const PageDirectory directory{Frame::containing(space.directory)};
    if (count > most) {
        for (u32 i = 0; i < kUserDirectoryEntries; i++)
            if (directory.entries()[i].present()) copy_table(directory.entries()[i].table());
        return;
    }
    for (u32 i = 0; i < count; i++) {
        const Pde pde = directory.entries()[pages[i].directory_index()];
        if (!pde.present() || shadow_of[pde.table()] == 0) continue;
        const u32 index = pages[i].table_index();
        words_of(shadow_of[pde.table()])[index] = cached(PageDirectory::table_of(pde)[index]);
    }
}

void TlbShadow::table_freed(Frame table)
{
    if (!shadow_of.ready() || shadow_of[table] == 0) return;
    give_shadow(shadow_of[table]);
    shadow_of[table] = 0;
}

}  // namespace faultline

#endif
