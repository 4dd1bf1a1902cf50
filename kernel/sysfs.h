// /sys: the little of it that programs read: CPUs, nodes, disks, terminals' numbers.
#pragma once

namespace faultline {

void register_sysfs();  // makes the type known to mount(2)

}  // namespace faultline
