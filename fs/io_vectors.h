// A run of bytes in several pieces of the program's memory, or in one buffer: what readv, sendmsg and their kin move.
// Each piece is looked up when it is come to, so the program may change the list meanwhile; a total is never exceeded.
#pragma once

#include "mm/user_access.h"

namespace faultline {

class IoVectors {
public:
    explicit IoVectors(const IoBuffer& only) : current_{only}, left_{only.remaining()} {}
    // `total`: the sum of the sizes, which the caller has checked.
    IoVectors(UserAddr vectors, u32 count, u32 total)
        : current_{IoBuffer::user(UserAddr{}, 0)}, vectors_{vectors}, count_{count}, left_{total}
    {
    }

    u32 remaining() const { return left_; }
    // size_bytes <= remaining().
    Result<void> get(void* to, u32 size_bytes)
    {
        return each_piece(
            size_bytes, [&](u32 done, u32 size) { return current_.get(static_cast<u8*>(to) + done, size); });
    }
    Result<void> put(const void* from, u32 size_bytes)
    {
        return each_piece(size_bytes, [&](u32 done, u32 size) {
            return current_.put(static_cast<const u8*>(from) + done, size);
        });
    }

private:
    struct Vector {
        u32 start, size_bytes;
    };

    Result<void> next()
    {
        if (count_ == 0) return Errno::Fault;
        Vector vector;
        TRY(copy_from_user(&vector, vectors_, sizeof vector));
        vectors_ = vectors_ + static_cast<u32>(sizeof vector);
        count_--;
        current_ = IoBuffer::user(UserAddr{vector.start}, vector.size_bytes);
        return {};
    }

    template <class Move> Result<void> each_piece(u32 size_bytes, Move move_bytes)
    {
        for (u32 done = 0; done < size_bytes;) {
            while (current_.remaining() == 0)
                TRY(next());
            const u32 size = min(size_bytes - done, current_.remaining());
            TRY(move_bytes(done, size));
            done += size;
            left_ -= size;
        }
        return {};
    }

    IoBuffer current_;
    UserAddr vectors_;
    u32 count_ = 0;
    u32 left_;
};

}  // namespace faultline
