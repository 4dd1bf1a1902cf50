// Debug builds: what the two files of the consistency check share.
#pragma once

#include "arch/layout.h"
#include "mm/consistency.h"

namespace faultline {

class Region;

void report_frame(Frame frame);
void report_region(const Region* region);
void report_call();
void count_memory_checks(ConsistencyCounts& counts);

}  // namespace faultline
