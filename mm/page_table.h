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
    Pte* find(UserPage page) const;
    // The same, making the table if need be.  // xv6: walkpgdir ; with alloc = 1
    Result<Pte*> find_or_create(UserPage page);

private:
    Frame frame_;
};

static_assert(sizeof(PageDirectory) == 4);

}  // namespace faultline
