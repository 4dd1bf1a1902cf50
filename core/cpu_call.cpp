// Each CPU has a letter box with a slot for each sender: a sender waits for its answers before it sends again, so one
// slot is enough and no lock is needed. The request is on the sender's stack.

#include "core/cpu_call.h"

#include "arch/apic.h"
#include "arch/interrupts.h"
#include "arch/x86.h"
#include "core/assert.h"
#include "core/spinlock.h"
#include "lib/atomic.h"
#include "lib/bits.h"

namespace faultline {

namespace {

struct Request {
    void (*fn)(void*);
    void* context;
    Atomic<u32> unanswered;
};

struct LetterBox {
    Atomic<Request*> from[kMaxCpus];
};

PER_CPU PerCpu<LetterBox> boxes;

void answer(TrapFrame&, void*)
{
    end_of_interrupt();
    LetterBox& box = boxes.here();
    for (Atomic<Request*>& slot : box.from) {
        Request* const request = slot.load();
        if (!request) continue;
        slot.store_release(nullptr);
        request->fn(request->context);
        request->unanswered.fetch_sub(1);  // the request is gone once this reaches 0
    }
}

}  // namespace

void call_on_cpus(CpuMask cpus, void (*fn)(void*), void* context)
{
    debug_assert(interrupts_enabled());
    assert_may_sleep();
    const u32 self = cpu_index();
    CpuMask others = cpus & online_cpus() & ~cpu_bit(self);
    Request request{fn, context, Atomic<u32>{count_bits(others)}};
    for (; others != 0; others &= others - 1) {
        const u32 cpu = lowest_bit(others);
        boxes.on(cpu).from[self].store(&request);
        send_ipi(cpu, kCallVector);
    }
    if (cpus & cpu_bit(self)) {
        InterruptsOff off;
        fn(context);
    }
    while (request.unanswered.load() != 0)
        pause();
}

void cpu_calls_init()
{
    set_handler(kCallVector, answer, nullptr);
}

}  // namespace faultline
