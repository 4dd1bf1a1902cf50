// Per-CPU data: a variable in section .percpu has one copy for each CPU, reached through %fs, so that "who am I" never
// asks a device.
//
//   PER_CPU PerCpu<u32> counter;      at namespace scope, constant initializer
//   counter.here()++;                 this CPU's copy
//   counter.on(3)                     CPU 3's copy
//
// The linker script keeps room for kMaxCpus copies, one after the other: copy n stands n * (size of .percpu) behind the
// linked one, and that distance is the base of CPU n's %fs segment. Copies are made before anything has run.
// Kernel code is not preempted: a reference from here() stays this CPU's until the thread sleeps. Against interrupts on
// the same CPU the user of the variable guards himself.
#pragma once

#include "arch/layout.h"
#include "lib/types.h"

namespace faultline {

constexpr u32 kMaxCpus = 8;
using CpuMask = u32;  // one bit a CPU
static_assert(kMaxCpus <= 32);

constexpr CpuMask cpu_bit(u32 cpu)
{
    return 1u << cpu;
}

#define PER_CPU __attribute__((section(".percpu")))

extern "C" char percpu_begin[], percpu_end[];  // linker script

inline u32 percpu_delta(u32 cpu)
{
    return cpu * static_cast<u32>(percpu_end - percpu_begin);
}

extern "C" u32 percpu_this_delta;  // this CPU's copy: how far it is from the linked one
extern "C" u32 percpu_this_index;

template <class T> class PerCpu {
public:
    constexpr PerCpu() = default;
    template <class... A> constexpr explicit PerCpu(A... arguments) : value_{arguments...} {}
    PerCpu(const PerCpu&) = delete;
    PerCpu& operator=(const PerCpu&) = delete;

    T& here()
    {
        u32 delta;
        asm("movl %%fs:%1, %0" : "=r"(delta) : "m"(percpu_this_delta));
        return at(delta);
    }
    T& on(u32 cpu) { return at(percpu_delta(cpu)); }

    // One instruction each, for words only.
    T load() const
    {
        static_assert(sizeof(T) == 4);
        T value;
        asm("movl %%fs:%1, %0" : "=r"(value) : "m"(value_));
        return value;
    }
    void store(T value)
    {
        static_assert(sizeof(T) == 4);
        asm volatile("movl %1, %%fs:%0" : "+m"(value_) : "r"(value));
    }
    void add(u32 amount)  // a counter: never torn by an interrupt of this CPU
    {
        static_assert(sizeof(T) == 4);
        asm volatile("addl %1, %%fs:%0" : "+m"(value_) : "ri"(amount) : "cc");
    }

private:
    T& at(u32 delta) { return *reinterpret_cast<T*>(reinterpret_cast<usize>(&value_) + delta); }

    T value_{};
};

// `count` counters for each CPU, as PER_CPU PerCpuCounters<N>: adding one is one instruction.
template <u32 count> class PerCpuCounters {
public:
    constexpr PerCpuCounters() = default;
    void add_one(u32 index) { asm volatile("incl %%fs:%0" : "+m"(values_[index]) : : "cc"); }
    u32 on(u32 cpu, u32 index) const
    {
        return *reinterpret_cast<const u32*>(reinterpret_cast<usize>(&values_[index]) + percpu_delta(cpu));
    }

private:
    u32 values_[count] = {};
};

inline u32 cpu_index()
{
    u32 index;
    asm("movl %%fs:%1, %0" : "=r"(index) : "m"(percpu_this_index));
    return index;
}

u32 cpu_count();               // CPUs online; they are numbered 0 .. cpu_count() - 1
CpuMask online_cpus();         // the same as bits
void set_cpu_online(u32 cpu);  // core/scheduler, once the CPU can run threads

void percpu_init();  // boot CPU, first of all: makes the copies

}  // namespace faultline
