// MemoryFile: the contents of a file that has no disk: an anonymous object whose size can change, with read and write.
// What is written here goes to swap as shared memory does; a page that nobody wrote is a hole and reads as zeroes.
//
// Lock: whoever writes, truncates or punches holds the inode's lock; readers and mappings need none.
#pragma once

#include "mm/anonymous_object.h"
#include "mm/user_access.h"

namespace faultline {

class Inode;

class MemoryFile final : public AnonymousObject {
public:
    static constexpr u64 kMaxSize = u64{0x7fffffff} << kPageShift;

    MemoryFile(Inode& inode, PageBudget& budget);
    ~MemoryFile() = default;

    u64 size_bytes() const { return size_bytes_; }
    u64 blocks() const { return u64{pages_held()} * (kPageSize / 512); }  // st_blocks

    // As many bytes as came over; an error only where none did. write() moves the end.
    Result<u32> read(IoBuffer& buffer, u64 offset);
    Result<u32> write(IoBuffer& buffer, u64 offset);
    Result<void> truncate(u64 size_bytes);
    // Pages for [offset, offset + size) are there from now on. NoSpace: and none more than before.
    Result<void> allocate(u64 offset, u64 size_bytes);
    Result<void> punch(u64 offset, u64 size_bytes);  // these bytes read as zeroes; whole pages are given back

    ObjectIdentity identity() const override;
    void describe(Span<char> path) const override;
    void last_ref_dropped() override;

private:
    Result<void> put_part(IoBuffer& buffer, PageIndex index, u32 in_page, u32 count);
    Result<void> get_part(IoBuffer& buffer, PageIndex index, u32 in_page, u32 count);
    Result<void> clear_part(PageIndex index, u32 in_page, u32 count);
    void set_size(u64 size_bytes);

    Inode& inode_;
    u64 size_bytes_ = 0;  // changed under lock_, read without
};

}  // namespace faultline
