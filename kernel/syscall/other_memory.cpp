// process_vm_readv, process_vm_writev: many pieces of this process and of another one.
#include "kernel/other_memory.h"

#include "kernel/syscall/table.h"
#include "kernel/task.h"

namespace faultline {

namespace {

constexpr u32 kMostPieces = 1024;

// A walk over an array of pieces: what is left of the present one.
class Pieces {
public:
    Pieces(UserPtr<const Iovec> vectors, u32 count) : vectors_{vectors}, count_{count} {}

    // A piece that is not empty; false at the end.
    Result<bool> settle()
    {
        while (left_ == 0) {
            if (next_ == count_) return false;
            const Iovec piece = TRY(vectors_.at(next_++).read());
            at_ = UserAddr{piece.start};
            left_ = piece.size_bytes;
        }
        return true;
    }
    UserAddr at() const { return at_; }
    u32 left() const { return left_; }
    void take(u32 size)
    {
        at_ = at_ + size;
        left_ -= size;
    }

private:
    UserPtr<const Iovec> vectors_;
    u32 count_, next_ = 0, left_ = 0;
    UserAddr at_;
};

enum class Direction : u8 { Read, Write };

Result<u32> copy_all(AddressSpace& space, Pieces& own, Pieces& other, Direction direction)
{
    u32 done = 0;
    for (;;) {
        if (!TRY(own.settle()) || !TRY(other.settle())) return done;
        const u32 size = min(own.left(), other.left());
        IoBuffer buffer = IoBuffer::user(own.at(), size);
        const auto moved = direction == Direction::Read ? read_space(space, other.at(), buffer)
                                                        : write_space(space, other.at(), buffer, Right::Own);
        if (!moved.ok()) return done != 0 ? Result<u32>{done} : moved;
        done += moved.value();
        if (moved.value() < size) return done;
        own.take(size);
        other.take(size);
    }
}

Result<Ref<AddressSpace>> space_of(Task& self, i32 pid)
{
    SpinGuard guard{process_lock};
    Task* task = find_task_locked(static_cast<u32>(pid));
    if (!task) return Errno::NoProcess;
    if (!may_trace(self, task->process())) return Errno::Perm;
    Ref<AddressSpace> space = task->process().space_;
    if (!space) return Errno::NoProcess;
    return space;
}

Result<u32> move_between(Task& self, i32 pid, Pieces own, Pieces other, u32 flags, Direction direction)
{
    if (flags != 0) return Errno::Invalid;
    const Ref<AddressSpace> space = TRY(space_of(self, pid));
    return copy_all(*space, own, other, direction);
}

}  // namespace

Result<u32> sys_process_vm_readv(Task& self, i32 pid, UserPtr<const Iovec> own, u32 own_count,
                                 UserPtr<const Iovec> other, u32 other_count, u32 flags)
{
    if (own_count > kMostPieces || other_count > kMostPieces) return Errno::Invalid;
    return move_between(self, pid, {own, own_count}, {other, other_count}, flags, Direction::Read);
}

Result<u32> sys_process_vm_writev(Task& self, i32 pid, UserPtr<const Iovec> own, u32 own_count,
                                  UserPtr<const Iovec> other, u32 other_count, u32 flags)
{
    if (own_count > kMostPieces || other_count > kMostPieces) return Errno::Invalid;
    return move_between(self, pid, {own, own_count}, {other, other_count}, flags, Direction::Write);
}

}  // namespace faultline
