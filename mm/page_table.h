// Page directories and tables, walked by hand.
//
// A PageDirectory is a plain value (the directory's frame); AddressSpace owns the real thing. Pure: it reaches frames
// through frame_memory() only, so host tests walk tables of their own. Lock: the space's.
#pragma once

#include "arch/layout.h"
#include "lib/result.h"
#include "mm/entry.h"

namespace faultline {

constexpr u32 kEntries = 1024;
constexpr u32 kUserDirectoryEntries = kUserEnd / kLargePageSize;

class PageDirectory {
public:
    PageDirectory() = default;
    explicit PageDirectory(Frame frame) : frame_{frame} {}

    // A directory whose upper half is the kernel's and whose lower half is empty. NoMemory.  // xv6: setupkvm ; the kernel's tables are shared, not rebuilt
    static Result<PageDirectory> create();

    Frame frame() const { return frame_; }
    Pde* entries() const { return static_cast<Pde*>(frame_memory(frame_)); }
    static Pte* table_of(Pde pde) { return static_cast<Pte*>(frame_memory(pde.table())); }

    // The entry of a user page, or null where its table does not exist.  // xv6: walkpgdir ; with alloc = 0
    Pte* find(UserPage page) const
    {
        const Pde pde = entries()[page.directory_index()];
        return pde.present() ? &table_of(pde)[page.table_index()] : nullptr;
    }
    // The same, making the table if need be.  // xv6: walkpgdir ; with alloc = 1
    Result<Pte*> find_or_create(UserPage page);

private:
    Frame frame_;
};

static_assert(sizeof(PageDirectory) == 4);

// Which entries of a directory's user half have a table: who walks a large range steps over what has none, 128 MiB at a
// time. Kept beside the directory, by whoever makes and frees tables.
class TableSet {
public:
    void add(u32 index) { words_[index / 32] |= 1u << index % 32; }
    void remove(u32 index) { words_[index / 32] &= ~(1u << index % 32); }
    u32 next(u32 index) const;  // the first at or after, kUserDirectoryEntries where there is none

private:
    u32 words_[kUserDirectoryEntries / 32] = {};
};

// The first entry from `i` on that is not absent, or `count`.
u32 skip_absent(const Pte* entries, u32 i, u32 count);

}  // namespace faultline
