#include "mm/commit.h"

#include "core/log.h"
#include "core/options.h"
#include "lib/atomic.h"
#include "mm/frame.h"
#include "mm/swap.h"

namespace faultline {

namespace {

constexpr u32 kMostRatio = 1000;

Atomic<u32> committed;
Overcommit policy = Overcommit::Always;
u32 ratio = 50;

u32 commit_limit()
{
    return static_cast<u32>(u64{managed_frames()} * ratio / 100) + swap_capacity();
}

}  // namespace

void init_commit()
{
    const u32 wanted = static_cast<u32>(option_size("sysctl.vm.overcommit_memory", static_cast<u32>(policy)));
    const u32 percent = static_cast<u32>(option_size("sysctl.vm.overcommit_ratio", ratio));
    if (!set_overcommit(wanted).ok()) log_warn("sysctl.vm.overcommit_memory=%u: 0, 1 or 2 is known", wanted);
    if (!set_overcommit_ratio(percent).ok())
        log_warn("sysctl.vm.overcommit_ratio=%u: more than %u percent", percent, kMostRatio);
}

Result<void> charge_memory(u32 pages)
{
    const u32 before = committed.fetch_add(pages);
    bool allowed = true;
    switch (policy) {
    case Overcommit::Always:
        return {};
    case Overcommit::Heuristic:
        allowed = pages <= managed_frames() + swap_capacity();
        break;
    case Overcommit::Never:
        allowed = u64{before} + pages <= commit_limit();
        break;
    }
    if (allowed) return {};
    uncharge_memory(pages);
    return Errno::NoMemory;
}

void uncharge_memory(u32 pages)
{
    committed.fetch_sub(pages);
}

CommitState commit_state()
{
    return {policy, ratio, commit_limit(), committed.load()};
}

Result<void> set_overcommit(u32 wanted)
{
    if (wanted > static_cast<u32>(Overcommit::Never)) return Errno::Invalid;
    policy = static_cast<Overcommit>(wanted);
    return {};
}

Result<void> set_overcommit_ratio(u32 ratio_percent)
{
    if (ratio_percent > kMostRatio) return Errno::Invalid;
    ratio = ratio_percent;
    return {};
}

}  // namespace faultline
