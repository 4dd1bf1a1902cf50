// What the file systems stand on, for the host: frames and heap from malloc, a disk in a file, no user memory.
#pragma once

#include "dev/block.h"
#include "lib/types.h"

namespace faultline {

class FileDisk final : public BlockDevice {
public:
    FileDisk(int descriptor, u64 size_bytes, bool read_only)
        : BlockDevice{size_bytes / 512, read_only}, descriptor_{descriptor}
    {
    }
    Result<void> flush() override { return {}; }

    u32 requests = 0;
    u64 sectors_written = 0;

private:
    Result<void> do_transfer(IoDirection direction, u64 sector, Span<const IoSegment> segments) override;

    int descriptor_;
};

// The n-th allocation from now on fails, once. 0: none.
void fail_allocation(u32 n);
u32 frames_in_use();
void evict_clean_pages();  // as memory pressure would
extern bool quiet_log;
extern bool slow_copies;  // writers are interrupted in the middle of each copy

}  // namespace faultline
