// System calls that ask for or change what a file's inode says: rights, owners, size, times.
#include "arch/clock.h"
#include "fs/namespace.h"
#include "kernel/syscall/at.h"
#include "kernel/syscall/ids.h"
#include "kernel/syscall/table.h"
#include "kernel/syscall/time_values.h"

namespace faultline {

// ---- Changing attributes ----

Result<void> sys_fchmodat2(Task& self, Descriptor directory, UserString path, u32 mode, u32 flags)
{
    if ((flags & ~(kAtNoFollow | kAtEmptyPath)) != 0) return Errno::Invalid;
    const Place place = TRY(find_place(self, directory, path, walk_of(flags)));
    if (place.inode().is_symbolic_link()) return Errno::NotSupported;  // links have no mode of their own
    return change_mode(place, self.process().credentials, mode & kPermissionBits);
}

Result<void> sys_fchmodat(Task& self, Descriptor directory, UserString path, u32 mode)
{
    const Place place = TRY(find_place(self, directory, path, Walk::Follow));
    return change_mode(place, self.process().credentials, mode & kPermissionBits);
}

Result<void> sys_chmod(Task& self, UserString path, u32 mode)
{
    return sys_fchmodat(self, kHere, path, mode);
}

Result<void> sys_fchmod(Task& self, Descriptor fd, u32 mode)
{
    const Place place = TRY(place_to_change(self, fd));
    return change_mode(place, self.process().credentials, mode & kPermissionBits);
}

namespace {

Optional<u32> id_if_given(u32 id)
{
    return id == kNoId ? Optional<u32>{} : Optional<u32>{id};
}

Result<void> change_owner_of(Task& self, const Place& place, u32 uid, u32 gid)
{
    return change_owner(place, self.process().credentials, id_if_given(uid), id_if_given(gid));
}

}  // namespace

Result<void> sys_fchownat(Task& self, Descriptor directory, UserString path, u32 uid, u32 gid, u32 flags)
{
    if ((flags & ~(kAtNoFollow | kAtEmptyPath)) != 0) return Errno::Invalid;
    const Place place = TRY(find_place(self, directory, path, walk_of(flags)));
    return change_owner_of(self, place, uid, gid);
}

Result<void> sys_chown32(Task& self, UserString path, u32 uid, u32 gid)
{
    return sys_fchownat(self, kHere, path, uid, gid, 0);
}

Result<void> sys_lchown32(Task& self, UserString path, u32 uid, u32 gid)
{
    return sys_fchownat(self, kHere, path, uid, gid, kAtNoFollow);
}

Result<void> sys_fchown32(Task& self, Descriptor fd, u32 uid, u32 gid)
{
    const Place place = TRY(place_to_change(self, fd));
    return change_owner_of(self, place, uid, gid);
}

Result<void> sys_chown(Task& self, UserString path, u32 uid, u32 gid)
{
    return sys_chown32(self, path, widen_id(uid), widen_id(gid));
}

Result<void> sys_lchown(Task& self, UserString path, u32 uid, u32 gid)
{
    return sys_lchown32(self, path, widen_id(uid), widen_id(gid));
}

Result<void> sys_fchown(Task& self, Descriptor fd, u32 uid, u32 gid)
{
    return sys_fchown32(self, fd, widen_id(uid), widen_id(gid));
}

namespace {

Result<void> truncate_name(Task& self, UserString path, u64 size_bytes)
{
    const Place place = TRY(find_place(self, kHere, path, Walk::Follow));
    if (static_cast<i64>(size_bytes) < 0) return Errno::Invalid;
    return truncate(place, self.process().credentials, size_bytes);
}

}  // namespace

Result<void> sys_truncate(Task& self, UserString path, i32 size_bytes)
{
    return truncate_name(self, path, static_cast<u64>(static_cast<i64>(size_bytes)));
}

Result<void> sys_truncate64(Task& self, UserString path, u64 size_bytes)
{
    return truncate_name(self, path, size_bytes);
}

Result<void> sys_faccessat2(Task& self, Descriptor directory, UserString path, u32 mode, u32 flags)
{
    if (mode > 7 || (flags & ~(kAtEffectiveAccess | kAtNoFollow | kAtEmptyPath)) != 0) return Errno::Invalid;
    Process& process = self.process();
    Credentials who = process.credentials;
    if ((flags & kAtEffectiveAccess) == 0) {
        who.file_uid = process.uids.real;
        who.file_gid = process.gids.real;
    }
    Name name{process};
    TRY(name.read(directory, path));
    const Place place = TRY(resolve(name.context_as(who), name.path(), walk_of(flags)));
    return check_access(place, who, static_cast<Permission>(mode));
}

Result<void> sys_faccessat(Task& self, Descriptor directory, UserString path, u32 mode)
{
    return sys_faccessat2(self, directory, path, mode, 0);
}

Result<void> sys_access(Task& self, UserString path, u32 mode)
{
    return sys_faccessat(self, kHere, path, mode);
}

// ---- Times ----

namespace {

constexpr u32 kTimeNow = 0x3fffffff, kTimeOmit = 0x3ffffffe;  // UTIME_NOW, UTIME_OMIT

struct NewTimes {
    Optional<FileTime> accessed, modified;
    bool both_now = false;
};

NewTimes now_for_both()
{
    const FileTime now = current_file_time();
    return {now, now, true};
}

Result<Optional<FileTime>> new_time(i64 seconds, u32 nanoseconds)
{
    if (nanoseconds == kTimeOmit) return Optional<FileTime>{};
    if (nanoseconds == kTimeNow) return Optional<FileTime>{current_file_time()};
    if (nanoseconds >= kNsPerSecond) return Errno::Invalid;
    return Optional<FileTime>{FileTime{seconds, nanoseconds}};
}

template <class T> Result<NewTimes> read_times(UserPtr<const T> times)
{
    if (times.is_null()) return now_for_both();
    const T accessed = TRY(times.read()), modified = TRY(times.at(1).read());
    NewTimes wanted;
    wanted.accessed = TRY(new_time(accessed.seconds, static_cast<u32>(accessed.nanoseconds)));
    wanted.modified = TRY(new_time(modified.seconds, static_cast<u32>(modified.nanoseconds)));
    wanted.both_now = static_cast<u32>(accessed.nanoseconds) == kTimeNow &&
                      static_cast<u32>(modified.nanoseconds) == kTimeNow;
    return wanted;
}

Result<void> set_times(Task& self, const Place& place, const NewTimes& times)
{
    return change_times(place, self.process().credentials, times.accessed, times.modified, times.both_now);
}

// utimensat without a path means the descriptor itself (futimens).
Result<Place> place_for_times(Task& self, Descriptor directory, UserString path, u32 flags)
{
    if ((flags & ~(kAtNoFollow | kAtEmptyPath)) != 0) return Errno::Invalid;
    if (path.is_null() && directory.number != kCurrentDirectory) {
        if (flags != 0) return Errno::Invalid;
        return place_to_change(self, directory);
    }
    return find_place(self, directory, path, walk_of(flags));
}

template <class T>
Result<void> set_times_at(Task& self, Descriptor directory, UserString path, UserPtr<const T> times,
                          u32 flags)
{
    const NewTimes wanted = TRY(read_times(times));
    if (!wanted.accessed && !wanted.modified) return {};  // nothing to do: the file is not even looked for
    const Place place = TRY(place_for_times(self, directory, path, flags));
    return set_times(self, place, wanted);
}

}  // namespace

Result<void> sys_utimensat(Task& self, Descriptor directory, UserString path, UserPtr<const Timespec32> times,
                           u32 flags)
{
    return set_times_at(self, directory, path, times, flags);
}

Result<void> sys_utimensat_time64(Task& self, Descriptor directory, UserString path,
                                  UserPtr<const Timespec64> times, u32 flags)
{
    return set_times_at(self, directory, path, times, flags);
}

Result<void> sys_futimesat(Task& self, Descriptor directory, UserString path, UserPtr<const Timeval32> times)
{
    NewTimes wanted = now_for_both();
    if (times) {
        const Timeval32 accessed = TRY(times.read()), modified = TRY(times.at(1).read());
        if (static_cast<u32>(accessed.microseconds) >= 1'000'000) return Errno::Invalid;
        if (static_cast<u32>(modified.microseconds) >= 1'000'000) return Errno::Invalid;
        wanted = {FileTime{accessed.seconds, static_cast<u32>(accessed.microseconds) * 1000},
                  FileTime{modified.seconds, static_cast<u32>(modified.microseconds) * 1000}, false};
    }
    return set_times(self, TRY(place_for_times(self, directory, path, 0)), wanted);
}

Result<void> sys_utimes(Task& self, UserString path, UserPtr<const Timeval32> times)
{
    return sys_futimesat(self, kHere, path, times);
}

Result<void> sys_utime(Task& self, UserString path, UserPtr<const Utimbuf> times)
{
    NewTimes wanted = now_for_both();
    if (times) {
        const Utimbuf given = TRY(times.read());
        wanted = {FileTime{given.accessed, 0}, FileTime{given.modified, 0}, false};
    }
    const Place place = TRY(find_place(self, kHere, path, Walk::Follow));
    return set_times(self, place, wanted);
}

}  // namespace faultline
