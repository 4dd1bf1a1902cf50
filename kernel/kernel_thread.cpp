#include "kernel/kernel_thread.h"

#include "core/scheduler.h"
#include "mm/heap.h"
#include "mm/kernel_stack.h"

namespace faultline {

Result<void> start_kernel_thread(const char* name, void (*entry)(void*), void* argument)
{
    Thread* thread = TRY(make<Thread>());
    auto stack = allocate_kernel_stack();
    if (!stack.ok()) {
        destroy(thread);
        return stack.error();
    }
    thread->set_name(name);
    thread_init(*thread, stack.value().low, stack.value().high, entry, argument);
    start(*thread);
    return {};
}

}  // namespace faultline
