// IntervalMap<T>: elements with half-open, never overlapping ranges [first, end) of u32 keys, in order.
//
// A treap through nodes that the elements carry (T derives from IntervalNode<T> and has first_key(), end_key(), room_key()),
// threaded as a list, so next() and previous() are one step. Each node knows the gap in front of its element, and the largest
// in front of any element below it, which finds room for a mapping in O(log n). Expected depth is logarithmic: priorities
// come from a counter that is scrambled. An element may keep some room in front of it free, from room_key() <= first_key()
// on: no gap reaches in there. Bounds of an element change only through resized(). Who splits or merges elements may let two
// neighbours overlap between two calls: then no gap changes, and nothing but the element's place costs. The lock is the owner's.
#pragma once

#include "lib/optional.h"
#include "lib/types.h"

namespace faultline {

template <class T> class IntervalNode {
private:
    template <class U> friend class IntervalMap;
    T* parent_ = nullptr;
    T* left_ = nullptr;
    T* right_ = nullptr;
    T* previous_ = nullptr;
    T* next_ = nullptr;
    u32 priority_ = 0;
    u32 gap_ = 0;          // in front of the element
    u32 largest_gap_ = 0;  // of this subtree
};

template <class T> class IntervalMap {
    using Node = IntervalNode<T>;

public:
    IntervalMap() = default;
    IntervalMap(const IntervalMap&) = delete;
    IntervalMap& operator=(const IntervalMap&) = delete;

    bool empty() const { return root_ == nullptr; }
    u32 size() const { return size_; }
    T* first() const { return first_; }
    T* last() const { return last_; }
    T* next(const T& element) const { return node(element).next_; }
    T* previous(const T& element) const { return node(element).previous_; }

    // The first element that ends after `key`: the one that holds it, or else the next one above.
    T* find_at_or_after(u32 key) const
    {
        T* best = nullptr;
        for (T* at = root_; at;) {
            if (key < at->end_key()) {
                best = at;
                at = node(*at).left_;
            } else {
                at = node(*at).right_;
            }
        }
        return best;
    }

    T* find(u32 key) const
    {
        T* found = find_at_or_after(key);
        return found && found->first_key() <= key ? found : nullptr;
    }

    void insert(T& element)  // must overlap none
    {
        T* above = nullptr;
        T** link = &root_;
        while (*link) {
            above = *link;
            link = element.first_key() < above->first_key() ? &node(*above).left_ : &node(*above).right_;
        }
        hang_in(element, above, link);
    }

    // The same where the element before it is known; the two may overlap until that one is cut.
    void insert_after(T& before, T& element)
    {
        T** const link = &node(before).right_;
        if (!*link) return hang_in(element, &before, link);
        T* const after = node(before).next_;  // below on the right, and nothing is to its left
        hang_in(element, after, &node(*after).left_);
    }

    void remove(T& element)
    {
        Node& n = node(element);
        while (n.left_ && n.right_)
            rotate_up(*higher_child(n));
        T* const above = n.parent_;
        replace_child(above, element, n.left_ ? n.left_ : n.right_);
        thread_out(element);
        size_--;
        update_up(above);
        if (n.next_) update_gap(n.next_);
        n.parent_ = n.previous_ = n.next_ = nullptr;
    }

    // Call after an element's bounds changed (in place: the order stays).
    void resized(T& element)
    {
        update_gap(&element);
        if (T* after = node(element).next_) update_gap(after);
    }

    // The highest start of `size` free keys within [low, high).
    Optional<u32> find_highest_gap(u32 size, u32 low, u32 high) const
    {
        const u32 top_start = last_ ? max_of(last_->end_key(), low) : low;
        if (top_start <= high && high - top_start >= size) return high - size;
        return highest_gap_below(root_, size, low, high);
    }

private:
    static Node& node(T& element) { return element; }
    static const Node& node(const T& element) { return element; }
    static u32 max_of(u32 a, u32 b) { return a < b ? b : a; }
    static u32 min_of(u32 a, u32 b) { return a < b ? a : b; }
    static u32 scramble(u32 x)  // a bijection: Prospecting for hash functions' "lowbias32"
    {
        x = (x ^ x >> 16) * 0x7feb352dU;
        x = (x ^ x >> 15) * 0x846ca68bU;
        return x ^ x >> 16;
    }

    static u32 gap_before(const T& element)
    {
        const T* before = node(element).previous_;
        const u32 begin = before ? before->end_key() : 0;
        const u32 end = element.room_key();
        return begin < end ? end - begin : 0;
    }

    static void update_gap(T* element)
    {
        const u32 gap = gap_before(*element);
        if (gap == node(*element).gap_) return;
        node(*element).gap_ = gap;
        update_up(element);
    }

    // Recomputes a subtree's largest gap; false where it was right already.
    static bool update(T* element)
    {
        Node& n = node(*element);
        u32 gap = n.gap_;
        if (n.left_) gap = max_of(gap, node(*n.left_).largest_gap_);
        if (n.right_) gap = max_of(gap, node(*n.right_).largest_gap_);
        if (gap == n.largest_gap_) return false;
        n.largest_gap_ = gap;
        return true;
    }
    // Upwards, as far as anything changes: an ancestor depends on its children's largest gaps only.
    static void update_up(T* element)
    {
        while (element && update(element))
            element = node(*element).parent_;
    }

    void hang_in(T& element, T* above, T** link)
    {
        Node& n = node(element);
        n.left_ = n.right_ = nullptr;
        n.priority_ = scramble(++inserted_);
        n.parent_ = above;
        *link = &element;
        thread_in(element, above);
        size_++;
        n.gap_ = n.largest_gap_ = gap_before(element);
        update_up(above);
        if (n.next_) update_gap(n.next_);
        while (n.parent_ && node(*n.parent_).priority_ < n.priority_)
            rotate_up(element);
    }

    void thread_in(T& element, T* above)
    {
        Node& n = node(element);
        const bool is_left = above && node(*above).left_ == &element;
        n.next_ = is_left ? above : above ? node(*above).next_ : nullptr;
        n.previous_ = is_left ? node(*above).previous_ : above;
        (n.previous_ ? node(*n.previous_).next_ : first_) = &element;
        (n.next_ ? node(*n.next_).previous_ : last_) = &element;
    }
    void thread_out(T& element)
    {
        Node& n = node(element);
        (n.previous_ ? node(*n.previous_).next_ : first_) = n.next_;
        (n.next_ ? node(*n.next_).previous_ : last_) = n.previous_;
    }

    static T* higher_child(const Node& n)
    {
        if (!n.left_) return n.right_;
        if (!n.right_) return n.left_;
        return node(*n.left_).priority_ > node(*n.right_).priority_ ? n.left_ : n.right_;
    }

    void replace_child(T* above, T& child, T* by)
    {
        if (!above)
            root_ = by;
        else if (node(*above).left_ == &child)
            node(*above).left_ = by;
        else
            node(*above).right_ = by;
        if (by) node(*by).parent_ = above;
    }

    void rotate_up(T& child)
    {
        Node& c = node(child);
        T* above = c.parent_;
        Node& a = node(*above);
        T* handed_over;
        replace_child(a.parent_, *above, &child);
        if (a.left_ == &child) {
            handed_over = c.right_;
            a.left_ = handed_over;
            c.right_ = above;
        } else {
            handed_over = c.left_;
            a.right_ = handed_over;
            c.left_ = above;
        }
        if (handed_over) node(*handed_over).parent_ = above;
        a.parent_ = &child;
        c.largest_gap_ = a.largest_gap_;  // the same elements stand below it as stood below the other
        update(above);
    }

    static Optional<u32> highest_gap_below(const T* at, u32 size, u32 low, u32 high)
    {
        if (!at || node(*at).largest_gap_ < size) return {};
        const T* before = node(*at).previous_;
        const u32 gap_begin = before ? before->end_key() : 0;
        if (gap_begin < high) {
            if (auto found = highest_gap_below(node(*at).right_, size, low, high)) return found;
            const u32 begin = max_of(gap_begin, low);
            const u32 end = min_of(at->room_key(), high);
            if (begin <= end && end - begin >= size) return end - size;
        }
        if (at->first_key() <= low) return {};
        return highest_gap_below(node(*at).left_, size, low, high);
    }

    T* root_ = nullptr;
    T* first_ = nullptr;
    T* last_ = nullptr;
    u32 size_ = 0;
    u32 inserted_ = 0;
};

}  // namespace faultline
