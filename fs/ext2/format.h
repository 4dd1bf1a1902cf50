// ext2 on disk: the structures, the features by name, and the checks that a volume must pass before it is mounted.
//
//   block group:  [super block] [descriptors]  block bitmap | inode bitmap | inode table | data blocks
//                  copies in some groups only        (each group has these, where its descriptor says)
//
// Everything is little-endian, as this machine is. Pure: also compiled for the host. A stranger wrote the disk, so no
// number is used before it was compared with its range. (linux/fs/ext2/ext2.h; "The Second Extended File System")
#pragma once

#include "lib/types.h"

namespace faultline::ext2 {

constexpr u32 kSuperOffset = 1024;  // bytes from the start of the device
constexpr u16 kMagic = 0xEF53;
constexpr u32 kRootInode = 2;
constexpr u32 kDirectBlocks = 12;
constexpr u32 kBlockPointers = 15;        // 12 direct, then single, double and triple indirect
constexpr u32 kMaxFileSize = 0x7fffffff;  // bytes
constexpr u32 kMaxLinks = 32000;
constexpr u32 kOldInodeSize = 128;

struct SuperBlock {
    u32 inode_count, block_count, reserved_blocks, free_blocks, free_inodes;
    u32 first_data_block;  // 1 with 1 KiB blocks, else 0
    u32 log_block_size, log_fragment_size;
    u32 blocks_per_group, fragments_per_group, inodes_per_group;
    u32 mount_time, write_time;
    u16 mount_count;
    i16 max_mount_count;
    u16 magic, state, errors, minor_revision;
    u32 last_check, check_interval, creator_os, revision;
    u16 reserved_uid, reserved_gid;
    // Revision 1 on:
    u32 first_inode;
    u16 inode_size, group_of_this_copy;
    u32 compatible, incompatible, read_only_compatible;
    u8 uuid[16];
    char volume_name[16], last_mounted[64];
    u32 algorithm_bitmap;
    u8 preallocate_blocks, preallocate_directory_blocks;
    u16 reserved_descriptors;
    u8 journal_uuid[16];
    u32 journal_inode, journal_device, last_orphan;
    u32 hash_seed[4];
    u8 hash_version, journal_backup_type;
    u16 descriptor_size;
    u32 default_mount_options, first_meta_group, made_time;
    u32 journal_blocks[17];
    u32 block_count_high, reserved_blocks_high, free_blocks_high;
    u16 min_extra_inode_size, want_extra_inode_size;
    u32 flags;
    u8 rest[668];
};
static_assert(sizeof(SuperBlock) == 1024);

constexpr u16 kStateClean = 1;
constexpr u16 kStateErrors = 2;

struct GroupDescriptor {
    u32 block_bitmap, inode_bitmap, inode_table;  // blocks
    u16 free_blocks, free_inodes, directories, pad;
    u32 reserved[3];
};
static_assert(sizeof(GroupDescriptor) == 32);

struct RawInode {
    u16 mode, uid_low;
    u32 size;
    u32 accessed, changed, modified, deleted;
    u16 gid_low, link_count;
    u32 sectors;  // of 512 bytes, indirect blocks included
    u32 flags, os1;
    u32 blocks[kBlockPointers];  // a fast symbolic link keeps its target here
    u32 generation, attribute_block;
    u32 size_high;  // of regular files
    u32 fragment;
    u16 os2, pad, uid_high, gid_high;
    u32 os3;
};
static_assert(sizeof(RawInode) == kOldInodeSize);

// What inodes of 256 bytes have behind the first 128; valid as far as `size` says.
struct RawInodeExtra {
    u16 size, checksum;
    u32 changed, modified, accessed;  // nanoseconds << 2 | two more bits of the seconds
    u32 made, made_extra;
};

constexpr u32 kInodeFlagImmutable = 0x10;
constexpr u32 kInodeFlagAppend = 0x20;
constexpr u32 kInodeFlagIndex = 0x1000;     // a hashed directory
constexpr u32 kInodeFlagExtents = 0x80000;  // ext4
constexpr u32 kInodeFlagInlineData = 0x10000000;

struct RawDirectoryEntry {
    u32 inode;        // 0: unused
    u16 record_size;  // to the next entry
    u8 name_length;
    u8 type;  // with the feature "filetype"; without it the high byte of the length
};
static_assert(sizeof(RawDirectoryEntry) == 8);

// The header of a block of extended attributes, which several inodes may share.
struct RawAttributeHeader {
    u32 magic, reference_count, block_count, hash;
};
constexpr u32 kAttributeMagic = 0xEA020000;

// ---- Features ----

constexpr u32 kIncompatFileType = 0x2;
constexpr u32 kSupportedIncompat = kIncompatFileType;
constexpr u32 kReadOnlyCompatSparseSuper = 0x1;
constexpr u32 kReadOnlyCompatLargeFile = 0x2;
constexpr u32 kReadOnlyCompatBtreeDirectory = 0x4;  // set by old tools, never used
constexpr u32 kSupportedReadOnlyCompat =
    kReadOnlyCompatSparseSuper | kReadOnlyCompatLargeFile | kReadOnlyCompatBtreeDirectory;

// mke2fs's name of the lowest bit that is set; "unknown" if it has none.
const char* incompatible_feature_name(u32 bits);
const char* read_only_feature_name(u32 bits);

// ---- The numbers of a volume, once checked: every division and shift by them is safe ----

struct Geometry {
    u32 block_size = 0;  // bytes: 1024 or 4096
    u32 block_shift = 0;
    u32 block_count = 0, first_data_block = 0;
    u32 blocks_per_group = 0, inodes_per_group = 0, group_count = 0;
    u32 inode_count = 0, inode_size = 0, first_inode = 0;
    u32 descriptor_block = 0;  // the first block of descriptors
    u32 descriptor_blocks = 0;
    bool has_file_types = false;

    u32 pointers_per_block() const { return block_size / 4; }
    u32 inodes_per_block() const { return block_size / inode_size; }
    u32 descriptors_per_block() const { return block_size / 32; }
    u32 group_start(u32 group) const { return first_data_block + group * blocks_per_group; }
    u32 blocks_in_group(u32 group) const;
    u32 group_of_block(u32 block) const { return (block - first_data_block) / blocks_per_group; }
    u32 group_of_inode(u32 inode) const { return (inode - 1) / inodes_per_group; }
    // Blocks that files may own. (Never the super block or before it.)
    bool is_data_block(u32 block) const { return block > first_data_block && block < block_count; }
    bool is_usable_inode(u32 inode) const
    {
        return inode == kRootInode || (inode >= first_inode && inode <= inode_count);
    }
};

struct MountCheck {
    const char* problem = nullptr;  // set: refuse, and this is why
    const char* feature = nullptr;  // part of the problem, or why it may only be read
    bool read_only = false;
};

// Judges a super block; fills `geometry` unless there is a problem.
MountCheck check_super_block(const SuperBlock& super, u64 device_bytes, Geometry& geometry);

// Null if the descriptor of `group` points to where it may; else what is wrong.
const char* check_group_descriptor(const GroupDescriptor& descriptor, u32 group, const Geometry& geometry);

// Does this group hold a copy of the super block and the descriptors?
bool group_has_super(const SuperBlock& super, u32 group);

}  // namespace faultline::ext2
