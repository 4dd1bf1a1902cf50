#include "fs/ext2/block_path.h"

namespace faultline::ext2 {

Optional<BlockPath> path_to_block(u32 block, u32 pointers_per_block)
{
    BlockPath path;
    if (block < kDirectBlocks) {
        path.index[0] = block;
        path.run_length = kDirectBlocks - block;
        return path;
    }
    u64 left = block - kDirectBlocks;
    u64 covered = pointers_per_block;  // data blocks behind one pointer of the inode at this depth
    for (path.depth = 1; path.depth <= 3; path.depth++) {
        if (left < covered) break;
        left -= covered;
        covered *= pointers_per_block;
    }
    if (path.depth > 3) return {};

    path.index[0] = kDirectBlocks + path.depth - 1;
    u32 rest = static_cast<u32>(left);  // < 2^30: what a triple indirect block covers
    for (u32 level = path.depth; level >= 1; level--) {
        path.index[level] = rest % pointers_per_block;
        rest /= pointers_per_block;
    }
    path.run_length = pointers_per_block - path.index[path.depth];
    return path;
}

}  // namespace faultline::ext2
