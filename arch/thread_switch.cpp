// Stacks of threads that have not run yet.

#include "arch/thread_switch.h"

#include "arch/interrupts.h"
#include "arch/x86.h"
#include "lib/string.h"

namespace faultline {

extern "C" {
PER_CPU PerCpu<ThreadContext*> current_context;
void kernel_thread_start();
void user_thread_start();
}

namespace {

// What switch_context pops.
struct SwitchFrame {
    u32 edi, esi, ebx, ebp;
    void (*eip)();
};

void push_switch_frame(ThreadContext& context, u32 esp, void (*start)())
{
    const KernelAddr at{esp - static_cast<u32>(sizeof(SwitchFrame))};
    *at.as<SwitchFrame>() = SwitchFrame{0, 0, 0, 0, start};
    context.saved_esp = at.value();
}

}  // namespace

void prepare_kernel_stack(ThreadContext& context, void (*entry)(void*), void* argument)
{
    u32* words = context.stack_high.as<u32>();
    *--words = 0;  // pads the top; nothing returns to it
    *--words = static_cast<u32>(reinterpret_cast<usize>(argument));
    *--words = static_cast<u32>(reinterpret_cast<usize>(entry));
    push_switch_frame(context, KernelAddr::of(words).value(), kernel_thread_start);
}

void prepare_user_stack(ThreadContext& context, const TrapFrame& frame)
{
    TrapFrame& top = user_frame(context);
    top = frame;
    push_switch_frame(context, KernelAddr::of(&top).value(), user_thread_start);
}

[[noreturn]] void enter_user(const TrapFrame& frame)
{
    cli();
    TrapFrame& top = user_frame(*current_context.load());
    memmove(&top, &frame, sizeof(frame));
    return_to_user(&top);
}

}  // namespace faultline
