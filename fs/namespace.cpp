#include "fs/namespace.h"

#include "fs/name_rules.h"

namespace faultline {

namespace {

// Makes the moves of directories between parents one at a time, so that "is an ancestor of" holds while it is used.
SleepLock rename_lock{LockRank::Rename};

using Kind = ParentAndName::Kind;

// ---- Making names ----

// Makes the name at `at` by make(directory inode): lock, look, check, make, tell the cache.
template <class Make> Result<void> add_name(const ParentAndName& at, const Credentials& who, Make make_inode)
{
    Inode& directory = at.directory.inode();
    TRY(directory.check_permission(who, Permission::Execute));
    SleepGuard guard{directory.lock()};
    const Ref<Entry> entry = TRY(name_cache().lookup_locked(*at.directory.entry, at.hashed_name()));
    if (entry->find_inode()) return Errno::Exists;
    TRY(check_may_add(at, who));
    name_cache().created(*entry, TRY(make_inode(directory)));
    return {};
}

Result<ParentAndName> new_name(const PathContext& context, StringView path)
{
    ParentAndName at = TRY(resolve_parent(context, path));
    if (at.kind != Kind::Normal) return Errno::Exists;
    return at;
}

// The same for what is no directory: "a/" can only be an error.
Result<ParentAndName> new_file_name(const PathContext& context, StringView path)
{
    ParentAndName at = TRY(new_name(context, path));
    if (!at.trailing_slash) return at;
    const Ref<Entry> entry = TRY(name_cache().lookup(*at.directory.entry, at.hashed_name()));
    return entry->find_inode() ? Errno::Exists : Errno::NoEntry;
}

// ---- Moving names ----

// Locks up to four inodes in the given order, each once; unlocks at its end. An empty slot is left out.
class InodeLocks {
public:
    InodeLocks() = default;
    ~InodeLocks() NO_THREAD_SAFETY_ANALYSIS
    {
        while (count_ > 0)
            locked_[--count_]->lock().unlock();
    }
    InodeLocks(const InodeLocks&) = delete;
    InodeLocks& operator=(const InodeLocks&) = delete;
    void lock(Inode* inode) NO_THREAD_SAFETY_ANALYSIS
    {
        if (!inode) return;
        for (u32 i = 0; i < count_; i++)
            if (locked_[i] == inode) return;
        inode->lock().lock();
        locked_[count_++] = inode;
    }
    void lock_by_address(Inode* a, Inode* b)
    {
        lock(a < b ? a : b);
        lock(a < b ? b : a);
    }

private:
    Inode* locked_[4] = {};
    u32 count_ = 0;
};

void lock_directories(InodeLocks& locks, const Place& a, const Place& b)
{
    if (name_cache().is_ancestor(*a.entry, *b.entry)) {
        locks.lock(&a.inode());
        locks.lock(&b.inode());
    } else if (name_cache().is_ancestor(*b.entry, *a.entry)) {
        locks.lock(&b.inode());
        locks.lock(&a.inode());
    } else {
        locks.lock_by_address(&a.inode(), &b.inode());
    }
}

Result<void> check_may_replace(const Inode& directory, const Entry& moved, const Entry& target,
                               const Credentials& who)
{
    TRY(check_may_remove(directory, target.inode(), who));
    if (moved.inode().is_directory() && !target.inode().is_directory()) return Errno::NotDirectory;
    if (!moved.inode().is_directory() && target.inode().is_directory()) return Errno::IsDirectory;
    return target.is_mount_point() ? Result<void>{Errno::Busy} : Result<void>{};
}

// A directory that goes to another parent changes in its "..".
Result<void> check_moves(const ParentAndName& from, const ParentAndName& to, const Inode& moved,
                         const Credentials& who)
{
    const bool changes_parent = from.directory.entry.get() != to.directory.entry.get();
    return moved.is_directory() && changes_parent ? moved.check_permission(who, Permission::Write)
                                                  : Result<void>{};
}

// Both directories are locked.
Result<void> check_rename(const ParentAndName& from, const ParentAndName& to, Entry& moved, Entry& target,
                          const Credentials& who, u32 flags)
{
    if (!moved.find_inode()) return Errno::NoEntry;
    const bool wants_directory = from.trailing_slash || to.trailing_slash;
    if (wants_directory && !moved.inode().is_directory()) return Errno::NotDirectory;
    if (target.find_inode() && (flags & kRenameNoReplace) != 0) return Errno::Exists;
    if (name_cache().is_ancestor(moved, *to.directory.entry)) return Errno::Invalid;
    if (name_cache().is_ancestor(target, *from.directory.entry)) return Errno::NotEmpty;
    TRY(check_may_remove(from.directory.inode(), moved.inode(), who));
    if (moved.is_mount_point()) return Errno::Busy;
    if (target.find_inode())
        TRY(check_may_replace(to.directory.inode(), moved, target, who));
    else
        TRY(to.directory.inode().check_permission(who, kChangeNames));
    return check_moves(from, to, moved.inode(), who);
}

// Both directories are locked.
Result<void> check_exchange(const ParentAndName& from, const ParentAndName& to, Entry& one, Entry& other,
                            const Credentials& who)
{
    if (!one.find_inode() || !other.find_inode()) return Errno::NoEntry;
    if (from.trailing_slash && !one.inode().is_directory()) return Errno::NotDirectory;
    if (to.trailing_slash && !other.inode().is_directory()) return Errno::NotDirectory;
    if (name_cache().is_ancestor(one, *to.directory.entry)) return Errno::Invalid;
    if (name_cache().is_ancestor(other, *from.directory.entry)) return Errno::Invalid;
    TRY(check_may_remove(from.directory.inode(), one.inode(), who));
    TRY(check_may_remove(to.directory.inode(), other.inode(), who));
    if (one.is_mount_point() || other.is_mount_point()) return Errno::Busy;
    TRY(check_moves(from, to, one.inode(), who));
    return check_moves(from, to, other.inode(), who);
}

// What a rename counts until its locks are gone: the last count of a replaced file frees its blocks.
struct RenameParts {
    Ref<Entry> moved, target;
    Ref<Inode> inode, replaced;
};

Result<void> rename_locked(const ParentAndName& from, const ParentAndName& to, const Credentials& who,
                           u32 flags, RenameParts& parts, InodeLocks& locks)
{
    parts.moved = TRY(name_cache().lookup_locked(*from.directory.entry, from.hashed_name()));
    parts.target = TRY(name_cache().lookup_locked(*to.directory.entry, to.hashed_name()));
    const bool exchanges = (flags & kRenameExchange) != 0;
    TRY(exchanges ? check_exchange(from, to, *parts.moved, *parts.target, who)
                  : check_rename(from, to, *parts.moved, *parts.target, who, flags));
    parts.inode = Ref<Inode>::share(parts.moved->find_inode());
    parts.replaced = Ref<Inode>::share(parts.target->find_inode());
    if (parts.inode == parts.replaced) return {};  // two names of one file: POSIX wants nothing done
    locks.lock_by_address(parts.inode.get(), parts.replaced.get());
    Inode& to_directory = to.directory.inode();
    if (exchanges) {
        TRY(from.directory.inode().exchange(from.name, *parts.inode, to_directory, to.name, *parts.replaced));
        name_cache().exchanged(*parts.moved, *parts.target);
        return {};
    }
    TRY(from.directory.inode().rename(from.name, *parts.inode, to_directory, to.name, parts.replaced.get()));
    name_cache().renamed(*parts.moved, *to.directory.entry, *parts.target);
    return {};
}

// Who may change attributes.
Result<void> check_owner(const Place& place, const Credentials& who)
{
    return place.mount->read_only() ? Result<void>{Errno::ReadOnly} : check_is_owner(place.inode(), who);
}

}  // namespace

Result<void> make_directory(const PathContext& context, StringView path, u32 mode)
{
    const ParentAndName at = TRY(new_name(context, path));
    return add_name(at, context.credentials, [&](Inode& directory) {
        return directory.make_directory(
            at.name, new_inode(directory, context.credentials, kModeDirectory | (mode & 01777)));
    });
}

Result<void> make_node(const PathContext& context, StringView path, u32 mode, DeviceNumber special)
{
    const u32 type = mode & kModeTypeMask;
    if (type == 0) mode |= kModeRegular;
    if (type == kModeDirectory) return Errno::Perm;
    const bool is_device = type == kModeCharacterDevice || type == kModeBlockDevice;
    if (is_device && !context.credentials.overrides_files()) return Errno::Perm;
    if (type != 0 && type != kModeRegular && type != kModeFifo && type != kModeSocket && !is_device)
        return Errno::Invalid;
    const ParentAndName at = TRY(new_file_name(context, path));
    return add_name(at, context.credentials, [&](Inode& directory) {
        return directory.create(
            at.name, new_inode(directory, context.credentials, mode, is_device ? special : DeviceNumber{}));
    });
}

Result<void> make_symbolic_link(StringView target, const PathContext& context, StringView path)
{
    if (target.empty()) return Errno::NoEntry;
    if (target.size() >= kMaxPath) return Errno::NameTooLong;
    const ParentAndName at = TRY(new_file_name(context, path));
    return add_name(at, context.credentials, [&](Inode& directory) {
        return directory.make_symbolic_link(
            at.name, target, new_inode(directory, context.credentials, kModeSymbolicLink | 0777));
    });
}

Result<void> make_link(const PathContext& from, StringView path, Walk walk, const PathContext& to,
                       StringView new_path)
{
    const Place old = TRY(resolve(from, path, walk));
    const ParentAndName at = TRY(new_file_name(to, new_path));
    if (old.mount.get() != at.directory.mount.get()) return Errno::CrossDevice;
    if (old.inode().is_directory()) return Errno::Perm;
    return add_name(at, to.credentials, [&](Inode& directory) -> Result<Ref<Inode>> {
        Ref<Inode> inode = Ref<Inode>::share(&old.inode());
        SleepGuard guard{inode->lock()};
        if (inode->link_count() == 0 && !inode->is_linkable()) return Errno::NoEntry;
        TRY(directory.link(at.name, *inode));
        return inode;
    });
}

Result<void> remove_file(const PathContext& context, StringView path)
{
    const ParentAndName at = TRY(resolve_parent(context, path));
    if (at.kind != Kind::Normal) return Errno::IsDirectory;
    Inode& directory = at.directory.inode();
    TRY(directory.check_permission(context.credentials, Permission::Execute));
    Ref<Inode> target;  // goes after the locks: the last count of a file frees its blocks
    SleepGuard guard{directory.lock()};
    const Ref<Entry> entry = TRY(name_cache().lookup_locked(*at.directory.entry, at.hashed_name()));
    target = Ref<Inode>::share(entry->find_inode());
    if (!target) return Errno::NoEntry;
    if (at.directory.mount->read_only()) return Errno::ReadOnly;
    TRY(check_may_remove(directory, *target, context.credentials));
    if (target->is_directory()) return Errno::IsDirectory;
    if (at.trailing_slash) return Errno::NotDirectory;
    if (entry->is_mount_point()) return Errno::Busy;
    SleepGuard target_guard{target->lock()};
    TRY(directory.unlink(at.name, *target));
    name_cache().removed(*entry);
    return {};
}

Result<void> remove_directory(const PathContext& context, StringView path)
{
    const ParentAndName at = TRY(resolve_parent(context, path));
    if (at.kind == Kind::Root) return Errno::Busy;
    if (at.kind == Kind::Dot) return Errno::Invalid;
    if (at.kind == Kind::DotDot) return Errno::NotEmpty;
    Inode& directory = at.directory.inode();
    TRY(directory.check_permission(context.credentials, Permission::Execute));
    Ref<Inode> target;
    SleepGuard guard{directory.lock()};
    const Ref<Entry> entry = TRY(name_cache().lookup_locked(*at.directory.entry, at.hashed_name()));
    target = Ref<Inode>::share(entry->find_inode());
    if (!target) return Errno::NoEntry;
    if (at.directory.mount->read_only()) return Errno::ReadOnly;
    TRY(check_may_remove(directory, *target, context.credentials));
    if (!target->is_directory()) return Errno::NotDirectory;
    if (entry->is_mount_point()) return Errno::Busy;
    SleepGuard target_guard{target->lock()};
    TRY(directory.remove_directory(at.name, *target));
    name_cache().removed(*entry);
    return {};
}

Result<void> rename(const PathContext& from_context, StringView path, const PathContext& to_context,
                    StringView new_path, u32 flags)
{
    if (flags != 0 && flags != kRenameNoReplace && flags != kRenameExchange) return Errno::Invalid;
    const ParentAndName from = TRY(resolve_parent(from_context, path));
    const ParentAndName to = TRY(resolve_parent(to_context, new_path));
    if (from.directory.mount.get() != to.directory.mount.get()) return Errno::CrossDevice;
    if (from.kind != Kind::Normal) return Errno::Busy;
    if (to.kind != Kind::Normal) return (flags & kRenameNoReplace) != 0 ? Errno::Exists : Errno::Busy;
    if (from.directory.mount->read_only()) return Errno::ReadOnly;
    const Credentials& who = from_context.credentials;
    TRY(from.directory.inode().check_permission(who, Permission::Execute));
    TRY(to.directory.inode().check_permission(who, Permission::Execute));

    RenameParts parts;
    if (from.directory == to.directory) {
        InodeLocks locks;
        locks.lock(&from.directory.inode());
        return rename_locked(from, to, who, flags, parts, locks);
    }
    SleepGuard guard{rename_lock};
    InodeLocks locks;
    lock_directories(locks, from.directory, to.directory);
    return rename_locked(from, to, who, flags, parts, locks);
}

Result<void> truncate(const Place& place, const Credentials& who, u64 size_bytes)
{
    Inode& inode = place.inode();
    if (inode.is_directory()) return Errno::IsDirectory;
    if (!inode.is_regular()) return Errno::Invalid;
    if (place.mount->read_only()) return Errno::ReadOnly;
    TRY(inode.check_permission(who, Permission::Write));
    TRY(inode.begin_writing());
    Result<void> done = drop_set_id(inode, who);
    if (done.ok()) {
        SleepGuard guard{inode.lock()};
        done = inode.truncate(size_bytes);
    }
    inode.end_writing();
    return done;
}

Result<void> change_mode(const Place& place, const Credentials& who, u32 permissions)
{
    TRY(check_owner(place, who));
    Inode& inode = place.inode();
    SleepGuard guard{inode.lock()};
    AttributeChange change;
    permissions &= 07777;
    if (!who.overrides_files() && !who.in_group(inode.gid())) permissions &= ~kModeSetGroup;
    change.permissions = permissions;
    return inode.change_attributes(change);
}

Result<void> change_owner(const Place& place, const Credentials& who, Optional<u32> uid, Optional<u32> gid)
{
    if (place.mount->read_only()) return Errno::ReadOnly;
    Inode& inode = place.inode();
    SleepGuard guard{inode.lock()};
    const bool owns = who.file_uid == inode.uid();
    const bool uid_allowed = !uid || who.overrides_files() || (owns && uid.value() == inode.uid());
    const bool gid_allowed = !gid || who.overrides_files() || (owns && who.in_group(gid.value()));
    if (!uid_allowed || !gid_allowed) return Errno::Perm;
    AttributeChange change;
    change.uid = uid;
    change.gid = gid;
    // A program that was set-id must not keep that for its new owner.
    const u32 dropped = set_id_bits(inode.mode());
    if (!inode.is_directory() && dropped != 0) change.permissions = inode.mode() & 07777 & ~dropped;
    return inode.change_attributes(change);
}

Result<void> change_times(const Place& place, const Credentials& who, Optional<FileTime> accessed,
                          Optional<FileTime> modified, bool both_now)
{
    Inode& inode = place.inode();
    const Result<void> owner = check_owner(place, who);
    if (!owner.ok()) {
        if (owner.error() == Errno::ReadOnly || !both_now) return owner;
        TRY(inode.check_permission(who, Permission::Write));
    }
    SleepGuard guard{inode.lock()};
    AttributeChange change;
    change.accessed = accessed;
    change.modified = modified;
    return inode.change_attributes(change);
}

Result<void> check_access(const Place& place, const Credentials& who, Permission wanted)
{
    const Inode& inode = place.inode();
    const bool writes = (static_cast<u32>(wanted) & static_cast<u32>(Permission::Write)) != 0;
    const bool stored_here = inode.is_regular() || inode.is_directory() || inode.is_symbolic_link();
    if (writes && stored_here && place.mount->read_only()) return Errno::ReadOnly;
    const bool executes = (static_cast<u32>(wanted) & static_cast<u32>(Permission::Execute)) != 0;
    if (executes && inode.is_regular() && (place.mount->flags() & kMountNoExec) != 0) return Errno::Access;
    return inode.check_permission(who, wanted);
}

}  // namespace faultline
