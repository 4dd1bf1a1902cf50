#include "kernel/pid_table.h"

#include "core/assert.h"
#include "lib/bits.h"

namespace faultline {

u32 PidTable::next_free(u32 from) const
{
    for (u32 at = from; at < kPidLimit; at = (at | 31) + 1) {
        const u32 free = ~taken_[at / 32] >> (at % 32);
        if (free != 0) return at + lowest_bit(free);
    }
    return kPidLimit;
}

u32 PidTable::next_taken(u32 from) const
{
    for (u32 at = from; at < kPidLimit; at = (at | 31) + 1) {
        const u32 taken = taken_[at / 32] >> (at % 32);
        if (taken != 0) return at + lowest_bit(taken);
    }
    return kPidLimit;
}

Result<u32> PidTable::allocate()
{
    u32 number = next_free(last_ + 1);
    if (number == kPidLimit) number = next_free(1);
    if (number == kPidLimit) return Errno::Again;
    taken_[number / 32] |= 1u << number % 32;
    last_ = number;
    return number;
}

void PidTable::release(u32 number)
{
    taken_[number / 32] &= ~(1u << number % 32);
}

void PidTable::insert(PidEntry& entry, u32 number)
{
    PidEntry*& bucket = buckets_[number % kBuckets];
    entry.number_ = number;
    entry.next_in_bucket_ = bucket;
    bucket = &entry;
}

void PidTable::remove(PidEntry& entry)
{
    bool others = false;
    PidEntry** link = &buckets_[entry.number_ % kBuckets];
    while (*link) {
        if (*link == &entry) {
            *link = entry.next_in_bucket_;
            continue;
        }
        others |= (*link)->number_ == entry.number_;
        link = &(*link)->next_in_bucket_;
    }
    if (!others) release(entry.number_);
}

PidEntry* PidTable::find(u32 number, PidKind kind) const
{
    for (PidEntry* entry = buckets_[number % kBuckets]; entry; entry = entry->next_in_bucket_)
        if (entry->number_ == number && entry->kind_ == kind) return entry;
    return nullptr;
}

}  // namespace faultline
