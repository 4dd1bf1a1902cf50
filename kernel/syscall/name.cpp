// System calls on names: opening, making, removing, and asking about files by their paths.
#include "arch/clock.h"
#include "fs/namespace.h"
#include "kernel/syscall/path_text.h"
#include "kernel/syscall/table.h"
#include "kernel/syscall/time_values.h"
#include "kernel/task.h"
#include "lib/string.h"
#include "mm/heap.h"

namespace faultline {

namespace {

constexpr Descriptor kHere{kCurrentDirectory};
constexpr u32 kAtNoFollow = 0x100, kAtRemoveDirectory = 0x200, kAtFollow = 0x400, kAtNoAutomount = 0x800,
              kAtEmptyPath = 0x1000, kAtStatxSyncMask = 0x6000;
constexpr u32 kPermissionBits = 07777;
constexpr u32 kNoId = ~u32{0};  // chown: leave it

Result<Place> find_place(Task& self, Descriptor directory, UserString path, Walk walk)
{
    Name name{self.process()};
    TRY(name.read(directory, path));
    return resolve(name.context(), name.path(), walk);
}

Walk walk_of(u32 at_flags)
{
    const Walk follow = (at_flags & kAtNoFollow) != 0 ? Walk::NoFollow : Walk::Follow;
    return (at_flags & kAtEmptyPath) != 0 ? follow | Walk::EmptyIsStart : follow;
}

Result<Place> place_of_open_file(Task& self, Descriptor fd)
{
    Ref<File> file = TRY(self.process().files->find(fd.number));
    if (!file->place()) return Errno::Invalid;
    return file->place();
}

u32 masked(Task& self, u32 mode)
{
    return mode & kPermissionBits & ~self.process().umask;
}

// ---- open ----

Result<u32> open_at(Task& self, Descriptor directory, UserString path, u32 flags, u32 mode)
{
    Process& process = self.process();
    Name name{self.process()};
    TRY(name.read(directory, path));
    const u32 limit = process.limits[kLimitFiles].soft;
    if ((flags & (kOpenCreate | kOpenTruncate)) != 0) TRY(process.files->prepare(limit));
    auto opened = open_file(name.context(), name.path(), flags, masked(self, mode));
    if (!opened.ok()) return opened.error() == Errno::Intr ? Errno::RestartSys : opened.error();
    const OnExec on_exec = (flags & kOpenCloseOnExec) != 0 ? OnExec::Close : OnExec::Keep;
    return process.files->add(opened.take(), on_exec, limit);
}

}  // namespace

Result<u32> sys_open(Task& self, UserString path, u32 flags, u32 mode)
{
    return open_at(self, kHere, path, flags, mode);
}

Result<u32> sys_openat(Task& self, Descriptor directory, UserString path, u32 flags, u32 mode)
{
    return open_at(self, directory, path, flags, mode);
}

Result<u32> sys_creat(Task& self, UserString path, u32 mode)
{
    return open_at(self, kHere, path, kOpenCreate | kOpenWrite | kOpenTruncate, mode);
}

// ---- Making names ----

Result<void> sys_mkdirat(Task& self, Descriptor directory, UserString path, u32 mode)
{
    Name name{self.process()};
    TRY(name.read(directory, path));
    return make_directory(name.context(), name.path(), masked(self, mode));
}

Result<void> sys_mkdir(Task& self, UserString path, u32 mode)
{
    return sys_mkdirat(self, kHere, path, mode);
}

Result<void> sys_mknodat(Task& self, Descriptor directory, UserString path, u32 mode, u32 device)
{
    Name name{self.process()};
    TRY(name.read(directory, path));
    const u32 type = (mode & kModeTypeMask) == 0 ? kModeRegular : mode & kModeTypeMask;
    if (type == kModeDirectory) return Errno::Perm;
    return make_node(name.context(), name.path(), type | masked(self, mode),
                     DeviceNumber::from_encoded(device));
}

Result<void> sys_mknod(Task& self, UserString path, u32 mode, u32 device)
{
    return sys_mknodat(self, kHere, path, mode, device);
}

Result<void> sys_symlinkat(Task& self, UserString target, Descriptor directory, UserString path)
{
    PathText text;
    const StringView to = TRY(text.read(target));
    Name name{self.process()};
    TRY(name.read(directory, path));
    return make_symbolic_link(to, name.context(), name.path());
}

Result<void> sys_symlink(Task& self, UserString target, UserString path)
{
    return sys_symlinkat(self, target, kHere, path);
}

Result<void> sys_linkat(Task& self, Descriptor old_directory, UserString old_path, Descriptor new_directory,
                        UserString new_path, u32 flags)
{
    if ((flags & ~(kAtFollow | kAtEmptyPath)) != 0) return Errno::Invalid;
    Name from{self.process()}, to{self.process()};
    TRY(from.read(old_directory, old_path));
    TRY(to.read(new_directory, new_path));
    const Walk walk = (flags & kAtFollow) != 0 ? Walk::Follow : Walk::NoFollow;
    return make_link(from.context(), from.path(), walk, to.context(), to.path());
}

Result<void> sys_link(Task& self, UserString old_path, UserString new_path)
{
    return sys_linkat(self, kHere, old_path, kHere, new_path, 0);
}

// ---- Removing and moving ----

Result<void> sys_unlinkat(Task& self, Descriptor directory, UserString path, u32 flags)
{
    if ((flags & ~kAtRemoveDirectory) != 0) return Errno::Invalid;
    Name name{self.process()};
    TRY(name.read(directory, path));
    const bool wants_directory = (flags & kAtRemoveDirectory) != 0;
    return (wants_directory ? remove_directory : remove_file)(name.context(), name.path());
}

Result<void> sys_unlink(Task& self, UserString path)
{
    return sys_unlinkat(self, kHere, path, 0);
}

Result<void> sys_rmdir(Task& self, UserString path)
{
    return sys_unlinkat(self, kHere, path, kAtRemoveDirectory);
}

Result<void> sys_renameat2(Task& self, Descriptor old_directory, UserString old_path,
                           Descriptor new_directory, UserString new_path, u32 flags)
{
    Name from{self.process()}, to{self.process()};
    TRY(from.read(old_directory, old_path));
    TRY(to.read(new_directory, new_path));
    return rename(from.context(), from.path(), to.context(), to.path(), flags);
}

Result<void> sys_renameat(Task& self, Descriptor old_directory, UserString old_path, Descriptor new_directory,
                          UserString new_path)
{
    return sys_renameat2(self, old_directory, old_path, new_directory, new_path, 0);
}

Result<void> sys_rename(Task& self, UserString old_path, UserString new_path)
{
    return sys_renameat2(self, kHere, old_path, kHere, new_path, 0);
}

// ---- Reading links ----

Result<u32> sys_readlinkat(Task& self, Descriptor directory, UserString path, UserSpan<u8> target)
{
    if (static_cast<i32>(target.size_bytes()) <= 0) return Errno::Invalid;
    const Place place = TRY(find_place(self, directory, path, Walk::NoFollow | Walk::EmptyIsStart));
    if (!place.inode().is_symbolic_link()) return Errno::Invalid;
    char* text = static_cast<char*>(TRY(heap_allocate(kMaxPath)));
    const Result<u32> size = place.inode().read_link({text, min(target.size_bytes(), kMaxPath)});
    const Result<void> copied = size.ok() ? copy_to_user(target.start(), text, size.value()) : Result<void>{};
    heap_free(text);
    TRY(copied);
    return size;
}

Result<u32> sys_readlink(Task& self, UserString path, UserSpan<u8> target)
{
    return sys_readlinkat(self, kHere, path, target);
}

// ---- Changing attributes ----

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
    const Place place = TRY(place_of_open_file(self, fd));
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
    const Place place = TRY(place_of_open_file(self, fd));
    return change_owner_of(self, place, uid, gid);
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

Result<void> sys_faccessat(Task& self, Descriptor directory, UserString path, u32 mode)
{
    if (mode > 7) return Errno::Invalid;
    Process& process = self.process();
    Credentials real = process.credentials;
    real.uid = process.uids.real;
    real.gid = process.gids.real;
    Name name{self.process()};
    TRY(name.read(directory, path));
    const Place place = TRY(resolve(name.context_as(real), name.path(), Walk::Follow));
    return check_access(place, real, static_cast<Permission>(mode));
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
    if (path.is_null() && directory.number != kCurrentDirectory) return place_of_open_file(self, directory);
    return find_place(self, directory, path, walk_of(flags));
}

}  // namespace

Result<void> sys_utimensat(Task& self, Descriptor directory, UserString path, UserPtr<const Timespec32> times,
                           u32 flags)
{
    const NewTimes wanted = TRY(read_times(times));
    const Place place = TRY(place_for_times(self, directory, path, flags));
    return set_times(self, place, wanted);
}

Result<void> sys_utimensat_time64(Task& self, Descriptor directory, UserString path,
                                  UserPtr<const Timespec64> times, u32 flags)
{
    const NewTimes wanted = TRY(read_times(times));
    const Place place = TRY(place_for_times(self, directory, path, flags));
    return set_times(self, place, wanted);
}

Result<void> sys_utimes(Task& self, UserString path, UserPtr<const Timeval32> times)
{
    NewTimes wanted = now_for_both();
    if (times) {
        const Timeval32 accessed = TRY(times.read()), modified = TRY(times.at(1).read());
        if (static_cast<u32>(accessed.microseconds) >= 1'000'000) return Errno::Invalid;
        if (static_cast<u32>(modified.microseconds) >= 1'000'000) return Errno::Invalid;
        wanted = {FileTime{accessed.seconds, static_cast<u32>(accessed.microseconds) * 1000},
                  FileTime{modified.seconds, static_cast<u32>(modified.microseconds) * 1000}, false};
    }
    const Place place = TRY(find_place(self, kHere, path, Walk::Follow));
    return set_times(self, place, wanted);
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

// ---- stat ----

namespace {

Result<void> attributes_of_open_file(Task& self, Descriptor fd, Attributes& out)
{
    const Ref<File> file = TRY(self.process().files->find(fd.number));
    file->attributes(out);
    return {};
}

Result<void> attributes_at(Task& self, Descriptor directory, UserString path, u32 flags, Attributes& out)
{
    Name name{self.process()};
    TRY(name.read(directory, path));
    // Also a pipe's end has attributes, though no name.
    const bool is_descriptor = name.path().empty() && (flags & kAtEmptyPath) != 0;
    if (is_descriptor && directory.number != kCurrentDirectory)
        return attributes_of_open_file(self, directory, out);
    const Place place = TRY(resolve(name.context(), name.path(), walk_of(flags)));
    place.inode().attributes(out);
    return {};
}

Result<void> write_stat64(UserPtr<Stat64> to, const Attributes& a)
{
    Stat64 out;
    out.device = a.device.encoded();
    out.padding0 = out.padding1 = 0;
    out.inode_low = static_cast<u32>(a.inode_number);
    out.mode = a.mode;
    out.link_count = a.link_count;
    out.uid = a.uid;
    out.gid = a.gid;
    out.special = a.special.encoded();
    out.size = static_cast<i64>(a.size);
    out.block_size = a.block_size;
    out.blocks = a.blocks;
    out.accessed = static_cast<u32>(a.accessed.seconds);
    out.accessed_ns = a.accessed.nanoseconds;
    out.modified = static_cast<u32>(a.modified.seconds);
    out.modified_ns = a.modified.nanoseconds;
    out.changed = static_cast<u32>(a.changed.seconds);
    out.changed_ns = a.changed.nanoseconds;
    out.inode = a.inode_number;
    return to.write(out);
}

StatxTime to_statx_time(const FileTime& time)
{
    return {time.seconds, time.nanoseconds, 0};
}

Statx to_statx(const Attributes& a)
{
    Statx out{};
    out.mask = kStatxBasic;
    out.block_size = a.block_size;
    out.link_count = a.link_count;
    out.uid = a.uid;
    out.gid = a.gid;
    out.mode = static_cast<u16>(a.mode);
    out.inode = a.inode_number;
    out.size = a.size;
    out.blocks = a.blocks;
    out.accessed = to_statx_time(a.accessed);
    out.changed = to_statx_time(a.changed);
    out.modified = to_statx_time(a.modified);
    out.special_major = a.special.major();
    out.special_minor = a.special.minor();
    out.device_major = a.device.major();
    out.device_minor = a.device.minor();
    return out;
}

}  // namespace

Result<void> sys_stat64(Task& self, UserString path, UserPtr<Stat64> out)
{
    Attributes attributes;
    TRY(attributes_at(self, kHere, path, 0, attributes));
    return write_stat64(out, attributes);
}

Result<void> sys_lstat64(Task& self, UserString path, UserPtr<Stat64> out)
{
    Attributes attributes;
    TRY(attributes_at(self, kHere, path, kAtNoFollow, attributes));
    return write_stat64(out, attributes);
}

Result<void> sys_fstat64(Task& self, Descriptor fd, UserPtr<Stat64> out)
{
    Attributes attributes;
    TRY(attributes_of_open_file(self, fd, attributes));
    return write_stat64(out, attributes);
}

Result<void> sys_fstatat64(Task& self, Descriptor directory, UserString path, UserPtr<Stat64> out, u32 flags)
{
    if ((flags & ~(kAtNoFollow | kAtEmptyPath | kAtNoAutomount)) != 0) return Errno::Invalid;
    Attributes attributes;
    TRY(attributes_at(self, directory, path, flags, attributes));
    return write_stat64(out, attributes);
}

Result<void> sys_statx(Task& self, Descriptor directory, UserString path, u32 flags, u32 mask,
                       UserPtr<Statx> out)
{
    constexpr u32 kReservedMask = 0x80000000;
    if ((flags & ~(kAtNoFollow | kAtEmptyPath | kAtNoAutomount | kAtStatxSyncMask)) != 0)
        return Errno::Invalid;
    if ((mask & kReservedMask) != 0 || (flags & kAtStatxSyncMask) == kAtStatxSyncMask) return Errno::Invalid;
    Attributes attributes;
    TRY(attributes_at(self, directory, path, flags, attributes));
    return out.write(to_statx(attributes));
}

// ---- File systems ----

namespace {

Statfs64 to_statfs64(const Place& place)
{
    const FileSystemUsage usage = place.mount->file_system().usage();
    Statfs64 out{};
    out.type = usage.magic;
    out.block_size = out.fragment_size = usage.block_size;
    out.blocks = usage.blocks;
    out.free_blocks = usage.free_blocks;
    out.available_blocks = usage.available_blocks;
    out.files = usage.inodes;
    out.free_files = usage.free_inodes;
    out.id[0] = place.mount->file_system().device().encoded();
    out.name_length = usage.max_name;
    constexpr u32 kValid = 0x20;
    out.flags = kValid |
                (place.mount->flags() & (kMountReadOnly | kMountNoSetId | kMountNoDevices | kMountNoExec)) |
                (place.mount->read_only() ? kMountReadOnly : 0);
    return out;
}

u32 narrow(u64 value)
{
    return value > ~u32{0} ? ~u32{0} : static_cast<u32>(value);
}

Statfs32 to_statfs32(const Statfs64& wide)
{
    Statfs32 out{};
    out.type = wide.type;
    out.block_size = wide.block_size;
    out.blocks = narrow(wide.blocks);
    out.free_blocks = narrow(wide.free_blocks);
    out.available_blocks = narrow(wide.available_blocks);
    out.files = narrow(wide.files);
    out.free_files = narrow(wide.free_files);
    out.id[0] = wide.id[0];
    out.name_length = wide.name_length;
    out.fragment_size = wide.fragment_size;
    out.flags = wide.flags;
    return out;
}

}  // namespace

Result<void> sys_statfs(Task& self, UserString path, UserPtr<Statfs32> out)
{
    const Place place = TRY(find_place(self, kHere, path, Walk::Follow));
    return out.write(to_statfs32(to_statfs64(place)));
}

Result<void> sys_fstatfs(Task& self, Descriptor fd, UserPtr<Statfs32> out)
{
    const Place place = TRY(place_of_open_file(self, fd));
    return out.write(to_statfs32(to_statfs64(place)));
}

Result<void> sys_statfs64(Task& self, UserString path, u32 struct_size, UserPtr<Statfs64> out)
{
    if (struct_size != sizeof(Statfs64)) return Errno::Invalid;
    const Place place = TRY(find_place(self, kHere, path, Walk::Follow));
    return out.write(to_statfs64(place));
}

Result<void> sys_fstatfs64(Task& self, Descriptor fd, u32 struct_size, UserPtr<Statfs64> out)
{
    if (struct_size != sizeof(Statfs64)) return Errno::Invalid;
    const Place place = TRY(place_of_open_file(self, fd));
    return out.write(to_statfs64(place));
}

Result<void> sys_sync(Task&)
{
    static_cast<void>(sync_all().ok());  // as in Linux, errors come out of fsync
    return {};
}

Result<void> sys_mount(Task& self, UserString source, UserString target, UserString type, u32 flags,
                       UserAddr data)
{
    constexpr u32 kMagic = 0xC0ED0000, kMagicMask = 0xffff0000;
    if ((flags & kMagicMask) == kMagic) flags &= ~kMagicMask;
    PathText source_text, type_text, data_text;
    StringView source_path, type_name;
    if (!source.is_null()) source_path = TRY(source_text.read(source));
    if (!type.is_null()) type_name = TRY(type_text.read(type));
    const StringView options = data.is_null() ? StringView{""} : TRY(data_text.read(UserString{data}));
    Name name{self.process()};
    TRY(name.read(kHere, target));
    return mount(name.context(), source_path, name.path(), type_name, flags, options.data());
}

Result<void> sys_umount2(Task& self, UserString target, u32 flags)
{
    Name name{self.process()};
    TRY(name.read(kHere, target));
    return unmount(name.context(), name.path(), flags);
}

Result<void> sys_umount(Task& self, UserString target)
{
    return sys_umount2(self, target, 0);
}

// ---- The working directory ----

namespace {

enum class Which : u8 { Root, Working };

Result<void> change_place(Task& self, const Place& place, Which which)
{
    Process& process = self.process();
    if (!place.inode().is_directory()) return Errno::NotDirectory;
    TRY(place.inode().check_permission(process.credentials, Permission::Execute));
    Ref<PathPlaces> old = process.share_places();
    Ref<PathPlaces> changed = TRY(which == Which::Root ? PathPlaces::create(place, old->working())
                                                       : PathPlaces::create(old->root(), place));
    SpinGuard guard{process_lock};
    swap(process.places, changed);  // the old one goes after the lock
    return {};
}

}  // namespace

Result<void> sys_chdir(Task& self, UserString path)
{
    const Place place = TRY(find_place(self, kHere, path, Walk::Directory));
    return change_place(self, place, Which::Working);
}

Result<void> sys_fchdir(Task& self, Descriptor fd)
{
    const Place place = TRY(place_of_open_file(self, fd));
    return change_place(self, place, Which::Working);
}

Result<void> sys_chroot(Task& self, UserString path)
{
    const Place place = TRY(find_place(self, kHere, path, Walk::Directory));
    if (!self.process().credentials.is_root()) return Errno::Perm;
    return change_place(self, place, Which::Root);
}

namespace {

// The path with its NUL; `text` has room for kMaxPath.
Result<u32> copy_out_path(const PathPlaces& places, char* text, UserSpan<u8> to)
{
    const StringView whole = TRY(path_of(places.working(), places.root(), {text, kMaxPath - 1}));
    const u32 length = static_cast<u32>(whole.size());
    if (length + 1 > to.size_bytes()) return Errno::Range;
    TRY(copy_to_user(to.start(), whole.data(), length));
    TRY(clear_user(to.start() + length, 1));
    return length + 1;
}

}  // namespace

Result<u32> sys_getcwd(Task& self, UserSpan<u8> path)
{
    Ref<PathPlaces> places = self.process().share_places();
    if (places->working().entry->is_removed()) return Errno::NoEntry;
    char* text = static_cast<char*>(TRY(heap_allocate(kMaxPath)));
    const Result<u32> size = copy_out_path(*places, text, path);
    heap_free(text);
    return size;
}

u32 sys_umask(Task& self, u32 mask)
{
    const u32 old = self.process().umask;
    self.process().umask = mask & 0777;
    return old;
}

}  // namespace faultline
