// From a block's index in a file to the way there: which pointer of the inode, then which of each indirect block.
//
//   inode.blocks[0..11]  direct
//   inode.blocks[12]     -> p data blocks                  (p = pointers in a block)
//   inode.blocks[13]     -> p -> p*p data blocks
//   inode.blocks[14]     -> p -> p -> p*p*p data blocks
//
// Pure; compiled for the host too.
#pragma once

#include "fs/ext2/format.h"
#include "lib/optional.h"

namespace faultline::ext2 {

struct BlockPath {
    u32 depth = 0;       // indirect blocks on the way: 0 to 3
    u32 index[4] = {};   // index[0] into the inode, index[1..depth] into the indirect blocks
    u32 run_length = 0;  // blocks from this one on whose pointers lie side by side in the same place
};

// None for a block that no file can have.
Optional<BlockPath> path_to_block(u32 block, u32 pointers_per_block);

}  // namespace faultline::ext2
