// Inode: one file of any kind, whatever its names; the interface that every file system implements.
//
// Attributes live in this base class, so that permission checks and stat need no virtual call. Single words may be
// read without a lock; whoever changes attributes, contents' size or (for directories) names holds `lock()`.
// Lock order: ancestor directories first, then by address (fs/namespace.cpp does all locking for the name operations;
// implementations of create, link, ... find their directory locked and take no inode's lock themselves).
// A PageSource never takes an inode's lock.
#pragma once

#include "core/sleep_lock.h"
#include "fs/credentials.h"
#include "fs/file_like.h"
#include "lib/optional.h"
#include "lib/span.h"

namespace faultline {

class Entry;
class FileSystem;
class Inode;
struct Place;

constexpr u32 kModeTypeMask = 0170000;
constexpr u32 kModeSocket = 0140000;
constexpr u32 kModeSymbolicLink = 0120000;
constexpr u32 kModeRegular = 0100000;
constexpr u32 kModeBlockDevice = 0060000;
constexpr u32 kModeDirectory = 0040000;
constexpr u32 kModeCharacterDevice = 0020000;
constexpr u32 kModeFifo = 0010000;
constexpr u32 kModeSetUser = 04000;
constexpr u32 kModeSetGroup = 02000;
constexpr u32 kModeSticky = 01000;

// The value that getdents64 shows as d_type: the type bits of the mode, shifted.
constexpr u8 directory_type_of(u32 mode)
{
    return static_cast<u8>((mode & kModeTypeMask) >> 12);
}

// A device number in the kernel: Linux's "new" 32-bit encoding (12 bits major, 20 bits minor), as stat64 shows it.
class DeviceNumber {
public:
    constexpr DeviceNumber() = default;
    constexpr DeviceNumber(u32 major, u32 minor)
        : value_((minor & 0xff) | ((major & 0xfff) << 8) | ((minor & ~0xffu) << 12))
    {
    }
    static constexpr DeviceNumber from_encoded(u32 value)
    {
        DeviceNumber number;
        number.value_ = value;
        return number;
    }
    constexpr u32 encoded() const { return value_; }
    constexpr u32 major() const { return (value_ >> 8) & 0xfff; }
    constexpr u32 minor() const { return (value_ & 0xff) | ((value_ >> 12) & 0xfff00); }
    constexpr bool operator==(DeviceNumber other) const { return value_ == other.value_; }

private:
    u32 value_ = 0;
};

struct FileTime {
    i64 seconds = 0;
    u32 nanoseconds = 0;
};

constexpr u32 kMaxName = 255;   // bytes of one name
constexpr u32 kMaxPath = 4096;  // bytes of a path with its terminator, as Linux's PATH_MAX

FileTime current_file_time();  // wall clock

// What stat shows.
struct Attributes {
    DeviceNumber device;   // of the file system
    DeviceNumber special;  // of a device node
    u64 inode_number;
    u32 mode, link_count, uid, gid;
    u64 size;
    u32 block_size;  // preferred unit of I/O
    u64 blocks;      // 512 bytes each
    FileTime accessed, modified, changed;
};

// chmod, chown, utimes: what is given is changed. `changed` time is always set to now.
struct AttributeChange {
    Optional<u32> permissions;  // low 12 bits of the mode
    Optional<u32> uid, gid;
    Optional<FileTime> accessed, modified;
};

// What a new file starts with. `mode` has its type; umask is already applied.
struct NewInode {
    u32 mode;
    u32 uid, gid;
    DeviceNumber special;
};

// Takes directory entries one by one. Whoever wants them derives from it.
struct DirectorySink {
    // False stops the walk: the entry is not consumed. `next_position`: where a later walk goes on after this entry.
    bool (*take)(DirectorySink& self, StringView name, u64 inode_number, u8 type, u64 next_position);
};

class Inode : public FileLike {
public:
    FileSystem& file_system() const { return file_system_; }
    SleepLock& lock() { return lock_; }

    u64 number() const { return number_; }
    u32 mode() const { return mode_; }
    u32 uid() const { return uid_; }
    u32 gid() const { return gid_; }
    u32 link_count() const { return link_count_; }
    DeviceNumber special_device() const { return special_; }
    bool is_directory() const { return (mode_ & kModeTypeMask) == kModeDirectory; }
    bool is_regular() const { return (mode_ & kModeTypeMask) == kModeRegular; }
    bool is_symbolic_link() const { return (mode_ & kModeTypeMask) == kModeSymbolicLink; }
    bool is_device() const;  // character or block
    bool everyone_may_search() const { return (mode_ & 0111) == 0111; }
    bool is_fifo() const { return (mode_ & kModeTypeMask) == kModeFifo; }

    void attributes(Attributes& out) const override;

    // Open for writing, so many times; or running as a program, so many times: TextBusy says which cannot be now.
    Result<void> begin_writing() { return count_use(1); }
    void end_writing() { uses_.fetch_sub(1); }
    Result<void> begin_running() { return count_use(-1); }
    void end_running() { uses_.fetch_add(1); }

    bool is_linkable() const { return linkable_; }  // without a name, and may get one
    void set_linkable() { linkable_ = true; }       // before anybody else knows it

    // Errno::Access unless the mode grants all of `wanted` (root passes, but executes only what someone may execute).
    Result<void> check_permission(const Credentials& who, Permission wanted) const;

    // ---- Directories. lock() held. Names are checked: not empty, no slash, at most kMaxName; . and .. never arrive
    //      at lookup or a change (the path walk knows parents itself).
    virtual Result<Ref<Inode>> lookup(StringView name);  // Errno::NoEntry
    virtual Result<Ref<Inode>> create(StringView name,
                                      const NewInode& wanted);  // any type but directory, symbolic link
    virtual Result<Ref<Inode>> create_nameless(const NewInode& wanted);  // O_TMPFILE; Errno::NotSupported
    virtual Result<Ref<Inode>> make_directory(StringView name, const NewInode& wanted);
    virtual Result<Ref<Inode>> make_symbolic_link(StringView name, StringView target, const NewInode& wanted);
    virtual Result<void> link(StringView name, Inode& target);
    virtual Result<void> unlink(StringView name, Inode& target);            // target: what lookup(name) is
    virtual Result<void> remove_directory(StringView name, Inode& target);  // Errno::NotEmpty
    // Moves `moved` from here to `to_directory`, replacing `replaced` if there is one (empty, if a directory).
    virtual Result<void> rename(StringView name, Inode& moved, Inode& to_directory, StringView to_name,
                                Inode* replaced);

    // The two names, one here and one in `other_directory` (maybe the same), lead to each other's inodes. Invalid.
    virtual Result<void> exchange(StringView name, Inode& inode, Inode& other_directory,
                                  StringView other_name, Inode& other);

    // Gives entries from `position` (0: the start) on, "." and ".." among them. lock() held. Returns the new position.
    virtual Result<u64> read_directory(u64 position, DirectorySink& sink);

    // ---- Symbolic links: the target's bytes; returns how many (cut to the span). May sleep.
    virtual Result<u32> read_link(Span<char> target);

    // ---- lock() held.
    virtual Result<void> truncate(u64 size_bytes);
    // Finds room on the disk for bytes [start, end), zeroes where there was none; the file grows to `end`. NotSupported.
    virtual Result<void> allocate(u64 start, u64 end);
    virtual Result<void> change_attributes(const AttributeChange& change);
    // Bytes [start, end) become a hole, which reads as zeroes; the size stays. NotSupported.
    virtual Result<void> punch(u64 start, u64 end);

    // Writes what is dirty, data first, and waits. Takes what locks it needs.
    Result<void> sync() override;

    // The directory was read through this file: time of access. Others see to that themselves.
    virtual void note_read(const File&) {}

    // What open() gives a File: the inode itself, or what its device number names. May sleep. `flags`: fs/namespace.h.
    virtual Result<Ref<FileLike>> open(u32 flags);

    // Links of /proc (exe, cwd, root, fd/N) lead to a place, whatever its name: true, and `out` is it; without a mount
    // where it is nobody's but the link's. False for others.
    virtual Result<bool> link_place(Place& out);

    // May the name cache forget this inode without any I/O? (Asked under memory pressure.)
    virtual bool is_clean() const { return true; }
    // May the name cache keep (name -> this inode, or no inode)? False where names come and go by themselves (/proc).
    virtual bool names_are_stable() const { return true; }

    bool seekable() const override { return is_regular() || is_directory(); }
    u64 size_bytes() const override { return size_; }

protected:
    friend class NameCache;
    Inode(FileSystem& file_system, u64 number) : file_system_{file_system}, number_{number} {}
    ~Inode() = default;
    Result<void> count_use(i32 one);

    FileSystem& file_system_;  // outlives its inodes: unmounting fails while one is in use
    SleepLock lock_{LockRank::Inode};
    u64 number_;
    u32 mode_ = 0, link_count_ = 0, uid_ = 0, gid_ = 0;
    DeviceNumber special_;
    u64 size_ = 0;
    u64 blocks_ = 0;  // 512 bytes each
    FileTime accessed_, modified_, changed_;
    Atomic<i32> uses_;             // above 0: open for writing; below: running
    bool linkable_ = false;        // guarded by lock_
    Entry* name_entry_ = nullptr;  // one of its names in the cache; guarded by the name cache's lock
};

}  // namespace faultline
