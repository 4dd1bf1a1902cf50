// A tree of text files whose names are fixed when the kernel is compiled: /proc/sys and most of /sys. A directory is a table
// of nodes, in the order in which they are listed.
#pragma once

#include "fs/synthetic.h"

namespace faultline {

struct TextNode {
    const char* name;
    MakeText write = nullptr;         // of a file
    AcceptText accept = nullptr;      // null: nobody writes to it
    Span<const TextNode> children{};  // of a directory, which has no `write`
};

// The directory of these nodes; inode numbers below it begin with its own.
Result<Ref<Inode>> create_text_tree(FileSystem& file_system, u64 number, Span<const TextNode> nodes);

// For directories that have more than such nodes: one of them, NoEntry if it is none; and all of them, from `position` on
// (their first stands at `base`). False: the sink has enough.
Result<Ref<Inode>> find_text_node(FileSystem& file_system, u64 number, Span<const TextNode> nodes,
                                  StringView name);
bool list_text_nodes(u64 number, Span<const TextNode> nodes, u64 base, u64& position, DirectorySink& sink);

}  // namespace faultline
