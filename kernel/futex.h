// Futexes: sleeping on a word of user memory until another task says so.
//
// Waiters hang in a hash of (space, address); each bucket has a spin lock. A private futex is known by its space and
// address; so is, for now, every other one, as no memory is shared between spaces that a futex is used on before user
// threads exist.
#pragma once

#include "arch/layout.h"
#include "lib/result.h"

namespace faultline {

// Sleeps while the word is `expected`. Again: it is not; TimedOut; RestartSys. `bits` as FUTEX_WAIT_BITSET.
Result<void> futex_wait(UserAddr word, u32 expected, u64 deadline_ns, u32 bits);
u32 futex_wake(UserAddr word, u32 most, u32 bits = ~u32{0});  // how many woke

}  // namespace faultline
