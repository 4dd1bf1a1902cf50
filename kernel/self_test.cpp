#include "kernel/self_test.h"

#include "core/assert.h"
#include "core/log.h"
#include "core/options.h"
#include "core/panic.h"
#include "core/spinlock.h"
#include "kernel/kernel_thread.h"
#include "lib/span.h"

extern "C" char kernel_text_begin[];  // boot/kernel.ld

namespace faultline {

namespace {

// Runs over the guard page below its stack: the double-fault task reports it.
[[gnu::noinline]] u32 recurse(u32 depth)
{
    volatile u32 frame[16] = {depth};
    return frame[0] == ~0u ? 0 : recurse(depth + 1) + frame[0];
}

void overflow_stack(void*)
{
    log_error("recursed %u", recurse(0));
}

void write_to_text(void*)
{
    *const_cast<volatile char*>(kernel_text_begin) = 0;
}

void read_nowhere(void*)
{
    log_error("read %u", *reinterpret_cast<volatile u32*>(usize{0x1234}));
}

void fail_assertion(void*)
{
    const u32 two = 2;
    assert(two + two == 5);
}

struct SelfTest {
    const char* name;
    void (*run)(void*);
};

constexpr SelfTest kTests[] = {
    {"stack-overflow", overflow_stack},
    {"write-text", write_to_text},
    {"null", read_nowhere},
    {"assert", fail_assertion},
};

}  // namespace

void run_self_test()
{
    const char* wanted = option("ktest");
    if (!wanted) return;
    for (const SelfTest& test : kTests) {
        if (StringView{test.name} != StringView{wanted}) continue;
        if (!start_kernel_thread(test.name, test.run).ok()) log_error("ktest: no memory for a thread");
        return;
    }
    log_error("ktest: there is no test %s", wanted);
}

}  // namespace faultline
