// Locks on files: flock, and fcntl's record locks in their 32- and 64-bit forms, a process's or an open-file description's.
#include "kernel/syscall/lock.h"

#include "fs/file_locks.h"
#include "kernel/syscall/descriptor.h"
#include "kernel/syscall/table.h"

namespace faultline {

namespace {

enum Command : u32 {
    kGetLock32 = 5,
    kSetLock32 = 6,
    kSetLockWait32 = 7,
    kGetLock64 = 12,
    kSetLock64 = 13,
    kSetLockWait64 = 14,
    kGetDescriptionLock = 36,
    kSetDescriptionLock = 37,
    kSetDescriptionLockWait = 38,
};
constexpr i16 kReadLock = 0, kWriteLock = 1, kUnlock = 2;  // F_RDLCK, ...

enum class Verb : u8 { Get, Set, SetWait };

struct Order {
    LockKind kind;
    Verb verb;
};

Result<Order> order_of(u32 command)
{
    switch (command) {
    case kGetLock32:
    case kGetLock64:
        return Order{LockKind::Posix, Verb::Get};
    case kSetLock32:
    case kSetLock64:
        return Order{LockKind::Posix, Verb::Set};
    case kSetLockWait32:
    case kSetLockWait64:
        return Order{LockKind::Posix, Verb::SetWait};
    case kGetDescriptionLock:
        return Order{LockKind::Description, Verb::Get};
    case kSetDescriptionLock:
        return Order{LockKind::Description, Verb::Set};
    case kSetDescriptionLockWait:
        return Order{LockKind::Description, Verb::SetWait};
    default:
        return Errno::Invalid;
    }
}

Result<LockType> lock_type(i16 type)
{
    switch (type) {
    case kReadLock:
        return LockType::Shared;
    case kWriteLock:
        return LockType::Exclusive;
    case kUnlock:
        return LockType::None;
    default:
        return Errno::Invalid;
    }
}

Result<i64> base_of(File& file, i16 whence)
{
    switch (whence) {
    case 0:
        return i64{0};
    case 1:
        return file.seekable() ? static_cast<i64>(TRY(file.seek(0, Seek::Current))) : i64{0};
    case 2: {
        Attributes attributes;
        file.attributes(attributes);
        return static_cast<i64>(attributes.size);
    }
    default:
        return Errno::Invalid;
    }
}

// The bytes that start and length mean: a negative length reaches back from the start, none to the end of all files.
Result<void> find_range(File& file, const Flock64& given, FileLock& out)
{
    const i64 base = TRY(base_of(file, given.whence));
    i64 start, end;
    if (__builtin_add_overflow(base, given.start, &start)) return Errno::Overflow;
    if (start < 0) return Errno::Invalid;
    out.first = static_cast<u64>(start);
    out.last = kLockToEnd;
    if (given.length == 0) return {};
    if (__builtin_add_overflow(start, given.length, &end)) {
        // The last byte that there can be is one more than an i64's sum can say.
        if (given.length < 0 || static_cast<u64>(start) + static_cast<u64>(given.length) - 1 > kLockToEnd)
            return Errno::Overflow;
        return {};
    }
    if (end < 0) return Errno::Invalid;
    out.first = static_cast<u64>(min(start, end));
    out.last = static_cast<u64>(max(start, end)) - 1;
    return {};
}

Result<FileLock> wanted_lock(Task& self, const Ref<File>& file, LockKind kind, const Flock64& given)
{
    if (kind == LockKind::Description && given.pid != 0) return Errno::Invalid;
    FileLock wanted;
    wanted.kind = kind;
    wanted.pid = self.process().pid();
    if (kind == LockKind::Posix)
        wanted.owner = self.process().files.get();
    else
        wanted.owner = file.get();
    TRY(find_range(*file, given, wanted));
    wanted.type = TRY(lock_type(given.type));
    return wanted;
}

Result<void> get_lock(File& file, const FileLock& wanted, Flock64& answer)
{
    if (wanted.type == LockType::None && wanted.kind == LockKind::Posix) return Errno::Invalid;
    const Optional<FileLock> found = find_lock_conflict(file, wanted);
    if (!found) {
        answer.type = kUnlock;
        return {};
    }
    answer.type = found->type == LockType::Shared ? kReadLock : kWriteLock;
    answer.whence = 0;
    answer.start = static_cast<i64>(found->first);
    answer.length = found->last == kLockToEnd ? 0 : static_cast<i64>(found->last - found->first + 1);
    answer.pid = found->kind == LockKind::Description ? -1 : static_cast<i32>(found->pid);
    return {};
}

Result<void> change_lock(Task& self, Descriptor fd, const Ref<File>& file, const FileLock& wanted, Verb verb)
{
    if (wanted.type == LockType::Shared && !file->readable()) return Errno::BadDescriptor;
    if (wanted.type == LockType::Exclusive && !file->writable()) return Errno::BadDescriptor;
    FileTable& files = *self.process().files;
    if (wanted.kind == LockKind::Posix)
        files.note_record_locks();
    else
        file->holds_locks = true;
    const Result<void> set =
        set_lock(*file, wanted, verb == Verb::SetWait ? OnConflict::Sleep : OnConflict::Fail);
    if (!set.ok()) return set.error() == Errno::Intr ? Errno::RestartSys : set.error();
    if (wanted.kind != LockKind::Posix || wanted.type == LockType::None) return {};
    // Another thread may have closed the descriptor meanwhile, and found nothing to take away yet.
    const Result<Ref<File>> still = files.find(fd.number);
    if (still.ok() && still.value() == file) return {};
    release_locks(*file, LockKind::Posix, &files);
    return Errno::BadDescriptor;
}

// Carries out one command on `given`, which holds the answer of a question afterwards.
Result<void> carry_out(Task& self, Descriptor fd, const Ref<File>& file, u32 command, Flock64& given)
{
    const Order order = TRY(order_of(command));
    const FileLock wanted = TRY(wanted_lock(self, file, order.kind, given));
    return order.verb == Verb::Get ? get_lock(*file, wanted, given)
                                   : change_lock(self, fd, file, wanted, order.verb);
}

}  // namespace

bool is_lock_command(u32 command)
{
    return order_of(command).ok();
}

namespace {

bool asks(u32 command)
{
    return command == kGetLock32 || command == kGetLock64 || command == kGetDescriptionLock;
}

Result<Flock64> read_narrow(UserAddr from)
{
    const Flock32 narrow = TRY(UserPtr<Flock32>{from}.read());
    return Flock64{narrow.type, narrow.whence, narrow.start, narrow.length, narrow.pid};
}

Result<void> write_narrow(UserAddr to, const Flock64& wide)
{
    if (wide.start > 0x7fffffff || wide.length > 0x7fffffff) return Errno::Overflow;
    return UserPtr<Flock32>{to}.write(
        {wide.type, wide.whence, static_cast<i32>(wide.start), static_cast<i32>(wide.length), wide.pid});
}

}  // namespace

Result<void> fcntl_lock(Task& self, Descriptor fd, const Ref<File>& file, u32 command, UserAddr argument)
{
    const bool is_narrow = command >= kGetLock32 && command <= kSetLockWait32;
    Flock64 given = TRY(is_narrow ? read_narrow(argument) : UserPtr<Flock64>{argument}.read());
    TRY(carry_out(self, fd, file, command, given));
    if (!asks(command)) return {};
    return is_narrow ? write_narrow(argument, given) : UserPtr<Flock64>{argument}.write(given);
}

Result<void> sys_flock(Task& self, Descriptor fd, u32 operation)
{
    constexpr u32 kShared = 1, kExclusive = 2, kNoWait = 4, kRelease = 8;
    const Ref<File> file = TRY(file_of(self, fd));
    FileLock wanted{file.get(), self.process().pid(), LockKind::Whole, LockType::None, 0, kLockToEnd};
    switch (operation & ~kNoWait) {
    case kShared:
        wanted.type = LockType::Shared;
        break;
    case kExclusive:
        wanted.type = LockType::Exclusive;
        break;
    case kRelease:
        break;
    default:
        return Errno::Invalid;
    }
    if (file->is_path_only()) return Errno::BadDescriptor;
    file->holds_locks = true;
    const bool waits = (operation & kNoWait) == 0;
    const Result<void> set = set_lock(*file, wanted, waits ? OnConflict::Sleep : OnConflict::Fail);
    return !set.ok() && set.error() == Errno::Intr ? Result<void>{Errno::RestartSys} : set;
}

}  // namespace faultline
