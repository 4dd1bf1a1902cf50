// TimerHeap: deadlines in order, as a pairing heap of intrusive nodes. Add is O(1), take the first and remove any are
// O(log n) amortized. Pure: knows no clock. The lock is the owner's.
// (Fredman, Sedgewick, Sleator, Tarjan: "The pairing heap: a new form of self-adjusting heap", 1986)
#pragma once

#include "lib/types.h"

namespace faultline {

class TimerNode {
public:
    constexpr TimerNode() = default;
    u64 deadline_ns() const { return deadline_ns_; }
    bool in_heap() const { return in_heap_; }

private:
    friend class TimerHeap;
    u64 deadline_ns_ = 0;
    TimerNode* child_ = nullptr;     // its first
    TimerNode* sibling_ = nullptr;   // the next one
    TimerNode* previous_ = nullptr;  // the sibling before, or the parent of a first child
    bool in_heap_ = false;
};

class TimerHeap {
public:
    constexpr TimerHeap() = default;
    TimerNode* first() const { return root_; }  // the earliest, or null
    void add(TimerNode& node, u64 deadline_ns);
    void remove(TimerNode& node);

private:
    static TimerNode* meld(TimerNode* a, TimerNode* b);
    static TimerNode* meld_siblings(TimerNode* first);

    TimerNode* root_ = nullptr;
};

}  // namespace faultline
