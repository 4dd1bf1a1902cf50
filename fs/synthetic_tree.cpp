#include "fs/synthetic_tree.h"

#include "mm/heap.h"

namespace faultline {

namespace {

constexpr u64 kMostNodes = 128;  // in one directory: a digit of inode numbers

u64 child_number(u64 number, u32 index)
{
    return number * kMostNodes + index + 1;
}

class TreeDirectory final : public SyntheticDirectory {
public:
    TreeDirectory(FileSystem& file_system, u64 number, Span<const TextNode> nodes)
        : SyntheticDirectory{file_system, number, 0555}, nodes_{nodes}
    {
    }
    Result<Ref<Inode>> lookup(StringView name) override
    {
        return find_text_node(file_system_, number_, nodes_, name);
    }
    Result<u64> list(u64 position, DirectorySink& sink) override
    {
        list_text_nodes(number_, nodes_, 0, position, sink);
        return position;
    }
    void last_ref_dropped() override { destroy(this); }

private:
    Span<const TextNode> nodes_;
};

}  // namespace

Result<Ref<Inode>> create_text_tree(FileSystem& file_system, u64 number, Span<const TextNode> nodes)
{
    return Ref<Inode>::adopt(TRY(make<TreeDirectory>(file_system, number, nodes)));
}

Result<Ref<Inode>> find_text_node(FileSystem& file_system, u64 number, Span<const TextNode> nodes,
                                  StringView name)
{
    for (u32 i = 0; i < nodes.size(); i++) {
        const TextNode& node = nodes[i];
        if (name != StringView{node.name}) continue;
        if (!node.write) return create_text_tree(file_system, child_number(number, i), node.children);
        return create_text_file(file_system, child_number(number, i), node.write, node.accept);
    }
    return Errno::NoEntry;
}

bool list_text_nodes(u64 number, Span<const TextNode> nodes, u64 base, u64& position, DirectorySink& sink)
{
    for (; position < base + nodes.size(); position++) {
        const u32 index = static_cast<u32>(position - base);
        const u8 type = directory_type_of(nodes[index].write ? kModeRegular : kModeDirectory);
        if (!sink.take(sink, nodes[index].name, child_number(number, index), type, position + 1))
            return false;
    }
    return true;
}

}  // namespace faultline
