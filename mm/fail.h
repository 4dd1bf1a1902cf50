// Failing an allocation on purpose (`fail=kalloc:N`, call 1008), so that a test can send every allocation of a call down
// its error path.
//
// What fails so is final: reclaim does nothing for a thread whose last allocation was failed on purpose, so that no loop
// around an allocation hides the error by trying again. Not counted: threads that free memory by using some (those that
// may use the reserve, or are inside reclaim), and the frames of the heap's slabs, which are one with the object asked for.
// While nobody waits for a failure, the allocators' fast paths do not look here at all.
#pragma once

#include "lib/types.h"

namespace faultline {

// The current thread's nth allocation from now on fails, once; 0 switches that off. What was left of the previous count.
u32 fail_nth_allocation(u32 n);
// The nth of the whole machine; once, at boot.
void fail_nth_allocation_of_all(u32 n);

// For the allocators, on their slow paths: counts; true: this one fails.
bool must_fail_on_purpose();
// For reclaim: the current thread's last allocation was failed on purpose.
bool failed_on_purpose();

// The allocators' side: whether must_fail_on_purpose() is asked at all.
void let_frames_fail(bool on);  // mm/frame.cpp
void let_heap_fail(bool on);    // mm/heap.cpp

}  // namespace faultline
