// From int 0x80 to a sys_ function and back: the one place where registers become arguments and an Errno a negative eax.
//
// The table is made at compile time from kernel/syscalls.def: a word of code for each number. Arguments are words of
// ebx, ecx, edx, esi, edi, ebp in this order; how many words an argument takes, its type says (Decode).
#include "arch/interrupts.h"
#include "core/log.h"
#include "core/trace.h"
#include "kernel/syscall/table.h"
#include "kernel/task.h"

namespace faultline {

namespace {

// ---- Arguments ----

constexpr u32 kMaxWords = 6;

u32 word(const TrapFrame& frame, u32 index)
{
    switch (index) {
    case 0:
        return frame.ebx;
    case 1:
        return frame.ecx;
    case 2:
        return frame.edx;
    case 3:
        return frame.esi;
    case 4:
        return frame.edi;
    default:
        return frame.ebp;
    }
}

template <class T> struct Decode {  // T is made from one word
    static constexpr u32 kWords = 1;
    static T from(const TrapFrame& frame, u32 at) { return T{UserAddr{word(frame, at)}}; }
};
template <> struct Decode<u32> {
    static constexpr u32 kWords = 1;
    static u32 from(const TrapFrame& frame, u32 at) { return word(frame, at); }
};
template <> struct Decode<i32> {
    static constexpr u32 kWords = 1;
    static i32 from(const TrapFrame& frame, u32 at) { return static_cast<i32>(word(frame, at)); }
};
template <> struct Decode<UserAddr> {
    static constexpr u32 kWords = 1;
    static UserAddr from(const TrapFrame& frame, u32 at) { return UserAddr{word(frame, at)}; }
};
template <> struct Decode<Descriptor> {
    static constexpr u32 kWords = 1;
    static Descriptor from(const TrapFrame& frame, u32 at)
    {
        return Descriptor{static_cast<i32>(word(frame, at))};
    }
};
template <> struct Decode<u64> {
    static constexpr u32 kWords = 2;
    static u64 from(const TrapFrame& frame, u32 at)
    {
        return word(frame, at) | static_cast<u64>(word(frame, at + 1)) << 32;
    }
};
template <class T> struct Decode<UserSpan<T>> {
    static constexpr u32 kWords = 2;
    static UserSpan<T> from(const TrapFrame& frame, u32 at)
    {
        return UserSpan<T>{UserAddr{word(frame, at)}, word(frame, at + 1)};
    }
};

// ---- Results ----

u32 encode(u32 value)
{
    return value;
}
u32 encode(UserAddr address)
{
    return address.value();
}
u32 negative(Errno error)
{
    return 0u - static_cast<u32>(error);
}
u32 encode(const Result<void>& result)
{
    return negative(result.error());  // success is error 0
}
u32 encode(const Result<u32>& result)
{
    return result.ok() ? result.value() : negative(result.error());
}

// ---- One caller for each prototype ----

template <u32...> struct Indices {
};
template <u32 count, u32... rest> struct MakeIndices : MakeIndices<count - 1, count - 1, rest...> {
};
template <u32... index> struct MakeIndices<0, index...> {
    using Type = Indices<index...>;
};

template <class Function> struct Caller;

template <class R, class... Arguments> struct Caller<R(Task&, Arguments...)> {
    static constexpr u32 kCount = sizeof...(Arguments);
    static constexpr u32 kWords = (0 + ... + Decode<Arguments>::kWords);
    static_assert(kWords <= kMaxWords);

    static constexpr u32 words_before(u32 count)  // taken by the first `count` arguments
    {
        constexpr u32 words[] = {Decode<Arguments>::kWords..., 0};
        u32 sum = 0;
        for (u32 i = 0; i < count; i++)
            sum += words[i];
        return sum;
    }

    template <R (*function)(Task&, Arguments...), u32... index>
    static u32 call(Task& self, const TrapFrame& frame, Indices<index...>)
    {
        return encode(function(self, Decode<Arguments>::from(frame, words_before(index))...));
    }

    template <R (*function)(Task&, Arguments...)>
    static u32 enter(Task& self, [[maybe_unused]] TrapFrame& frame)
    {
        return call<function>(self, frame, typename MakeIndices<kCount>::Type{});
    }
};

// ---- The table ----

using Gate = u32 (*)(Task& self, TrapFrame& frame);

u32 unknown(Task& self, TrapFrame& frame);

struct Table {
    Gate linux_calls[kLinuxSyscalls];
    Gate own_calls[kOwnSyscalls];
    const char* linux_names[kLinuxSyscalls];
    const char* own_names[kOwnSyscalls];
    u8 linux_words[kLinuxSyscalls];  // of arguments
    u8 own_words[kOwnSyscalls];

    constexpr Table() : linux_calls{}, own_calls{}, linux_names{}, own_names{}, linux_words{}, own_words{}
    {
        for (Gate& gate : linux_calls)
            gate = unknown;
        for (Gate& gate : own_calls)
            gate = unknown;
    }
    constexpr void add(u32 number, const char* name, Gate gate, u32 words)
    {
        const bool own = number >= kOwnSyscallsBegin;
        (own ? own_calls[number - kOwnSyscallsBegin] : linux_calls[number]) = gate;
        (own ? own_names[number - kOwnSyscallsBegin] : linux_names[number]) = name;
        (own ? own_words[number - kOwnSyscallsBegin] : linux_words[number]) = static_cast<u8>(words);
    }
};

constexpr Table make_table()
{
    Table table;
#define SYSCALL(number, name, ...)                                                                           \
    table.add(number, #name, &Caller<SyscallType_##name>::enter<&sys_##name>,                                \
              Caller<SyscallType_##name>::kWords);
#include "kernel/syscalls.def"
#undef SYSCALL
    return table;
}

constexpr Table kTable = make_table();

Gate own_gate(u32 number)
{
    return number - kOwnSyscallsBegin < kOwnSyscalls ? kTable.own_calls[number - kOwnSyscallsBegin] : unknown;
}

// ---- Counting: one place a number, then the numbers beyond the table ----

constexpr u32 kCountOfOwn = kLinuxSyscalls, kCountBeyond = kCountOfOwn + kOwnSyscalls,
              kCounts = kCountBeyond + 1;
PER_CPU PerCpuCounters<kCounts> counts;
Atomic<bool> was_named[kCounts];  // in the log, as a number that is not there

u32 count_index(u32 number)
{
    if (number < kLinuxSyscalls) return number;
    return number - kOwnSyscallsBegin < kOwnSyscalls ? kCountOfOwn + number - kOwnSyscallsBegin
                                                     : kCountBeyond;
}

u32 unknown(Task& self, TrapFrame& frame)
{
    const u32 number = frame.error_code;
    if (!was_named[count_index(number)].exchange(true))
        log_info("pid %u %s: system call %u is not there", self.process().pid(), self.name, number);
    return negative(Errno::NoSystemCall);
}

[[gnu::noinline]] u32 enter_own(Task& self, TrapFrame& frame, u32 number)
{
    counts.add_one(count_index(number));
    return own_gate(number)(self, frame);
}

u32 enter(Task& self, TrapFrame& frame, u32 number)
{
    if (__builtin_expect(number >= kLinuxSyscalls, 0)) return enter_own(self, frame, number);
    counts.add_one(number);
    return kTable.linux_calls[number](self, frame);
}

// An interrupted call must pass kernel/signal_delivery on the way out, whoever took the signal meanwhile.
[[gnu::noinline]] void look_at_signals(Task& self)
{
    self.return_work.fetch_or(kReturnSignal);
}

void leave(TrapFrame& frame, u32 result)
{
    frame.eax = result;
    if (__builtin_expect(is_restart_code(result), 0)) look_at_signals(current_task());
}

// exec begins with empty registers; the tracer is still to see which call this is. (After sigreturn there is none.)
bool made_new_frame(const TrapFrame& frame, u32 number)
{
    constexpr u32 kExecve = 11, kExecveat = 358;
    return frame.trap_number == 0 && (number == kExecve || number == kExecveat);
}

// Of a task that is traced (kernel/tracing.h): its tracer may change the call, leave it out, and change its result. One
// call is left out by a number of -1; eax is the result then, ENOSYS if the tracer says nothing.
void watched_call(Task& self, TrapFrame& frame)
{
    frame.eax = negative(Errno::NoSystemCall);
    trace_call(self, CallStop::Entry);
    const u32 number = frame.error_code;
    if (number != kNoSuchSyscall) {
        const u32 result = enter(self, frame, number);
        if (made_new_frame(frame, number)) {
            frame.trap_number = kSystemCallVector;
            frame.error_code = number;
        }
        leave(frame, result);
    }
    trace_call(self, CallStop::Exit);
}

// The whole call on a path of its own: the other one pays for a test only.
[[gnu::noinline]] void traced_call(TrapFrame& frame, u32 number)
{
    if (traces(TraceKind::Syscall))
        trace_record(TraceKind::Syscall, number,
                     {frame.ebx, frame.ecx, frame.edx, frame.esi, frame.edi, frame.ebp});
    if (current_task().trace.by)
        watched_call(current_task(), frame);
    else
        leave(frame, enter(current_task(), frame, number));
    if (traces(TraceKind::Syscall)) trace_record(TraceKind::Return, number, {frame.eax});
}

}  // namespace

const char* syscall_name(u32 number)
{
    if (number < kLinuxSyscalls) return kTable.linux_names[number];
    return number - kOwnSyscallsBegin < kOwnSyscalls ? kTable.own_names[number - kOwnSyscallsBegin] : nullptr;
}

u32 syscall_words(u32 number)
{
    if (number < kLinuxSyscalls) return kTable.linux_words[number];
    return number - kOwnSyscallsBegin < kOwnSyscalls ? kTable.own_words[number - kOwnSyscallsBegin] : 0;
}

u64 syscall_count(u32 number)
{
    u64 sum = 0;
    for (u32 cpu = 0; cpu < cpu_count(); cpu++)
        sum += counts.on(cpu, count_index(number));
    return sum;
}

// Interrupts are on. The number stays in the frame's error code, so that a call can be begun again after a signal.
extern "C" void syscall_entry(TrapFrame& frame)
{
    const u32 number = frame.eax;
    frame.error_code = number;
    if (__builtin_expect(trace_kinds != 0, 0)) return traced_call(frame, number);
    leave(frame, enter(current_task(), frame, number));
}

}  // namespace faultline
