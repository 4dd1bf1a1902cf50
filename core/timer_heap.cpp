// A pairing heap: the root is the earliest; each node has a list of children, all later than itself.

#include "core/timer_heap.h"

namespace faultline {

// Of two roots the earlier one gets the other as its first child.
TimerNode* TimerHeap::meld(TimerNode* a, TimerNode* b)
{
    if (!a) return b;
    if (!b) return a;
    if (b->deadline_ns_ < a->deadline_ns_) {
        TimerNode* const earlier = b;
        b = a;
        a = earlier;
    }
    b->previous_ = a;
    b->sibling_ = a->child_;
    if (a->child_) a->child_->previous_ = b;
    a->child_ = b;
    a->sibling_ = a->previous_ = nullptr;
    return a;
}

// Melds neighbours in pairs from left to right, then the pairs from right to left: that makes it logarithmic.
TimerNode* TimerHeap::meld_siblings(TimerNode* first)
{
    TimerNode* pairs = nullptr;  // linked by sibling_, the last pair first
    while (first) {
        TimerNode* const second = first->sibling_;
        TimerNode* const rest = second ? second->sibling_ : nullptr;
        first->sibling_ = first->previous_ = nullptr;
        if (second) second->sibling_ = second->previous_ = nullptr;
        TimerNode* const pair = meld(first, second);
        pair->sibling_ = pairs;
        pairs = pair;
        first = rest;
    }
    TimerNode* root = nullptr;
    while (pairs) {
        TimerNode* const next = pairs->sibling_;
        pairs->sibling_ = nullptr;
        root = meld(root, pairs);
        pairs = next;
    }
    return root;
}

void TimerHeap::add(TimerNode& node, u64 deadline_ns)
{
    node.deadline_ns_ = deadline_ns;
    node.child_ = node.sibling_ = node.previous_ = nullptr;
    node.in_heap_ = true;
    root_ = meld(root_, &node);
}

void TimerHeap::remove(TimerNode& node)
{
    TimerNode* const children = meld_siblings(node.child_);
    node.in_heap_ = false;
    node.child_ = nullptr;
    if (&node == root_) {
        root_ = children;
        return;
    }
    TimerNode* const previous = node.previous_;
    if (previous->child_ == &node)
        previous->child_ = node.sibling_;
    else
        previous->sibling_ = node.sibling_;
    if (node.sibling_) node.sibling_->previous_ = previous;
    node.sibling_ = node.previous_ = nullptr;
    root_ = meld(root_, children);
}

}  // namespace faultline
