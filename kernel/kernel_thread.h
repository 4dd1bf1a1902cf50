// Threads of the kernel's own, without a process: the writer of dirty pages, the reclaimer of memory.
#pragma once

#include "lib/result.h"

namespace faultline {

Result<void> start_kernel_thread(const char* name, void (*entry)(void*), void* argument = nullptr);

}  // namespace faultline
