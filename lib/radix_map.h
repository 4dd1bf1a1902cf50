// RadixMap: 32-bit keys to 32-bit values (not 0), with a mark on each entry that can be searched for.
//
// A tree of 64-way nodes, as high as the largest key needs; a mark is kept on every node above it, so that the next marked
// entry is found without looking at the others. The page cache keeps (page index -> frame) in it, marked where dirty.
// Nodes come from `Allocator` (static Result<void*> allocate(u32), static void free(void*)). The lock is the owner's.
#pragma once

#include "lib/optional.h"
#include "lib/result.h"
#include "lib/types.h"

namespace faultline {

template <class Allocator> class RadixMap {
public:
    struct Entry {
        u32 key;
        u32 value;
    };

    RadixMap() = default;
    RadixMap(const RadixMap&) = delete;
    RadixMap& operator=(const RadixMap&) = delete;
    ~RadixMap() { free_tree(root_, levels_); }

    bool empty() const { return root_ == nullptr; }

    u32 find(u32 key) const  // 0: no such entry
    {
        if (!root_ || !reaches(key)) return 0;
        const Node* node = root_;
        for (u32 level = levels_ - 1; level > 0; level--) {
            node = node->children[slot_of(key, level)];
            if (!node) return 0;
        }
        return node->values[key % kWays];
    }

    // The values of `count` consecutive keys, 0 where there is none. The keys lie in one aligned group of 64.
    void find_group(u32 first, u32 count, u32* values) const
    {
        const Node* node = root_ && reaches(first) ? root_ : nullptr;
        for (u32 level = levels_; node && level > 1; level--)
            node = node->children[slot_of(first, level - 1)];
        for (u32 i = 0; i < count; i++)
            values[i] = node ? node->values[first % kWays + i] : 0;
    }

    // Adds or replaces. On NoMemory the map is as before, but for empty nodes.
    Result<void> insert(u32 key, u32 value)
    {
        TRY(grow_to(key));
        Node* node = root_;
        for (u32 level = levels_ - 1; level > 0; level--) {
            Node*& child = node->children[slot_of(key, level)];
            if (!child) {
                child = TRY(make_node());
                node->used++;
            }
            node = child;
        }
        u32& slot = node->values[key % kWays];
        if (slot == 0) node->used++;
        slot = value;
        return {};
    }

    void remove(u32 key)
    {
        if (find(key) == 0) return;
        set_mark(key, false);
        remove_below(root_, levels_ - 1, key);
        if (root_->used == 0) {
            Allocator::free(root_);
            root_ = nullptr;
            levels_ = 0;
        }
    }

    void set_mark(u32 key, bool marked)  // of an entry that is there
    {
        Node* path[kMaxLevels];
        Node* node = root_;
        for (u32 level = levels_ - 1; level > 0; level--) {
            path[level] = node;
            node = node->children[slot_of(key, level)];
        }
        path[0] = node;
        for (u32 level = 0; level < levels_; level++) {
            const u64 bit = u64{1} << slot_of(key, level);
            path[level]->marks = marked ? path[level]->marks | bit : path[level]->marks & ~bit;
            if (!marked && path[level]->marks != 0) return;
        }
    }

    // The first entry at or after `key`.
    Optional<Entry> next(u32 key) const { return search(root_, levels_, key, false); }
    Optional<Entry> next_marked(u32 key) const { return search(root_, levels_, key, true); }

private:
    static constexpr u32 kBits = 6;
    static constexpr u32 kWays = 1 << kBits;
    static constexpr u32 kMaxLevels = 6;

    struct Node {
        union {
            Node* children[kWays];
            u32 values[kWays];
        };
        u64 marks;
        u32 used;
    };

    static u32 slot_of(u32 key, u32 level) { return (key >> (kBits * level)) % kWays; }
    bool reaches(u32 key) const { return levels_ >= kMaxLevels || key >> (kBits * levels_) == 0; }

    static Result<Node*> make_node()
    {
        Node* node = static_cast<Node*>(TRY(Allocator::allocate(sizeof(Node))));
        __builtin_memset(node, 0, sizeof(Node));
        return node;
    }

    Result<void> grow_to(u32 key)
    {
        if (!root_) {  // as high as need be at once: a lower root would stay as an empty child
            root_ = TRY(make_node());
            for (levels_ = 1; !reaches(key);)
                levels_++;
        }
        while (!reaches(key)) {
            Node* above = TRY(make_node());
            above->children[0] = root_;
            above->used = 1;
            above->marks = root_->marks != 0 ? 1 : 0;
            root_ = above;
            levels_++;
        }
        return {};
    }

    // True where the node is empty now.
    static bool remove_below(Node* node, u32 level, u32 key)
    {
        const u32 slot = slot_of(key, level);
        if (level == 0) {
            node->values[slot] = 0;
        } else {
            Node*& child = node->children[slot];
            if (!remove_below(child, level - 1, key)) return false;
            Allocator::free(child);
            child = nullptr;
        }
        return --node->used == 0;
    }

    static Optional<Entry> search(const Node* node, u32 levels, u32 key, bool marked)
    {
        if (!node || (levels < kMaxLevels && key >> (kBits * levels) != 0)) return {};
        const u32 level = levels - 1;
        u32 low = level == 0 ? 0 : key & ((u32{1} << (kBits * level)) - 1);
        const u32 base = level + 1 >= kMaxLevels ? 0 : key & ~((u32{1} << (kBits * levels)) - 1);
        for (u32 slot = slot_of(key, level); slot < kWays; slot++, low = 0) {
            if (marked && !(node->marks >> slot & 1)) continue;
            const u32 here = base | slot << (kBits * level);
            if (level == 0) {
                if (node->values[slot] != 0) return Entry{here, node->values[slot]};
            } else if (auto found = search(node->children[slot], level, low, marked)) {
                return Entry{here | found->key, found->value};
            }
        }
        return {};
    }

    static void free_tree(Node* node, u32 levels)
    {
        if (!node) return;
        for (u32 slot = 0; levels > 1 && slot < kWays; slot++)
            free_tree(node->children[slot], levels - 1);
        Allocator::free(node);
    }

    Node* root_ = nullptr;
    u32 levels_ = 0;
};

}  // namespace faultline
