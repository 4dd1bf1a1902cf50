// Which instructions may fault on user memory, and where each goes on.

#include "arch/user_copy.h"

namespace faultline {

namespace {

struct CopyRange {
    u32 begin, end, recovery;
};

extern "C" const CopyRange user_copy_ranges[], user_copy_ranges_end[];

const CopyRange* find_range(u32 eip)
{
    for (const CopyRange* range = user_copy_ranges; range != user_copy_ranges_end; range++)
        if (range->begin <= eip && eip < range->end) return range;
    return nullptr;
}

}  // namespace

bool is_user_copy(u32 eip)
{
    return find_range(eip) != nullptr;
}

bool fix_up_user_copy(TrapFrame& frame)
{
    const CopyRange* range = frame.from_user() ? nullptr : find_range(frame.eip);
    if (!range) return false;
    frame.eip = range->recovery;
    return true;
}

}  // namespace faultline
