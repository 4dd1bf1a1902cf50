// System calls on files that others are waited for with: epoll, eventfd, timerfd, signalfd.
#include "fs/epoll.h"

#include "fs/event_counter.h"
#include "fs/timer_file.h"
#include "kernel/signal_file.h"
#include "kernel/syscall/descriptor.h"
#include "kernel/syscall/poll_mask.h"
#include "kernel/syscall/table.h"
#include "kernel/syscall/time_values.h"

namespace faultline {

namespace {

Result<u32> add_new(Task& self, Ref<FileLike> like, u32 flags)
{
    Ref<File> file = TRY(File::create(move(like), Place{}, kOpenReadWrite | (flags & kOpenNonBlock)));
    return add_file(self, move(file), flags);
}

}  // namespace

// ---- epoll ----

namespace {

enum class Control : u32 { Add = 1, Remove = 2, Modify = 3 };

constexpr u32 kMostAtOnce = 32;
constexpr u32 kMostEvents = 0x7fffffff / sizeof(EpollEvent);

// In pieces, none of which is asked for twice in one call: no more than there are items.
Result<u32> wait_for_events(Task& self, Descriptor fd, UserPtr<EpollEvent> events, i32 most, u64 deadline_ns)
{
    const Ref<File> file = TRY(file_of(self, fd));
    if (most <= 0 || static_cast<u32>(most) > kMostEvents) return Errno::Invalid;
    Epoll* const epoll = file->like().as_epoll();
    if (!epoll) return Errno::Invalid;
    EpollEvent found[kMostAtOnce];
    u32 total = 0;
    while (total < static_cast<u32>(most)) {
        const u32 room = min(static_cast<u32>(most) - total, kMostAtOnce);
        const Result<u32> count = epoll->wait(found, room, total == 0 ? deadline_ns : 0);
        if (!count.ok()) return total != 0 ? Result<u32>{total} : count;
        for (u32 i = 0; i < count.value(); i++)
            TRY(events.at(total + i).write(found[i]));
        total += count.value();
        if (count.value() < room || total >= epoll->watched()) break;
    }
    return total;
}

u64 deadline_of_ms(i32 timeout_ms)
{
    return timeout_ms < 0 ? kForever : deadline_after(static_cast<u32>(timeout_ms) * u64{kNsPerMs});
}

Result<u32> wait_with_mask(Task& self, Descriptor fd, UserPtr<EpollEvent> events, i32 most, u64 deadline_ns,
                           UserPtr<const u64> mask, u32 mask_size)
{
    if (mask) {
        if (mask_size != sizeof(u64)) return Errno::Invalid;
        const u64 bits = TRY(mask.read());
        begin_mask(self, SignalSet{bits});
    }
    const Result<u32> done = wait_for_events(self, fd, events, most, deadline_ns);
    if (!done.ok() && done.error() == Errno::Intr) return done;  // never begun again
    return end_mask(self, done);
}

}  // namespace

Result<u32> sys_epoll_create1(Task& self, u32 flags)
{
    if ((flags & ~kOpenCloseOnExec) != 0) return Errno::Invalid;
    const Ref<Epoll> epoll = TRY(Epoll::create());
    return add_new(self, Ref<FileLike>{epoll}, flags);
}

Result<u32> sys_epoll_create(Task& self, i32 size)
{
    return size <= 0 ? Result<u32>{Errno::Invalid} : sys_epoll_create1(self, 0);
}

Result<void> sys_epoll_ctl(Task& self, Descriptor epoll_fd, u32 operation, Descriptor fd,
                           UserPtr<const EpollEvent> user_event)
{
    const Control control = static_cast<Control>(operation);
    EpollEvent event{};
    if (control != Control::Remove) event = TRY(user_event.read());
    const Ref<File> self_file = TRY(file_of(self, epoll_fd));
    const Ref<File> file = TRY(file_of(self, fd));
    if (!self_file->like().as_epoll() || self_file == file) return Errno::Invalid;
    Epoll& epoll = *self_file->like().as_epoll();
    switch (control) {
    case Control::Add:
        return epoll.add(*self_file, file, fd.number, event);
    case Control::Modify:
        return epoll.modify(*file, fd.number, event);
    case Control::Remove:
        return epoll.remove(*file, fd.number);
    }
    return Errno::Invalid;
}

Result<u32> sys_epoll_wait(Task& self, Descriptor fd, UserPtr<EpollEvent> events, i32 most, i32 timeout_ms)
{
    return wait_for_events(self, fd, events, most, deadline_of_ms(timeout_ms));
}

Result<u32> sys_epoll_pwait(Task& self, Descriptor fd, UserPtr<EpollEvent> events, i32 most, i32 timeout_ms,
                            UserPtr<const u64> mask, u32 mask_size)
{
    return wait_with_mask(self, fd, events, most, deadline_of_ms(timeout_ms), mask, mask_size);
}

Result<u32> sys_epoll_pwait2(Task& self, Descriptor fd, UserPtr<EpollEvent> events, i32 most,
                             UserPtr<const Timespec64> timeout, UserPtr<const u64> mask, u32 mask_size)
{
    const u64 deadline = timeout ? deadline_after(TRY(read_ns(timeout))) : kForever;
    return wait_with_mask(self, fd, events, most, deadline, mask, mask_size);
}

// ---- eventfd ----

Result<u32> sys_eventfd2(Task& self, u32 value, u32 flags)
{
    constexpr u32 kSemaphore = 1;
    if ((flags & ~(kSemaphore | kOpenNonBlock | kOpenCloseOnExec)) != 0) return Errno::Invalid;
    const CounterKind kind = (flags & kSemaphore) != 0 ? CounterKind::TakesOne : CounterKind::TakesAll;
    return add_new(self, TRY(create_event_counter(value, kind)), flags);
}

Result<u32> sys_eventfd(Task& self, u32 value)
{
    return sys_eventfd2(self, value, 0);
}

// ---- timerfd ----

namespace {

constexpr u32 kAbsolute = 1, kCancelOnSet = 2;
constexpr u32 kRealTime = 0, kMonotonic = 1, kBootTime = 7, kRealTimeAlarm = 8, kBootTimeAlarm = 9;

struct OpenTimer {
    Ref<File> file;
    TimerFile* timer;
};

Result<OpenTimer> timer_of(Task& self, Descriptor fd)
{
    Ref<File> file = TRY(file_of(self, fd));
    TimerFile* const timer = file->like().as_timer();
    if (!timer) return Errno::Invalid;
    return OpenTimer{move(file), timer};
}

// When that is by now_ns(); 0: never.
u64 deadline_of(const TimerFile& timer, u64 value_ns, u32 flags)
{
    if (value_ns == 0) return 0;
    if ((flags & kAbsolute) == 0) return deadline_after(value_ns);
    if (!timer.follows_wall_clock()) return value_ns;
    const u64 wall = wall_ns();
    return value_ns > wall ? deadline_after(value_ns - wall) : 1;
}

Result<TimerSetting> set_timer(Task& self, Descriptor fd, u32 flags, u64 value_ns, u64 interval_ns)
{
    const OpenTimer open = TRY(timer_of(self, fd));
    TimerSetting before;
    open.timer->set(deadline_of(*open.timer, value_ns, flags), interval_ns, before);
    return before;
}

}  // namespace

Result<u32> sys_timerfd_create(Task& self, u32 clock, u32 flags)
{
    if ((flags & ~(kOpenNonBlock | kOpenCloseOnExec)) != 0) return Errno::Invalid;
    const bool wall = clock == kRealTime || clock == kRealTimeAlarm;
    if (!wall && clock != kMonotonic && clock != kBootTime && clock != kBootTimeAlarm) return Errno::Invalid;
    const Ref<TimerFile> timer = TRY(TimerFile::create(wall));
    return add_new(self, Ref<FileLike>{timer}, flags);
}

Result<void> sys_timerfd_settime(Task& self, Descriptor fd, u32 flags, UserPtr<const Itimerspec32> value,
                                 UserPtr<Itimerspec32> old)
{
    if ((flags & ~(kAbsolute | kCancelOnSet)) != 0) return Errno::Invalid;
    const Itimerspec32 wanted = TRY(value.read());
    const u64 first = TRY(to_ns(wanted.value)), interval = TRY(to_ns(wanted.interval));
    const TimerSetting before = TRY(set_timer(self, fd, flags, first, interval));
    return old.write_if_given({to_timespec32(before.interval_ns), to_timespec32(before.left_ns)});
}

Result<void> sys_timerfd_gettime(Task& self, Descriptor fd, UserPtr<Itimerspec32> out)
{
    const OpenTimer open = TRY(timer_of(self, fd));
    const TimerSetting now = open.timer->setting();
    return out.write({to_timespec32(now.interval_ns), to_timespec32(now.left_ns)});
}

Result<void> sys_timerfd_settime64(Task& self, Descriptor fd, u32 flags, UserPtr<const Itimerspec64> value,
                                   UserPtr<Itimerspec64> old)
{
    if ((flags & ~(kAbsolute | kCancelOnSet)) != 0) return Errno::Invalid;
    const Itimerspec64 wanted = TRY(value.read());
    const u64 first = TRY(to_ns(wanted.value)), interval = TRY(to_ns(wanted.interval));
    const TimerSetting before = TRY(set_timer(self, fd, flags, first, interval));
    return old.write_if_given({to_timespec64(before.interval_ns), to_timespec64(before.left_ns)});
}

Result<void> sys_timerfd_gettime64(Task& self, Descriptor fd, UserPtr<Itimerspec64> out)
{
    const OpenTimer open = TRY(timer_of(self, fd));
    const TimerSetting now = open.timer->setting();
    return out.write({to_timespec64(now.interval_ns), to_timespec64(now.left_ns)});
}

// ---- signalfd ----

Result<u32> sys_signalfd4(Task& self, Descriptor fd, UserPtr<const u64> mask, u32 mask_size, u32 flags)
{
    if (mask_size != sizeof(u64)) return Errno::Invalid;
    const SignalSet set = SignalSet{TRY(mask.read())}.without(kUnblockable);
    if ((flags & ~(kOpenNonBlock | kOpenCloseOnExec)) != 0) return Errno::Invalid;
    if (fd.number == -1) return add_new(self, Ref<FileLike>{TRY(SignalFile::create(set))}, flags);
    const Ref<File> file = TRY(file_of(self, fd));
    SignalFile* const signals = file->like().as_signals();
    if (!signals) return Errno::Invalid;
    signals->set(set);
    return static_cast<u32>(fd.number);
}

Result<u32> sys_signalfd(Task& self, Descriptor fd, UserPtr<const u64> mask, u32 mask_size)
{
    return sys_signalfd4(self, fd, mask, mask_size, 0);
}

}  // namespace faultline
