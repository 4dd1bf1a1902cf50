// What the calls that take a pidfd share.
#pragma once

#include "kernel/syscall/types.h"
#include "kernel/task.h"

namespace faultline {

struct PidFileChoice {
    Ref<Process> process;
    bool nonblocking;  // PIDFD_NONBLOCK: waitid does not wait
};
Result<PidFileChoice> process_of_descriptor(Task& self, Descriptor fd);  // BadDescriptor

}  // namespace faultline
