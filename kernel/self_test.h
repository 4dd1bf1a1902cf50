// Self-tests of the kernel: `ktest=NAME,NAME...` on its command line runs them in a kernel thread before the first process,
// call 1009 in a running system. Each prints one line, `ktest NAME: ok` or `ktest NAME: FAILED (why)`. "all" runs every one
// that does not end in a panic; those that do have no line of their own and run one a boot.
#pragma once

#include "lib/result.h"
#include "lib/span.h"

namespace faultline {

// What ktest= asks for, then `next`, from the same thread; at once where nothing is asked for.
void run_boot_self_tests(void (*next)());
// NoEntry: there is no such test. Io: one failed.
Result<void> run_self_test(StringView name);

}  // namespace faultline
