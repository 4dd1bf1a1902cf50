// fork, vfork and clone: a process that begins as a copy of the caller.
#pragma once

#include "arch/segments.h"
#include "kernel/abi.h"
#include "kernel/syscall/types.h"

namespace faultline {

class Task;

struct CloneRequest {
    u32 flags = 0;   // clone(2)'s, with the signal for the parent in the low byte
    UserAddr stack;  // null: where the caller's is
    UserPtr<u32> parent_tid;
    UserPtr<UserDesc> tls;
    UserPtr<u32> child_tid;
    UserPtr<u32> pid_file;        // CLONE_PIDFD: where the descriptor goes
    bool clear_handlers = false;  // clone3's CLONE_CLEAR_SIGHAND: as in exec
};

// The child's pid. With kCloneVfork it has left the caller's memory by then.
Result<u32> clone_process(Task& self, const CloneRequest& request);

// set_thread_area's structure, checked. Invalid.
Result<TlsDescriptor> parse_user_desc(const UserDesc& description);

}  // namespace faultline
