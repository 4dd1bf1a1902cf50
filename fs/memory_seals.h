// Seals of a file in memory (fcntl F_ADD_SEALS): what nobody may do to it any more. They are never taken off.
//
// Lock: the inode's.
#pragma once

#include "lib/result.h"
#include "lib/types.h"

namespace faultline {

constexpr u32 kSealSeal = 1;
constexpr u32 kSealShrink = 2;
constexpr u32 kSealGrow = 4;
constexpr u32 kSealWrite = 8;
constexpr u32 kSealFutureWrite = 16;
constexpr u32 kSealExec = 32;

class MemorySeals {
public:
    static constexpr u32 kKnown =
        kSealSeal | kSealShrink | kSealGrow | kSealWrite | kSealFutureWrite | kSealExec;

    u32 seals() const { return seals_; }
    void allow() { seals_ &= ~kSealSeal; }  // memfd_create(MFD_ALLOW_SEALING)
    Result<void> add(u32 seals)
    {
        if ((seals & ~kKnown) != 0) return Errno::Invalid;
        if ((seals_ & kSealSeal) != 0) return Errno::Perm;
        seals_ |= seals;
        return {};
    }

    bool forbids_write() const { return (seals_ & (kSealWrite | kSealFutureWrite)) != 0; }
    Result<void> check_write(u64 offset, u32 size_bytes, u64 file_size) const
    {
        if (forbids_write()) return Errno::Perm;
        return check_grow(offset + size_bytes, file_size);
    }
    Result<void> check_resize(u64 size_bytes, u64 file_size) const
    {
        if ((seals_ & kSealShrink) != 0 && size_bytes < file_size) return Errno::Perm;
        return check_grow(size_bytes, file_size);
    }

private:
    Result<void> check_grow(u64 end, u64 file_size) const
    {
        const bool grows = (seals_ & kSealGrow) != 0 && end > file_size;
        return grows ? Result<void>{Errno::Perm} : Result<void>{};
    }

    u32 seals_ = kSealSeal;
};

}  // namespace faultline
