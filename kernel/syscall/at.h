// What the system calls on names share: AT_* flags, and from (descriptor, path) to a place.
#pragma once

#include "kernel/syscall/path_text.h"
#include "kernel/task.h"

namespace faultline {

constexpr Descriptor kHere{kCurrentDirectory};
constexpr u32 kAtNoFollow = 0x100, kAtRemoveDirectory = 0x200, kAtEffectiveAccess = 0x200, kAtFollow = 0x400,
              kAtNoAutomount = 0x800, kAtEmptyPath = 0x1000, kAtStatxSyncMask = 0x6000;
constexpr u32 kPermissionBits = 07777;

Walk walk_of(u32 at_flags);
Result<Place> find_place(Task& self, Descriptor directory, UserString path, Walk walk);
Result<Place> place_of_open_file(Task& self, Descriptor fd);  // Invalid: it has no name (a pipe)
// The same for calls that look into the file or change it: not through O_PATH (BadDescriptor).
Result<Place> place_to_change(Task& self, Descriptor fd);

// The permission bits of `mode` without those that the umask takes.
u32 masked(Task& self, u32 mode);

}  // namespace faultline
