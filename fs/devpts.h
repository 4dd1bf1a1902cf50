// devpts: the file system on /dev/pts, one node for each pseudo-terminal whose master is open. There is one of it, however
// often it is mounted.
#pragma once

#include "lib/result.h"
#include "lib/types.h"

namespace faultline {

void register_devpts();

// A master was opened, and closed. The node belongs to who opened it; group and mode are the mount's (gid=, mode=).
Result<void> add_pty_node(u32 number, u32 uid, u32 gid);
void remove_pty_node(u32 number);

}  // namespace faultline
