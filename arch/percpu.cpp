// The copies of the per-CPU section.

#include "arch/percpu.h"

#include "lib/atomic.h"
#include "lib/string.h"

namespace faultline {

extern "C" {
PER_CPU u32 percpu_this_delta = 0;
PER_CPU u32 percpu_this_index = 0;
}

namespace {

Atomic<CpuMask> online;
Atomic<u32> online_count;

u32& copy_of(u32& variable, u32 cpu)
{
    return *reinterpret_cast<u32*>(reinterpret_cast<usize>(&variable) + percpu_delta(cpu));
}

}  // namespace

u32 cpu_count()
{
    return online_count.load_relaxed();
}

CpuMask online_cpus()
{
    return online.load();
}

void set_cpu_online(u32 cpu)
{
    online.fetch_or(cpu_bit(cpu));
    online_count.fetch_add(1);
}

void percpu_init()
{
    const usize size = static_cast<usize>(percpu_end - percpu_begin);
    for (u32 cpu = 1; cpu < kMaxCpus; cpu++) {
        memcpy(percpu_begin + percpu_delta(cpu), percpu_begin, size);
        copy_of(percpu_this_delta, cpu) = percpu_delta(cpu);
        copy_of(percpu_this_index, cpu) = cpu;
    }
}

}  // namespace faultline
