// Promised memory: how many pages programs may still ask for, and whether more may be promised (vm.overcommit_memory as
// Linux has it). Counted are private memory that may be written and shared anonymous memory, touched or not.
//
// One counter for the machine; a call costs one addition, whatever the size. No lock.
#pragma once

#include "lib/result.h"
#include "lib/types.h"

namespace faultline {

enum class Overcommit : u8 {
    Heuristic = 0,  // refuses only one request that is larger than all memory and swap
    Always = 1,
    Never = 2,  // no more than CommitLimit: swap, and overcommit_ratio percent of memory
};

struct CommitState {
    Overcommit policy;
    u32 ratio_percent;
    u32 limit_pages;      // matters to Never only
    u32 committed_pages;  // Committed_AS
};

void init_commit();  // sysctl.vm.overcommit_memory=, sysctl.vm.overcommit_ratio=

// Promises the pages, or NoMemory and none.
Result<void> charge_memory(u32 pages);
void uncharge_memory(u32 pages);

CommitState commit_state();
Result<void> set_overcommit(u32 policy);               // Invalid: none of the three
Result<void> set_overcommit_ratio(u32 ratio_percent);  // Invalid: beyond 1000

}  // namespace faultline
