// The other CPUs.
#pragma once

namespace faultline {

void bring_up_other_cpus();  // boot CPU, after the scheduler

}  // namespace faultline
