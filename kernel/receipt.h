// What a process's memory cost, told when it is over: frames shared, copied and reused, pages never touched, bytes of the
// program never loaded, faults by what was done about them.
//
// Only who asked for it (prctl PR_SET_RECEIPT, inherited by fork and exec) pays for the walk at exit. The receipt belongs
// to the process and goes with it; /proc/PID/receipt shows it, of a process that still runs as it stands.
#pragma once

#include "fs/synthetic.h"
#include "mm/inspect.h"

namespace faultline {

class Process;

struct Receipt {
    const char* policy = nullptr;
    SpaceReceipt space;
    FaultCounts faults{};
};

Receipt receipt_of(Process& process, AddressSpace& space);
// At exit, while the space is whole. Without memory for it there is none.
void keep_receipt(Process& process);
Result<void> write_process_receipt(Process& process,
                                   TextBuffer& out);  // NoEntry: dead, and had not asked for one

}  // namespace faultline
