// TSC and RTC. ns = ticks * multiplier / 2^24: 0.1 ppm, and a multiplier that fits a word from 4 MHz on.

#include "arch/clock.h"

#include "arch/acpi.h"
#include "arch/report.h"
#include "arch/x86.h"
#include "lib/atomic.h"

namespace faultline {

namespace {

constexpr u32 kShift = 24;
u32 multiplier = 1u << kShift;
u64 frequency = kNsPerSecond;
u64 ticks_at_start;

// Wall clock minus now_ns(). Two words, so readers check that no writer was there meanwhile (an odd or changed count).
Atomic<u32> wall_changes;
u64 wall_offset;

// ---- A reference of known frequency, counting up ----

constexpr u32 kPmTimerHz = 3'579'545;
constexpr u32 kPitHz = 1'193'182;

u32 read_pm_timer()
{
    return inl(acpi().pm_timer_port);
}

// Channel 2 of the PIT runs free over 65536 counts of which the 16 bits are latched and read.
u32 read_pit()
{
    outb(0x43, 0x80);
    const u32 low = inb(0x42);
    return 0u - (low | u32{inb(0x42)} << 8);
}

void start_pit()
{
    outb(0x61, static_cast<u8>((inb(0x61) & ~2) | 1));  // gate on, speaker off
    outb(0x43, 0xB4);                                   // channel 2, both bytes, mode 2
    outb(0x42, 0);
    outb(0x42, 0);
}

struct Reference {
    u32 (*read)();
    u32 hz, mask;
};

struct Moment {
    u64 ticks;
    u32 reference;
};

// Of a few readings the one that took least: an emulator may be held up between any two instructions.
Moment take_moment(const Reference& reference)
{
    Moment best{};
    u64 shortest = ~u64{0};
    for (u32 i = 0; i < 8; i++) {
        const u64 before = rdtsc();
        const u32 value = reference.read();
        const u64 took = rdtsc() - before;
        if (took >= shortest) continue;
        shortest = took;
        best = {before + took / 2, value};
    }
    return best;
}

u64 measure_frequency(const Reference& reference)
{
    const u32 wait = reference.hz / 200;  // 5 ms
    const Moment first = take_moment(reference);
    while (((reference.read() - first.reference) & reference.mask) < wait)
        pause();
    const Moment last = take_moment(reference);
    const u32 passed = (last.reference - first.reference) & reference.mask;
    return (last.ticks - first.ticks) * reference.hz / passed;
}

// ---- RTC ----

struct RtcTime {
    u8 second, minute, hour, day, month, year, century;
    bool operator==(const RtcTime& o) const
    {
        return second == o.second && minute == o.minute && hour == o.hour && day == o.day &&
               month == o.month && year == o.year && century == o.century;
    }
};

u8 read_cmos(u8 index)
{
    outb(0x70, index);
    return inb(0x71);
}

RtcTime read_rtc_once()
{
    constexpr u8 kUpdateInProgress = 0x80;
    for (u32 i = 0; i < 1'000'000 && (read_cmos(10) & kUpdateInProgress); i++)
        pause();
    const u8 century_register = acpi().century_register;
    const u8 century = century_register ? read_cmos(century_register) : u8{0};
    return {read_cmos(0), read_cmos(2), read_cmos(4), read_cmos(7), read_cmos(8), read_cmos(9), century};
}

u32 from_bcd(u32 value)
{
    return (value >> 4) * 10 + (value & 15);
}

// Days since 1970-01-01 of a Gregorian date: years begin in March, so that the leap day is the last.
u32 days_since_1970(u32 year, u32 month, u32 day)
{
    if (month <= 2) year--;
    const u32 month_from_march = (month + 9) % 12;
    const u32 day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    return year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719468;
}

u64 read_rtc_seconds()
{
    constexpr u8 kBinary = 4, k24Hours = 2, kAfternoon = 0x80;
    RtcTime time = read_rtc_once();
    for (RtcTime again = read_rtc_once(); !(again == time); again = read_rtc_once())
        time = again;
    const u8 mode = read_cmos(11);
    auto number = [mode](u8 value) { return mode & kBinary ? u32{value} : from_bcd(value); };
    u32 hour = number(time.hour & static_cast<u8>(~kAfternoon));
    if (!(mode & k24Hours)) hour = hour % 12 + (time.hour & kAfternoon ? 12 : 0);
    const u32 century = time.century ? number(time.century) : 20;
    const u32 days = days_since_1970(century * 100 + number(time.year), number(time.month), number(time.day));
    return u64{days} * 86400 + hour * 3600 + number(time.minute) * 60 + number(time.second);
}

}  // namespace

void clock_init()
{
    Reference reference{read_pm_timer, kPmTimerHz, 0xFFFFFF};
    if (!acpi().pm_timer_port) {
        start_pit();
        reference = {read_pit, kPitHz, 0xFFFF};
    }
    frequency = measure_frequency(reference);
    if (frequency < 4'000'000) panic("the time stamp counter does not run");
    multiplier = static_cast<u32>((kNsPerSecond << kShift) / frequency);
    ticks_at_start = rdtsc();
    wall_offset = read_rtc_seconds() * kNsPerSecond;
}

u64 ticks_to_ns(u64 ticks)
{
    const u32 high = static_cast<u32>(ticks >> 32), low = static_cast<u32>(ticks);
    return (u64{low} * multiplier >> kShift) + (u64{high} * multiplier << (32 - kShift));
}

u64 ns_to_ticks(u64 ns)
{
    return ns / kNsPerSecond * frequency + (ns % kNsPerSecond * frequency + kNsPerSecond - 1) / kNsPerSecond;
}

u64 now_ns()
{
    return ticks_to_ns(rdtsc() - ticks_at_start);
}

u64 wall_ns()
{
    for (;;) {
        const u32 before = wall_changes.load();
        const u64 offset = wall_offset;
        compiler_barrier();
        if (!(before & 1) && wall_changes.load() == before) return offset + now_ns();
        pause();
    }
}

void set_wall_ns(u64 ns)
{
    InterruptsOff off;
    u32 even = wall_changes.load() & ~1u;
    while (!wall_changes.compare_exchange(even, even + 1)) {
        even &= ~1u;
        pause();
    }
    wall_offset = ns - now_ns();
    wall_changes.store(even + 2);
}

u64 ticks_per_second()
{
    return frequency;
}

void spin_ns(u64 ns)
{
    const u64 end = rdtsc() + ns_to_ticks(ns);
    while (rdtsc() < end)
        pause();
}

}  // namespace faultline
