// Self-tests that the kernel command line asks for: `ktest=NAME` runs one in a kernel thread of its own before the first
// process. Those here end in a report on purpose, so one runs a boot; the tests on the host read the report.
#pragma once

namespace faultline {

// Names an unknown test in the log, with those there are.
void run_self_test();

}  // namespace faultline
