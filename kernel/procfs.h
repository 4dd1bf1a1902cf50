// /proc: what the kernel knows about itself and its processes, in Linux's formats.
#pragma once

namespace faultline {

void register_procfs();  // makes the type known to mount(2)

}  // namespace faultline
