// Futexes: sleeping on a word of user memory until another task says so, and locks that the kernel hands over.
//
//   futex_table    which words there are: keys, sleepers, and the hash they hang in
//   futex          wait, wake, requeue, wake_op
//   futex_pi       locks whose owner the kernel knows
//   robust_list    what a task that ends leaves locked
//
// A word in shared memory is known by its memory object and its place in that, so it works across processes; any other by
// its space and address.
#pragma once

#include "arch/layout.h"
#include "lib/optional.h"
#include "lib/result.h"

namespace faultline {

class Task;

// Private: the program promises that the word is its space's own, and nobody looks for an object.
enum class FutexScope : u8 { Private, Shared };
struct FutexWord {
    UserAddr address;
    FutexScope scope;
};
constexpr u32 kFutexAllBits = ~u32{0};

// Fault: no readable word there. All of them may sleep.

// Sleeps while the word is `expected`. Again: it is not; TimedOut; Intr.
Result<void> futex_wait(FutexWord word, u32 expected, u64 deadline_ns, u32 bits);
// How many woke. `most` 0 wakes one, as in Linux. Invalid: lock holders' sleepers are there.
Result<u32> futex_wake(FutexWord word, u32 most, u32 bits = kFutexAllBits);

struct FutexMove {
    FutexWord from, to;
    u32 most_woken, most_moved;
    Optional<u32> expected;  // of the word at `from`: Again
};
Result<u32> futex_requeue(const FutexMove& move);  // how many woke or moved

// FUTEX_WAKE_OP: changes `second` as `operation` says, wakes at `first`, and at `second` if what it was compares so.
struct FutexWakeOp {
    FutexWord first, second;
    u32 most_first, most_second;
    u32 operation;
};
Result<u32> futex_wake_op(const FutexWakeOp& op);

// The word holds the owner's tid. Deadlock, NoProcess (the owner is gone), TimedOut, Intr; Again: taken, for a try.
Result<void> futex_lock(FutexWord word, u64 deadline_ns);
Result<void> futex_try_lock(FutexWord word);
Result<void> futex_unlock(FutexWord word);  // Perm: not ours

// A task ends, or its program does (exec): its robust list is walked, and who sleeps for its locks goes on.
void release_futexes(Task& self);

}  // namespace faultline
