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

#ifdef FAULTLINE_DEBUG

namespace {

struct Standstill {
    void (*fn)(void*);
    void* context;
    u32 runner;  // the CPU that runs it
    Atomic<u32> awaited;
    Atomic<bool> over;
};

void stand_still(void* context)
{
    Standstill& all = *static_cast<Standstill*>(context);
    if (cpu_index() != all.runner) {
        all.awaited.fetch_sub(1);
        while (!all.over.load())
            pause();
        return;
    }
    while (all.awaited.load() != 0)
        pause();
    all.fn(all.context);
    all.over.store(true);
}

}  // namespace

void run_alone(void (*fn)(void*), void* context)
{
    const CpuMask cpus = online_cpus();
    u32 self;
    {
        InterruptsOff off;
        self = cpu_index();
    }
    Standstill all{fn, context, self, Atomic<u32>{count_bits(cpus & ~cpu_bit(self))}, Atomic<bool>{false}};
    call_on_cpus(cpus, stand_still, &all);
}

#endif

void cpu_calls_init()
{
    set_handler(kCallVector, answer, nullptr);
}

}  // namespace faultline
