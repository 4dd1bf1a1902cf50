// Who may do what to names and attributes: the rules that opening and the other operations on names share.
#pragma once

#include "fs/path.h"

namespace faultline {

constexpr Permission kChangeNames = Permission::Write | Permission::Execute;

Result<void> check_may_add(const ParentAndName& at, const Credentials& who);
// In a sticky directory only the owner of the file or of the directory takes a name away.
Result<void> check_may_remove(const Inode& directory, const Inode& target, const Credentials& who);
Result<void> check_is_owner(const Inode& inode, const Credentials& who);

// What a new file in that directory starts with: owner, and the group that a set-group directory hands down.
NewInode new_inode(const Inode& directory, const Credentials& who, u32 mode, DeviceNumber special = {});

// The bits that make a program set-id: the group's only where the group may execute, else it means something else.
u32 set_id_bits(u32 mode);

}  // namespace faultline
