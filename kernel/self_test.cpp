#include "kernel/self_test.h"

#include "arch/clock.h"
#include "core/assert.h"
#include "core/log.h"
#include "core/options.h"
#include "core/panic.h"
#include "core/sleep_lock.h"
#include "core/timer.h"
#include "kernel/kernel_thread.h"
#include "mm/consistency_damage.h"
#include "mm/self_test.h"

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

// Tests whose report is the panic; each in a thread of its own name, which the report shows.
struct FatalTest {
    const char* name;
    void (*run)(void*);
};

constexpr FatalTest kFatalTests[] = {
    {"stack-overflow", overflow_stack},
    {"write-text", write_to_text},
    {"null", read_nowhere},
    {"assert", fail_assertion},
};

constexpr Span<const MemoryTest> (*kSuites[])() = {memory_tests, damage_tests};

// Who uses little memory itself: tests compare counts of frames, so only one runs at a time.
SleepLock running{LockRank::SelfTest};

// Frames are counted for the whole machine, and other processes come and go: what is really wrong is so each time.
const char* run_with_patience(const MemoryTest& test) REQUIRES(running)
{
    constexpr u32 kTries = 3;
    const char* wrong = test.run();
    for (u32 tries = 1; wrong && tries < kTries; tries++) {
        (void)sleep_until_ns(now_ns() + 10 * kNsPerMs, Wait::Uninterruptible);
        wrong = test.run();
    }
    return wrong;
}

bool passes(const MemoryTest& test) REQUIRES(running)
{
    const char* const wrong = run_with_patience(test);
    if (wrong)
        kprintf("ktest %s: FAILED (%s)\n", test.name, wrong);
    else
        kprintf("ktest %s: ok\n", test.name);
    return wrong == nullptr;
}

Result<void> run_all() REQUIRES(running)
{
    bool all_pass = true;
    for (const auto tests : kSuites)
        for (const MemoryTest& test : tests())
            if (!test.panics && !passes(test)) all_pass = false;
    return all_pass ? Result<void>{} : Errno::Io;
}

bool start_fatal_test(StringView name)
{
    for (const FatalTest& test : kFatalTests) {
        if (name != StringView{test.name}) continue;
        if (!start_kernel_thread(test.name, test.run).ok()) log_error("ktest: no memory for a thread");
        return true;
    }
    return false;
}

void (*after_boot_tests)();

void boot_self_tests(void*)
{
    StringView names = option("ktest");
    while (!names.empty()) {
        usize length = 0;
        while (length < names.size() && names[length] != ',')
            length++;
        const StringView name{names.data(), length};
        const auto outcome = run_self_test(name);
        if (!outcome.ok() && outcome.error() == Errno::NoEntry)
            log_error("ktest: there is no test %.*s", static_cast<int>(length), name.data());
        const usize next = min(length + 1, names.size());
        names = {names.data() + next, names.size() - next};
    }
    after_boot_tests();
}

}  // namespace

Result<void> run_self_test(StringView name)
{
    if (start_fatal_test(name)) return {};
    SleepGuard guard{running};
    if (name == "all") return run_all();
    for (const auto tests : kSuites)
        for (const MemoryTest& test : tests())
            if (name == StringView{test.name}) return passes(test) ? Result<void>{} : Errno::Io;
    return Errno::NoEntry;
}

void run_boot_self_tests(void (*next)())
{
    if (!option("ktest")) return next();
    after_boot_tests = next;
    if (!start_kernel_thread("ktest", boot_self_tests).ok()) panic("no memory for a thread");
}

}  // namespace faultline
