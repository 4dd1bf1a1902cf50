// A Transaction is one change of metadata, whole or (once there is a journal) not at all: every write to a block that is
// not file data goes through one. It names blocks, not pages: with 1 KiB blocks a page of the disk's cache holds four.
//
// Today commit marks the blocks dirty in the disk's page cache, in the order in which they were first named, and nothing
// is undone: what was changed before a later step failed stays changed. So callers name all blocks, which can fail,
// before they change any. A journal takes commit's place later; callers stay as they are.
#pragma once

#include "lib/result.h"
#include "mm/page_cache.h"

namespace faultline::ext2 {

class Volume;

class Transaction {
public:
    explicit Transaction(Volume& volume) : volume_{volume} {}
    ~Transaction() { commit(); }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    // The block's bytes, to be changed in place until commit. Reads the block if need be; may sleep.
    Result<u8*> modify(u32 block);
    // The same for a block that was free until now: it is all zeroes.
    Result<u8*> create(u32 block);
    // The same for a block whose page the volume keeps pinned (descriptors, super block): cannot fail.
    u8* modify_pinned(u32 block, Frame frame);
    // The block was freed: what this transaction or an earlier one did to it need not reach the disk.
    void forget(u32 block);

    void commit();

private:
    // Plain, so that an empty transaction costs nothing; each owns one count of its frame.
    struct Named {
        u32 block;
        u32 frame_number;
        Frame frame() const { return Frame{frame_number}; }
    };
    // More than any operation names; freeing a large file uses one transaction for each indirect block.
    static constexpr u32 kMaxBlocks = 24;

    Named* find(u32 block);
    u8* bytes_of(const Named& named) const;
    u8* add(u32 block, Frame frame);
    void finish(const Named& named);
    bool is_dirty_already(const Named& named) const;
    void commit_oldest(u32 count);

    Volume& volume_;
    Named named_[kMaxBlocks];
    u32 count_ = 0;
};

}  // namespace faultline::ext2
