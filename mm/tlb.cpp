#include "mm/tlb.h"

#include "arch/percpu.h"
#include "arch/x86.h"
#include "core/scheduler.h"
#include "mm/frame.h"
#include "mm/tlb_shadow.h"

namespace faultline {

namespace {

struct Flush {
    const UserPage* pages;
    u32 count;  // more than there are pages: everything
    u32 listed;
};

constexpr u32 kAtOnce = 16;  // frames let go under one hold of the allocator's lock

PER_CPU PerCpu<u32> local_flushes;
PER_CPU PerCpu<u32> shootdowns;

void flush_this_cpu(const Flush& flush)
{
    local_flushes.add(1);
    if (flush.count > flush.listed) {
        write_cr3(read_cr3());
        return;
    }
    for (u32 i = 0; i < flush.count; i++)
        invlpg(flush.pages[i].address());
}

void flush_on_request(void* context)
{
    flush_this_cpu(*static_cast<const Flush*>(context));
}

}  // namespace

void TlbBatch::flush()
{
    if (page_count_ > 0) {
        Flush flush{pages_, page_count_, kMaxPages};
        // A CPU that is just loading the space either shows up here or sees the entries as they are now.
        full_fence();
        const CpuMask active = space_.active.load();
        const CpuMask mine = cpu_bit(cpu_index());
        if (active & mine) flush_this_cpu(flush);
        if (const CpuMask others = active & ~mine) {
            shootdowns.add(1);
            call_on_cpus(others, flush_on_request, &flush);
        }
    }
    TlbShadow::flushed(space_, pages_, page_count_, kMaxPages);
    page_count_ = 0;
    for (u32 i = 0; i < frame_count_; i += kAtOnce)
        release_frames(frames_ + i, min(kAtOnce, frame_count_ - i));
    frame_count_ = 0;
}

void flush_all_spaces()
{
    const Flush everything{nullptr, 1, 0};
    Flush request = everything;
    flush_this_cpu(request);
    const CpuMask others = online_cpus() & ~cpu_bit(cpu_index());
    if (others == 0) return;
    shootdowns.add(1);
    call_on_cpus(others, flush_on_request, &request);
}

TlbCounts tlb_counts()
{
    TlbCounts counts{};
    for (u32 cpu = 0; cpu < kMaxCpus; cpu++) {
        counts.local_flushes += local_flushes.on(cpu);
        counts.shootdowns += shootdowns.on(cpu);
    }
    return counts;
}

}  // namespace faultline
