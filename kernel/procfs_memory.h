// The files of /proc/PID about memory, in Linux's formats: for kernel/procfs_process.cpp, which names them.
#pragma once

#include "fs/synthetic.h"
#include "kernel/process.h"

namespace faultline {

using WriteProcess = Result<void> (*)(Process& process, TextBuffer& out);

Result<void> write_process_statm(Process& process, TextBuffer& out);
Result<void> write_process_maps(Process& process, TextBuffer& out);
Result<void> write_process_smaps(Process& process, TextBuffer& out);
Result<void> write_process_smaps_rollup(Process& process, TextBuffer& out);
Result<void> write_process_faults(Process& process, TextBuffer& out);
void print_memory_status(Process& process, AddressSpace& space,
                         TextBuffer& out);  // the lines Vm... of status

// The file that the process executes, in the page cache, and its size; null where there is none.
Ref<MemoryObject> executable_object(Process& process, u64& size_bytes);

// Records of pagemap from page `first` on; frame numbers only where `with_frames`.
Result<u32> read_pagemap(Process& process, u64 first, Span<u64> out, bool with_frames);

}  // namespace faultline
