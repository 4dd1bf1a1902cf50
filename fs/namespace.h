// The operations on names: what open, mkdir, link, unlink, rename and their kin do. Permissions, read-only mounts,
// sticky directories and Linux's order of errors are decided here; the file system's inodes only change names.
#pragma once

#include "fs/file.h"
#include "fs/path.h"

namespace faultline {

// `mode`: permission bits for a file that is created, umask applied.
Result<Ref<File>> open_file(const PathContext& context, StringView path, u32 flags, u32 mode);

// Opens a place that was resolved already (exec does, for reading).
Result<Ref<File>> open_place(const PathContext& context, const Place& place, u32 flags);

Result<void> make_directory(const PathContext& context, StringView path, u32 mode);
// `mode` with type: regular, fifo, character or block device (devices: root only), socket.
Result<void> make_node(const PathContext& context, StringView path, u32 mode, DeviceNumber special);
Result<void> make_symbolic_link(StringView target, const PathContext& context, StringView path);
// `walk`: Walk::NoFollow as link(2), Walk::Follow as linkat(AT_SYMLINK_FOLLOW).
Result<void> make_link(const PathContext& from, StringView path, Walk walk, const PathContext& to,
                       StringView new_path);
Result<void> remove_file(const PathContext& context, StringView path);
Result<void> remove_directory(const PathContext& context, StringView path);

constexpr u32 kRenameNoReplace = 1, kRenameExchange = 2;  // other flags, and both: Errno::Invalid
Result<void> rename(const PathContext& from, StringView path, const PathContext& to, StringView new_path,
                    u32 flags);

// On a place or an open file's place.
Result<void> truncate(const Place& place, const Credentials& who,
                      u64 size_bytes);  // checks Permission::Write
Result<void> change_mode(const Place& place, const Credentials& who, u32 permissions);
Result<void> change_owner(const Place& place, const Credentials& who, Optional<u32> uid, Optional<u32> gid);
// utimensat: a time that is not given stays. `both_now`: who may write may do it, else owner or root only.
Result<void> change_times(const Place& place, const Credentials& who, Optional<FileTime> accessed,
                          Optional<FileTime> modified, bool both_now);
// Before the contents of a file change: who is not root takes the set-id bits of a program away.
Result<void> drop_set_id(Inode& inode, const Credentials& who);
// access(2): real ids go into `who`.
Result<void> check_access(const Place& place, const Credentials& who, Permission wanted);

}  // namespace faultline
