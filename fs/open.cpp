// Opening files: by a name that exists or is to be made, without a name (O_TMPFILE), and again through /proc/PID/fd.
#include "fs/name_rules.h"
#include "fs/namespace.h"
#include "fs/with_reclaim.h"
#include "lib/format.h"
#include "mm/heap.h"

namespace faultline {

namespace {

constexpr u32 kNotKept = kOpenCreate | kOpenExclusive | kOpenNoTerminal | kOpenTruncate | kOpenCloseOnExec;
constexpr u32 kMaxDanglingLinks = 8;
// What O_TMPFILE has besides O_DIRECTORY, which old kernels saw.
constexpr u32 kOpenTemporaryBit = kOpenTemporary & ~kOpenDirectory;

using Kind = ParentAndName::Kind;

Permission permission_for(u32 flags)
{
    switch (flags & kOpenAccessMask) {
    case kOpenRead:
        return (flags & kOpenTruncate) != 0 ? Permission::Read | Permission::Write : Permission::Read;
    case kOpenWrite:
        return Permission::Write;
    default:
        return Permission::Read | Permission::Write;
    }
}

Result<void> check_may_open(const PathContext& context, const Place& place, u32 flags)
{
    const Inode& inode = place.inode();
    const Permission wanted = permission_for(flags);
    const bool writes = wanted != Permission::Read;
    if (inode.is_symbolic_link()) return Errno::Loop;
    if (inode.is_directory()) {
        if (writes || (flags & kOpenCreate) != 0) return Errno::IsDirectory;
    } else if ((flags & kOpenDirectory) != 0) {
        return Errno::NotDirectory;
    }
    if (inode.is_device() && (place.mount->flags() & kMountNoDevices) != 0) return Errno::Access;
    if (writes && inode.is_regular() && place.mount->read_only()) return Errno::ReadOnly;
    TRY(inode.check_permission(context.credentials, wanted));
    return (flags & kOpenNoAccessTime) != 0 ? check_is_owner(inode, context.credentials) : Result<void>{};
}

Result<Ref<File>> unattached_file(u32 flags)
{
    return File::create(nullptr, Place{}, flags & ~kNotKept);
}

// `file` is made beforehand: where there is no memory for it, nothing was created or cut.
Result<Ref<File>> open_checked(Ref<File> file, const Place& place, u32 flags)
{
    Inode& inode = place.inode();
    file->attach(place);
    if ((flags & kOpenPath) != 0) {
        file->attach(Ref<FileLike>::share(&inode));
        return file;
    }
    if ((flags & kOpenAccessMask) != kOpenRead && inode.is_regular()) TRY(file->hold_for_writing());
    file->attach(TRY(inode.open(flags)));
    return file;
}

Result<void> cut(const Place& place, const Credentials& who)
{
    Inode& inode = place.inode();
    TRY(inode.begin_writing());
    Result<void> done = drop_set_id(inode, who);
    if (done.ok()) {
        SleepGuard guard{inode.lock()};
        done = inode.truncate(0);
    }
    inode.end_writing();
    return done;
}

Result<Ref<File>> create_or_open(const PathContext& context, StringView path, u32 flags, u32 mode,
                                 u32 links_followed);

// The last name is a symbolic link and may be followed. Where it dangles, its target is what is to be created.
Result<Ref<File>> create_through_link(const PathContext& context, const ParentAndName& at, Entry& link,
                                      u32 flags, u32 mode, u32 links_followed)
{
    // Who must stay beneath where the whole path began could not be kept there from beside the link.
    if ((context.restrictions & (kResolveNoLinks | kResolveBeneath)) != 0)
        return (context.restrictions & kResolveNoLinks) != 0 ? Errno::Loop : Errno::CrossDevice;
    const PathContext beside{context.root, at.directory, context.credentials, context.restrictions};
    Result<Place> target = resolve(beside, at.name, Walk::Follow);
    if (target.ok()) return open_place(context, target.value(), flags);
    if (target.error() != Errno::NoEntry) return target.error();
    if (links_followed == kMaxDanglingLinks) return Errno::Loop;

    char* const text = static_cast<char*>(TRY(with_reclaim([] { return heap_allocate(kMaxPath); })));
    const Result<u32> length = link.inode().read_link(Span<char>{text, kMaxPath});
    Result<Ref<File>> file = length.ok() ? create_or_open(beside, StringView{text, length.value()}, flags,
                                                          mode, links_followed + 1)
                                         : Result<Ref<File>>{length.error()};
    heap_free(text);
    return file;
}

// Creates the file unless somebody was faster; `created` says which.
Result<Ref<Entry>> create_entry(const ParentAndName& at, const HashedName& name, const Credentials& who,
                                u32 mode, bool& created)
{
    Inode& directory = at.directory.inode();
    SleepGuard guard{directory.lock()};
    Ref<Entry> entry = TRY(name_cache().lookup_locked(*at.directory.entry, name));
    created = entry->find_inode() == nullptr;
    if (!created) return entry;
    TRY(check_may_add(at, who));
    const NewInode wanted = new_inode(directory, who, kModeRegular | (mode & 07777));
    name_cache().created(*entry, TRY(directory.create(at.name, wanted)));
    return entry;
}

Result<Ref<File>> create_or_open(const PathContext& context, StringView path, u32 flags, u32 mode,
                                 u32 links_followed)
{
    const ParentAndName at = TRY(resolve_parent(context, path));
    if (at.kind != Kind::Normal || at.trailing_slash) return Errno::IsDirectory;
    TRY(at.directory.inode().check_permission(context.credentials, Permission::Execute));

    const HashedName name = at.hashed_name();
    Ref<Entry> entry = name_cache().find(*at.directory.entry, name);
    if (!entry || !entry->find_inode()) {
        bool created = false;
        Ref<File> file = TRY(unattached_file(flags));
        entry = TRY(create_entry(at, name, context.credentials, mode, created));
        if (created)
            return open_checked(move(file), Place{at.directory.mount, move(entry)}, flags & ~kOpenTruncate);
    }
    if ((flags & kOpenExclusive) != 0) return Errno::Exists;
    if (entry->is_mount_point())
        return open_place(context, TRY(resolve(context, path, Walk::NoFollow)), flags);
    if (entry->inode().is_symbolic_link() && (flags & kOpenNoFollow) == 0)
        return create_through_link(context, at, *entry, flags, mode, links_followed);
    return open_place(context, Place{at.directory.mount, entry}, flags);
}

// A file without a name in the directory's file system; it may get one by link, unless it is "exclusive".
Result<Ref<File>> open_temporary(const PathContext& context, StringView path, u32 flags, u32 mode)
{
    if ((flags & kOpenDirectory) == 0 || (flags & kOpenCreate) != 0) return Errno::Invalid;
    if ((flags & kOpenAccessMask) == kOpenRead) return Errno::Invalid;
    const Place place = TRY(resolve(context, path, Walk::Directory));
    Inode& directory = place.inode();
    TRY(directory.check_permission(context.credentials, kChangeNames));
    if (place.mount->read_only()) return Errno::ReadOnly;
    Ref<File> file = TRY(unattached_file(flags));
    const NewInode wanted = new_inode(directory, context.credentials, kModeRegular | (mode & 07777));
    Ref<Inode> inode;
    {
        SleepGuard guard{directory.lock()};
        inode = TRY(directory.create_nameless(wanted));
    }
    if ((flags & kOpenExclusive) == 0) inode->set_linkable();
    char name[24];
    format(name, "#%llu", inode->number());
    Ref<Entry> entry = TRY(name_cache().create_nameless(*place.entry, name, move(inode)));
    return open_checked(move(file), Place{place.mount, move(entry)},
                        flags & ~(kOpenTruncate | kOpenTemporaryBit));
}

}  // namespace

Result<Ref<File>> open_file(const PathContext& context, StringView path, u32 flags, u32 mode)
{
    if ((flags & kOpenPath) == 0) {
        if ((flags & kOpenTemporaryBit) != 0) return open_temporary(context, path, flags, mode);
        if ((flags & (kOpenCreate | kOpenDirectory)) == (kOpenCreate | kOpenDirectory)) return Errno::Invalid;
        if ((flags & kOpenCreate) != 0) return create_or_open(context, path, flags, mode, 0);
    }
    Walk walk = (flags & kOpenNoFollow) != 0 ? Walk::NoFollow : Walk::Follow;
    if ((flags & kOpenDirectory) != 0) walk = walk | Walk::Directory;
    return open_place(context, TRY(resolve(context, path, walk)), flags);
}

Result<Ref<File>> open_place(const PathContext& context, const Place& place, u32 flags)
{
    if ((flags & kOpenPath) != 0)
        flags &= kOpenPath | kOpenDirectory | kOpenNoFollow;  // the rest means nothing
    Ref<File> file = TRY(unattached_file(flags));
    if ((flags & kOpenPath) != 0) return open_checked(move(file), place, flags);
    TRY(check_may_open(context, place, flags));
    if ((flags & kOpenTruncate) != 0 && place.inode().is_regular()) TRY(cut(place, context.credentials));
    return open_checked(move(file), place, flags);
}

}  // namespace faultline
