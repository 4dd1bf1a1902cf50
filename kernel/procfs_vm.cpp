// /proc/sys/vm: what may be promised to programs, and when their dirty pages go to the disk. Writing a number sets it at once.
#include "fs/writer.h"
#include "kernel/procfs.h"
#include "mm/address_space.h"
#include "mm/commit.h"

namespace faultline {

namespace {

// Digits, and a newline as echo writes it.
Result<u32> number_in(StringView text)
{
    constexpr u32 kMost = 1'000'000;
    u32 value = 0;
    usize at = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9' && value < kMost; at++)
        value = value * 10 + static_cast<u32>(text[at] - '0');
    const bool ends = at == text.size() || (at + 1 == text.size() && text[at] == '\n');
    return at > 0 && ends ? Result<u32>{value} : Errno::Invalid;
}

Result<void> write_overcommit(TextBuffer& out)
{
    out.print("%u\n", static_cast<u32>(commit_state().policy));
    return {};
}

Result<void> accept_overcommit(StringView text)
{
    return set_overcommit(TRY(number_in(text)));
}

Result<void> write_overcommit_ratio(TextBuffer& out)
{
    out.print("%u\n", commit_state().ratio_percent);
    return {};
}

Result<void> accept_overcommit_ratio(StringView text)
{
    return set_overcommit_ratio(TRY(number_in(text)));
}

Result<void> write_dirty_expire(TextBuffer& out)
{
    out.print("%u\n", dirty_expire_centisecs());
    return {};
}

Result<void> accept_dirty_expire(StringView text)
{
    set_dirty_expire(TRY(number_in(text)));
    return {};
}

template <u32 value> Result<void> write_number(TextBuffer& out)
{
    out.print("%u\n", value);
    return {};
}

}  // namespace

const TextNode kProcSysVm[kProcSysVmNodes] = {
    {"dirty_expire_centisecs", write_dirty_expire, accept_dirty_expire},
    {"max_map_count", write_number<kMostRegions>},
    {"mmap_min_addr", write_number<kPageSize>},
    {"overcommit_memory", write_overcommit, accept_overcommit},
    {"overcommit_ratio", write_overcommit_ratio, accept_overcommit_ratio},
    {"page-cluster", write_number<0>},  // one page a swap-in
    {"swappiness",
     write_number<60>},  // Linux's own: the clock here takes pages of both kinds as it finds them
};

}  // namespace faultline
