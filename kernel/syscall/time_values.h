// Between Linux's structures of time and nanoseconds.
#pragma once

#include "arch/clock.h"
#include "kernel/abi.h"
#include "kernel/syscall/types.h"
#include "lib/result.h"

namespace faultline {

constexpr u64 kLongest = u64{1} << 62;  // ns: a deadline this far away never comes

Result<u64> to_ns(const Timespec32& time);  // Invalid: negative, or a second's worth of nanoseconds
Result<u64> to_ns(const Timespec64& time);
Result<u64> to_ns(const Timeval32& time);
Timespec32 to_timespec32(u64 ns);
Timespec64 to_timespec64(u64 ns);
Timeval32 to_timeval32(u64 ns);

// The program's structure, read and converted.
template <class T> Result<u64> read_ns(UserPtr<T> time)
{
    const auto value = TRY(time.read());
    return to_ns(value);
}

u64 deadline_after(u64 ns);  // now + ns, or never where that is too far

}  // namespace faultline
