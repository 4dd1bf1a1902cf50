#include "fs/ext2/format.h"

namespace faultline::ext2 {

namespace {

struct FeatureName {
    u32 bit;
    const char* name;
};

constexpr FeatureName kIncompatNames[] = {
    {0x1, "compression"},  {0x2, "filetype"},       {0x4, "needs_recovery"}, {0x8, "journal_dev"},
    {0x10, "meta_bg"},     {0x40, "extents"},       {0x80, "64bit"},         {0x100, "mmp"},
    {0x200, "flex_bg"},    {0x400, "ea_inode"},     {0x1000, "dirdata"},     {0x2000, "metadata_csum_seed"},
    {0x4000, "large_dir"}, {0x8000, "inline_data"}, {0x10000, "encrypt"},    {0x20000, "casefold"},
};
constexpr FeatureName kReadOnlyNames[] = {
    {0x8, "huge_file"},    {0x10, "uninit_bg"},         {0x20, "dir_nlink"},
    {0x40, "extra_isize"}, {0x80, "snapshot"},          {0x100, "quota"},
    {0x200, "bigalloc"},   {0x400, "metadata_csum"},    {0x800, "replica"},
    {0x1000, "read-only"}, {0x2000, "project"},         {0x4000, "shared_blocks"},
    {0x8000, "verity"},    {0x10000, "orphan_present"},
};

template <usize N> const char* lowest_name(const FeatureName (&names)[N], u32 bits)
{
    const u32 lowest = bits & (~bits + 1);
    for (const FeatureName& feature : names)
        if (feature.bit == lowest) return feature.name;
    return "unknown";
}

bool is_power_of(u32 value, u32 base)
{
    while (value > base && value % base == 0)
        value /= base;
    return value == base;
}

MountCheck refuse(const char* problem)
{
    return {problem, nullptr, false};
}

const char* check_block_size(const SuperBlock& super)
{
    switch (super.log_block_size) {
    case 0:
    case 2:
        return nullptr;
    case 1:
        return "blocks of 2 KiB are not supported";
    default:
        return super.log_block_size <= 6 ? "blocks over 4 KiB are not supported"
                                         : "the block size is nonsense";
    }
}

// Null if the counts fit together; only then may they divide or be divided.
const char* check_counts(const SuperBlock& super, u64 device_bytes)
{
    const u32 block_size = 1024u << super.log_block_size;
    if (super.first_data_block != (super.log_block_size == 0 ? 1u : 0u))
        return "the first data block is wrong";
    if (super.blocks_per_group == 0 || super.blocks_per_group > block_size * 8)
        return "blocks per group is out of range";
    if (super.inodes_per_group == 0 || super.inodes_per_group > block_size * 8)
        return "inodes per group is out of range";
    if (super.block_count <= super.first_data_block + 4) return "the block count is too small";
    if (u64{super.block_count} * block_size > device_bytes) return "it is larger than its device";
    return nullptr;
}

const char* check_inode_size(const SuperBlock& super)
{
    if (super.revision == 0) return nullptr;
    if (super.inode_size != 128 && super.inode_size != 256) return "inodes of this size are not supported";
    if (super.first_inode < 11 || super.first_inode > super.inode_count)
        return "the first inode is out of range";
    return nullptr;
}

void fill_geometry(const SuperBlock& super, Geometry& geometry)
{
    geometry.block_size = 1024u << super.log_block_size;
    geometry.block_shift = 10 + super.log_block_size;
    geometry.block_count = super.block_count;
    geometry.first_data_block = super.first_data_block;
    geometry.blocks_per_group = super.blocks_per_group;
    geometry.inodes_per_group = super.inodes_per_group;
    geometry.group_count =
        (super.block_count - super.first_data_block + super.blocks_per_group - 1) / super.blocks_per_group;
    geometry.inode_count = super.inode_count;
    geometry.inode_size = super.revision == 0 ? kOldInodeSize : super.inode_size;
    geometry.first_inode = super.revision == 0 ? 11 : super.first_inode;
    geometry.descriptor_block = super.first_data_block + 1;
    geometry.descriptor_blocks =
        (geometry.group_count + geometry.descriptors_per_block() - 1) / geometry.descriptors_per_block();
    geometry.has_file_types = (super.incompatible & kIncompatFileType) != 0;
}

}  // namespace

const char* incompatible_feature_name(u32 bits)
{
    return lowest_name(kIncompatNames, bits);
}
const char* read_only_feature_name(u32 bits)
{
    return lowest_name(kReadOnlyNames, bits);
}

u32 Geometry::blocks_in_group(u32 group) const
{
    const u32 left = block_count - group_start(group);
    return left < blocks_per_group ? left : blocks_per_group;
}

MountCheck check_super_block(const SuperBlock& super, u64 device_bytes, Geometry& geometry)
{
    if (super.magic != kMagic) return refuse("not ext2");
    if (super.revision > 1) return refuse("its revision is unknown");
    const u32 incompatible = super.revision == 0 ? 0 : super.incompatible & ~kSupportedIncompat;
    if (incompatible != 0)
        return {"needs a feature that is missing", incompatible_feature_name(incompatible), false};
    if (const char* problem = check_block_size(super)) return refuse(problem);
    if (const char* problem = check_inode_size(super)) return refuse(problem);
    if (const char* problem = check_counts(super, device_bytes)) return refuse(problem);

    fill_geometry(super, geometry);
    if (u64{geometry.group_count} * super.inodes_per_group != super.inode_count)
        return refuse("the inode count does not fit the groups");
    if (super.inodes_per_group % geometry.inodes_per_block() != 0)
        return refuse("inodes per group is out of range");
    if (u64{geometry.descriptor_block} + geometry.descriptor_blocks >= super.block_count)
        return refuse("the group descriptors do not fit");

    const u32 read_only = super.revision == 0 ? 0 : super.read_only_compatible & ~kSupportedReadOnlyCompat;
    return {nullptr, read_only ? read_only_feature_name(read_only) : nullptr, read_only != 0};
}

const char* check_group_descriptor(const GroupDescriptor& descriptor, u32 group, const Geometry& geometry)
{
    // Without flex_bg a group's own blocks hold its bitmaps and its table.
    const u32 start = geometry.group_start(group);
    const u32 end = start + geometry.blocks_in_group(group);
    const u32 table_blocks = geometry.inodes_per_group / geometry.inodes_per_block();
    const auto inside = [&](u32 block) {
        return block >= start && block < end && geometry.is_data_block(block);
    };
    if (!inside(descriptor.block_bitmap)) return "the block bitmap lies outside its group";
    if (!inside(descriptor.inode_bitmap)) return "the inode bitmap lies outside its group";
    if (!inside(descriptor.inode_table) || end - descriptor.inode_table < table_blocks)
        return "the inode table lies outside its group";
    if (descriptor.free_blocks > geometry.blocks_in_group(group))
        return "more blocks are free than there are";
    if (descriptor.free_inodes > geometry.inodes_per_group) return "more inodes are free than there are";
    if (descriptor.directories > geometry.inodes_per_group) return "there are more directories than inodes";
    return nullptr;
}

bool group_has_super(const SuperBlock& super, u32 group)
{
    if (super.revision == 0 || !(super.read_only_compatible & kReadOnlyCompatSparseSuper)) return true;
    return group <= 1 || is_power_of(group, 3) || is_power_of(group, 5) || is_power_of(group, 7);
}

}  // namespace faultline::ext2
