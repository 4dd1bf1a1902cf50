#include "fs/name_rules.h"

#include "fs/namespace.h"

namespace faultline {

namespace {

constexpr u32 kGroupExecute = 0010;

}  // namespace

Result<void> check_may_add(const ParentAndName& at, const Credentials& who)
{
    if (at.directory.mount->read_only()) return Errno::ReadOnly;
    return at.directory.inode().check_permission(who, kChangeNames);
}

Result<void> check_may_remove(const Inode& directory, const Inode& target, const Credentials& who)
{
    TRY(directory.check_permission(who, kChangeNames));
    const bool sticky = (directory.mode() & kModeSticky) != 0;
    if (sticky && !who.overrides_files() && who.file_uid != target.uid() && who.file_uid != directory.uid())
        return Errno::Perm;
    return {};
}

Result<void> check_is_owner(const Inode& inode, const Credentials& who)
{
    return who.overrides_files() || who.file_uid == inode.uid() ? Result<void>{} : Errno::Perm;
}

NewInode new_inode(const Inode& directory, const Credentials& who, u32 mode, DeviceNumber special)
{
    NewInode wanted{mode, who.file_uid, who.file_gid, special};
    if ((directory.mode() & kModeSetGroup) == 0) return wanted;
    wanted.gid = directory.gid();
    if ((mode & kModeTypeMask) == kModeDirectory)
        wanted.mode |= kModeSetGroup;
    else if (!who.overrides_files() && !who.in_group(wanted.gid))
        wanted.mode &= ~(set_id_bits(mode) & kModeSetGroup);  // no program for a group that is not one's own
    return wanted;
}

u32 set_id_bits(u32 mode)
{
    return mode & ((mode & kGroupExecute) != 0 ? kModeSetUser | kModeSetGroup : kModeSetUser);
}

Result<void> drop_set_id(Inode& inode, const Credentials& who)
{
    const u32 dropped = set_id_bits(inode.mode());
    if (dropped == 0 || who.overrides_files()) return {};
    AttributeChange change;
    change.permissions = inode.mode() & 07777 & ~dropped;
    SleepGuard guard{inode.lock()};
    return inode.change_attributes(change);
}

}  // namespace faultline
