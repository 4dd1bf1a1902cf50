// Who asks: the ids that decide what a process may do to a file. Owned by the process (kernel/), lent to a call.
#pragma once

#include "lib/types.h"

namespace faultline {

struct Credentials {
    static constexpr u32 kMaxGroups = 32;

    u32 uid = 0;  // effective
    u32 gid = 0;
    u32 file_uid = 0;  // who it is to files: the effective ones, unless setfsuid said otherwise
    u32 file_gid = 0;
    u32 group_count = 0;
    u32 groups[kMaxGroups] = {};

    bool is_root() const { return uid == 0; }
    bool overrides_files() const { return file_uid == 0; }  // root's rights over files
    bool in_group(u32 group) const;                         // to files
};

// The three rights of a mode, as the bits of one octal digit; they combine.
enum class Permission : u32 { None = 0, Execute = 1, Write = 2, Read = 4 };

constexpr Permission operator|(Permission a, Permission b)
{
    return static_cast<Permission>(static_cast<u32>(a) | static_cast<u32>(b));
}

}  // namespace faultline
