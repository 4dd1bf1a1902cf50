// FileSystem: one mounted instance of a kind (ext2, devfs, procfs). FileSystemType: a kind, registered by name.
#pragma once

#include "fs/inode.h"
#include "lib/result.h"

namespace faultline {

class BlockDevice;

// What statfs shows, in blocks of block_size.
struct FileSystemUsage {
    u32 magic;
    u32 block_size;
    u64 blocks, free_blocks, available_blocks;
    u64 inodes, free_inodes;
    u32 max_name;
};

class FileSystem : public RefCounted {
public:
    virtual const char* type_name() const = 0;
    virtual Result<Ref<Inode>> root() = 0;
    virtual FileSystemUsage usage() = 0;
    virtual Result<void> sync() { return {}; }  // all dirty data and metadata, and waits

    // Attributes that changed in memory go to where the page cache will write them from. For the periodic writer.
    virtual void store_dirty_inodes() {}

    // The name cache holds nothing of it any more but the root. Errno::Busy where inodes are still in use (a mapping,
    // say), and nothing changed; otherwise everything is written and the instance is dead.
    virtual Result<void> unmount() { return {}; }
    // No process runs any more: what is open is let be, what was unlinked while open is freed; writes all, marks clean.
    virtual void shut_down() {}
    virtual Result<void> remount(bool read_only);
    virtual Result<void> remount_with(bool read_only, const char* options);  // mount(2)'s data
    virtual void show_options(Span<char> text) const;                        // ",size=4k" for /proc/mounts

    bool read_only() const { return read_only_; }
    // How many mounts show it. drop_mount: that was the last.
    void add_mount() { mounts_.fetch_add(1); }
    bool drop_mount() { return mounts_.fetch_sub(1) == 1; }
    u32 mount_count() const { return mounts_.load(); }
    DeviceNumber device() const { return device_; }  // st_dev of its files

    virtual void last_ref_dropped() = 0;

protected:
    ~FileSystem() = default;

    bool read_only_ = false;
    DeviceNumber device_;

private:
    Atomic<u32> mounts_;
};

struct MountRequest {
    BlockDevice* device;  // null: none was named
    bool read_only;
    const char* options;  // mount(2)'s data, "" if none
};

struct FileSystemType {
    const char* name;
    bool needs_device;
    Result<Ref<FileSystem>> (*create)(const MountRequest& request);
    FileSystemType* next = nullptr;  // owned by the registry
};

// `type` lives for ever (a static). Called at bring-up only.
void register_file_system(FileSystemType& type);
const FileSystemType* find_file_system_type(StringView name);
const FileSystemType* first_file_system_type();  // for /proc/filesystems, with ->next

// A device number for a file system without a disk: 0:1, 0:2, ...
DeviceNumber anonymous_device_number();

}  // namespace faultline
