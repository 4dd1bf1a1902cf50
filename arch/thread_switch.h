// What the stubs and switch.S know of a thread. core's Thread begins with it.
#pragma once

#include "arch/layout.h"
#include "arch/percpu.h"
#include "arch/trap_frame.h"
#include "lib/atomic.h"
#include "lib/types.h"

namespace faultline {

struct ThreadContext {
    Atomic<u32>
        return_work;    // bits: what to do before user mode; trap_entry.S looks at the word on each way out
    u32 saved_esp = 0;  // while it does not run
    KernelAddr stack_low, stack_high;
};

static_assert(sizeof(ThreadContext) == 16);

extern "C" PerCpu<ThreadContext*> current_context;  // never null

// Stores callee-saved registers on the stack of `from`, goes on where `to` stopped. Returns the context that was left
// (on the new stack: `from` of whoever switched to us). Interrupts off.
extern "C" ThreadContext* switch_context(ThreadContext* from, ThreadContext* to);

// Prepares a stack whose first switch_context runs `entry(argument)`, after thread_begin() on the context that was
// left, with interrupts on; if entry returns, thread_end().
void prepare_kernel_stack(ThreadContext& context, void (*entry)(void*), void* argument);

// The same, but it goes to user mode with the registers in `frame`, by thread_begin() and the ordinary way out.
void prepare_user_stack(ThreadContext& context, const TrapFrame& frame);

// The running thread leaves its stack's history and goes to user mode with these registers.
[[noreturn]] void enter_user(const TrapFrame& frame);

// The user frame of a thread that is in the kernel because of its program.
inline TrapFrame& user_frame(const ThreadContext& context)
{
    return *(context.stack_high - sizeof(TrapFrame)).as<TrapFrame>();
}

// Defined in core/scheduler.
extern "C" void thread_begin(ThreadContext* left);
extern "C" [[noreturn]] void thread_end();

}  // namespace faultline
