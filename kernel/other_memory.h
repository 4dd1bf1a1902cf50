// One process at another's memory: /proc/PID/mem, process_vm_readv and process_vm_writev.
#pragma once

#include "fs/synthetic.h"
#include "kernel/process.h"

namespace faultline {

Result<Ref<Inode>> create_memory_file(FileSystem& file_system, u64 number, Ref<Process> process);

// Between `buffer`, the caller's, and another space from `address` on, until one of them ends; Fault if it does at once.
Result<u32> read_space(AddressSpace& space, UserAddr address, IoBuffer& buffer);
enum class Right : u8 { Own, Debugger };  // a debugger writes also where the program itself only reads
Result<u32> write_space(AddressSpace& space, UserAddr address, IoBuffer& buffer, Right right);

}  // namespace faultline
