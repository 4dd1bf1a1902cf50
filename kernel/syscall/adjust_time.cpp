// adjtimex and clock_adjtime: what they tell is true of a clock that nobody steers; a step is all that can be asked for.
#include "arch/clock.h"
#include "kernel/clocks.h"
#include "kernel/syscall/table.h"
#include "kernel/syscall/time_values.h"
#include "kernel/task.h"

namespace faultline {

namespace {

constexpr u32 kReadSingleShot = 0xa001, kSetOffset = 0x100, kNanoseconds = 0x2000;
constexpr u32 kStateError = 5;  // TIME_ERROR: not synchronized
constexpr i32 kUnsynchronized = 0x40, kWorstError = 16'000'000, kTolerance = 32'768'000, kTickUs = 10'000;

// Moves the wall clock by what `time` says.
Result<void> step(u32 modes, i64 seconds, i64 fraction)
{
    const u32 per_second = (modes & kNanoseconds) != 0 ? 1'000'000'000 : 1'000'000;
    if (fraction < 0 || fraction >= per_second) return Errno::Invalid;
    const i64 ns =
        seconds * static_cast<i64>(kNsPerSecond) + fraction * static_cast<i64>(kNsPerSecond / per_second);
    const i64 wanted = static_cast<i64>(wall_ns()) + ns;
    if (wanted < static_cast<i64>(now_ns())) return Errno::Invalid;
    set_wall_ns(static_cast<u64>(wanted));
    return {};
}

Result<void> change(Task& self, u32 modes, i64 seconds, i64 fraction)
{
    if (modes == 0 || modes == kReadSingleShot) return {};
    if (!self.process().credentials.is_root()) return Errno::Perm;
    if ((modes & ~(kSetOffset | kNanoseconds)) != 0) return Errno::NotSupported;
    return (modes & kSetOffset) != 0 ? step(modes, seconds, fraction) : Result<void>{};
}

// Either width of struct timex.
template <class T> Result<u32> adjust(Task& self, UserPtr<T> timex)
{
    T it = TRY(timex.read());
    TRY(change(self, it.modes, it.seconds, it.fraction));
    const u64 now = wall_ns();
    const u32 modes = it.modes;
    it = T{};
    it.modes = modes;
    it.max_error = it.estimated_error = kWorstError;
    it.status = kUnsynchronized;
    it.constant = 2;
    it.precision = 1;
    it.tolerance = kTolerance;
    it.seconds = static_cast<decltype(it.seconds)>(now / kNsPerSecond);
    it.fraction = static_cast<decltype(it.fraction)>(now % kNsPerSecond / kNsPerUs);
    it.tick = kTickUs;
    TRY(timex.write(it));
    return kStateError;
}

template <class T> Result<u32> adjust_clock(Task& self, i32 id, UserPtr<T> timex)
{
    const Clock clock = TRY(parse_clock(self, id));
    return clock.is_fixed ? Errno::NotSupported : adjust(self, timex);
}

}  // namespace

Result<u32> sys_adjtimex(Task& self, UserPtr<Timex32> timex)
{
    return adjust(self, timex);
}

Result<u32> sys_clock_adjtime(Task& self, i32 clock, UserPtr<Timex32> timex)
{
    return adjust_clock(self, clock, timex);
}

Result<u32> sys_clock_adjtime64(Task& self, i32 clock, UserPtr<Timex64> timex)
{
    return adjust_clock(self, clock, timex);
}

}  // namespace faultline
