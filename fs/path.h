// Places and paths: from a path to (mount, entry), over mounts and symbolic links, with the permission to walk.
#pragma once

#include "fs/credentials.h"
#include "fs/entry.h"
#include "fs/mount.h"
#include "lib/ref.h"
#include "lib/result.h"

namespace faultline {

// A file by one of its names, seen through one mount. Never empty but when default made.
struct Place {
    Ref<Mount> mount;
    Ref<Entry> entry;

    Inode& inode() const { return entry->inode(); }
    explicit operator bool() const { return entry.get() != nullptr; }
    bool operator==(const Place& other) const
    {
        return mount.get() == other.mount.get() && entry.get() == other.entry.get();
    }
};

// Where a path starts and who walks. For the ...at calls `start` is the directory behind the descriptor.
struct PathContext {
    const Place& root;
    const Place& start;  // the working directory
    const Credentials& credentials;
    u32 restrictions = 0;  // openat2's RESOLVE_*
};

constexpr u32 kResolveNoMounts = 1;      // CrossDevice: no mount is crossed
constexpr u32 kResolveNoMagicLinks = 2;  // Loop: nor one of /proc's links that lead to a place
constexpr u32 kResolveNoLinks = 4;       // Loop: nor any symbolic link
constexpr u32 kResolveBeneath = 8;       // CrossDevice: the walk never leaves the tree under `start`
constexpr u32 kResolveInRoot = 16;       // `root` is `start`; /proc's links would leave it
constexpr u32 kResolveCached = 32;       // Again: unless nothing would have to wait

// What the last component may be. They combine.
enum class Walk : u32 {
    Follow = 0,        // a symbolic link at the end is followed
    NoFollow = 1,      // ... is the result itself
    Directory = 2,     // the result must be a directory (Errno::NotDirectory)
    EmptyIsStart = 4,  // AT_EMPTY_PATH: "" is `start` itself, of whatever type
};

constexpr Walk operator|(Walk a, Walk b)
{
    return static_cast<Walk>(static_cast<u32>(a) | static_cast<u32>(b));
}
constexpr bool has(Walk flags, Walk one)
{
    return (static_cast<u32>(flags) & static_cast<u32>(one)) != 0;
}

constexpr u32 kMaxLinksFollowed = 40;

// The existing file that `path` names. May sleep. Errno::NoEntry, NotDirectory, Access, Loop, NameTooLong.
Result<Place> resolve(const PathContext& context, StringView path, Walk walk);

// The directory in which the last component of `path` lives, and that component (which may not exist).
struct ParentAndName {
    Place directory;
    StringView name;              // a part of the path that was given; empty for "/"
    u32 hash = 0;                 // of the name
    bool trailing_slash = false;  // "a/": only a directory will do
    enum class Kind : u8 { Normal, Dot, DotDot, Root } kind = Kind::Normal;

    HashedName hashed_name() const { return {name, hash}; }
};
// No symbolic link at the end is followed.
Result<ParentAndName> resolve_parent(const PathContext& context, StringView path);

// The absolute path of `place` as seen from `root`, into `buffer` (no terminator). Errno::Range if it does not fit.
// Beyond root's tree: "(unreachable)" stands in front. A removed file: " (deleted)" behind.
Result<StringView> path_of(const Place& place, const Place& root, Span<char> buffer);

// A path by which the inode was reached, seen from the root of everything, with a NUL; "" if none is remembered.
void path_of_inode(const Inode& inode, Span<char> path);

}  // namespace faultline
