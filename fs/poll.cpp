#include "fs/poll.h"

#include "mm/heap.h"

namespace faultline {

Observer* PollTable::next_observer()
{
    const u32 index = used_++;
    if (index < kInline) return &inline_[index];
    const u32 in_block = (index - kInline) % kPerBlock;
    if (in_block == 0) {
        const Result<Block*> block = make<Block>();
        if (!block.ok()) {
            used_--;
            return nullptr;
        }
        block.value()->next = blocks_;
        blocks_ = block.value();
    }
    return &blocks_->observers[in_block];
}

void PollTable::watch(WaitQueue& queue, SpinLock& held)
{
    if (target_) return target_->watch(queue, held);
    Observer* observer = next_observer();
    if (observer)
        observer->attach(group_, queue, held);
    else
        out_of_memory_ = true;
}

void PollTable::clear()
{
    for (u32 i = 0; i < kInline && i < used_; i++)
        inline_[i].detach();
    while (Block* block = blocks_) {
        blocks_ = block->next;
        destroy(block);  // observers detach as they go
    }
    used_ = 0;
    out_of_memory_ = false;
    group_.rearm();
}

Result<void> PollTable::wait(u64 deadline_ns)
{
    if (out_of_memory_) return Errno::NoMemory;
    return group_.wait_until(deadline_ns, Wait::Interruptible);
}

}  // namespace faultline
