// Threads before they run.

#include "core/thread.h"

#include "lib/string.h"

namespace faultline {

void Thread::set_name(StringView text)
{
    copy_string(name, text);
}

namespace {

void set_stack(Thread& thread, KernelAddr low, KernelAddr high)
{
    thread.stack_low = low;
    thread.stack_high = high;
}

}  // namespace

void thread_init(Thread& thread, KernelAddr stack_low, KernelAddr stack_high, void (*entry)(void*),
                 void* argument)
{
    set_stack(thread, stack_low, stack_high);
    prepare_kernel_stack(thread, entry, argument);
}

void thread_init_user(Thread& thread, KernelAddr stack_low, KernelAddr stack_high, const TrapFrame& frame)
{
    set_stack(thread, stack_low, stack_high);
    prepare_user_stack(thread, frame);
}

}  // namespace faultline
