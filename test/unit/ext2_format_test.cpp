// The checks that stand between a stranger's disk and the mount.
#include <gtest/gtest.h>

#include "fs/ext2/format.h"

using namespace faultline;
using namespace faultline::ext2;

namespace {

SuperBlock good_super()
{
    SuperBlock super{};
    super.magic = kMagic;
    super.revision = 1;
    super.log_block_size = 0;
    super.first_data_block = 1;
    super.block_count = 16384;
    super.blocks_per_group = 8192;
    super.inodes_per_group = 2048;
    super.inode_count = 4096;
    super.inode_size = 128;
    super.first_inode = 11;
    super.incompatible = kIncompatFileType;
    super.read_only_compatible = kReadOnlyCompatSparseSuper;
    super.state = kStateClean;
    return super;
}
constexpr u64 kDevice = 16384ull * 1024;

std::string problem_of(const SuperBlock& super, u64 device_bytes = kDevice)
{
    Geometry geometry;
    const MountCheck check = check_super_block(super, device_bytes, geometry);
    return check.problem ? check.problem : "";
}

}  // namespace

TEST(Ext2Super, good_one_gives_its_geometry)
{
    Geometry geometry;
    const MountCheck check = check_super_block(good_super(), kDevice, geometry);
    EXPECT_EQ(check.problem, nullptr);
    EXPECT_FALSE(check.read_only);
    EXPECT_EQ(geometry.block_size, 1024u);
    EXPECT_EQ(geometry.group_count, 2u);
    EXPECT_EQ(geometry.descriptor_block, 2u);
    EXPECT_EQ(geometry.blocks_in_group(0), 8192u);
    EXPECT_EQ(geometry.blocks_in_group(1), 16384u - 8193u);
    EXPECT_TRUE(geometry.is_usable_inode(2));
    EXPECT_FALSE(geometry.is_usable_inode(5));
    EXPECT_FALSE(geometry.is_usable_inode(4097));
}

TEST(Ext2Super, bad_magic_is_not_ext2)
{
    SuperBlock super = good_super();
    super.magic = 0;
    EXPECT_EQ(problem_of(super), "not ext2");
}

TEST(Ext2Super, unknown_incompatible_feature_is_refused_by_name)
{
    SuperBlock super = good_super();
    super.incompatible |= 0x40;
    Geometry geometry;
    const MountCheck check = check_super_block(super, kDevice, geometry);
    ASSERT_NE(check.problem, nullptr);
    EXPECT_STREQ(check.feature, "extents");
}

TEST(Ext2Super, unknown_read_only_feature_mounts_read_only_by_name)
{
    SuperBlock super = good_super();
    super.read_only_compatible |= 0x400;
    Geometry geometry;
    const MountCheck check = check_super_block(super, kDevice, geometry);
    EXPECT_EQ(check.problem, nullptr);
    EXPECT_TRUE(check.read_only);
    EXPECT_STREQ(check.feature, "metadata_csum");
}

TEST(Ext2Super, other_block_sizes_are_refused_by_name)
{
    SuperBlock super = good_super();
    super.log_block_size = 1;
    EXPECT_EQ(problem_of(super), "blocks of 2 KiB are not supported");
    super.log_block_size = 3;
    EXPECT_EQ(problem_of(super), "blocks over 4 KiB are not supported");
    super.log_block_size = 0xffffffff;
    EXPECT_EQ(problem_of(super), "the block size is nonsense");
}

TEST(Ext2Super, numbers_that_would_divide_by_zero_or_wrap_are_refused)
{
    for (u32 value : {0u, 1u << 31, 0xffffffffu}) {
        SuperBlock super = good_super();
        super.blocks_per_group = value;
        EXPECT_NE(problem_of(super), "") << value;
        super = good_super();
        super.inodes_per_group = value;
        EXPECT_NE(problem_of(super), "") << value;
        super = good_super();
        super.block_count = value;
        EXPECT_NE(problem_of(super), "") << value;
        super = good_super();
        super.inode_count = value;
        EXPECT_NE(problem_of(super), "") << value;
        super = good_super();
        super.inode_size = static_cast<u16>(value);
        EXPECT_NE(problem_of(super), "") << value;
    }
    EXPECT_EQ(problem_of(good_super(), kDevice - 1), "it is larger than its device");
}

TEST(Ext2Descriptor, pointers_outside_the_group_are_found)
{
    Geometry geometry;
    ASSERT_EQ(check_super_block(good_super(), kDevice, geometry).problem, nullptr);
    GroupDescriptor descriptor{};
    descriptor.block_bitmap = 10;
    descriptor.inode_bitmap = 11;
    descriptor.inode_table = 12;
    EXPECT_EQ(check_group_descriptor(descriptor, 0, geometry), nullptr);
    EXPECT_NE(check_group_descriptor(descriptor, 1, geometry), nullptr);
    descriptor.inode_table = 8192 - 10;
    EXPECT_NE(check_group_descriptor(descriptor, 0, geometry), nullptr);
    descriptor.inode_table = 12;
    descriptor.free_blocks = 8193;
    EXPECT_NE(check_group_descriptor(descriptor, 0, geometry), nullptr);
    descriptor.free_blocks = 0;
    descriptor.block_bitmap = 0xffffffff;
    EXPECT_NE(check_group_descriptor(descriptor, 0, geometry), nullptr);
}

TEST(Ext2Super, sparse_copies_are_in_powers_of_3_5_7)
{
    SuperBlock super = good_super();
    std::vector<u32> with;
    for (u32 group = 0; group < 50; group++)
        if (group_has_super(super, group)) with.push_back(group);
    EXPECT_EQ(with, (std::vector<u32>{0, 1, 3, 5, 7, 9, 25, 27, 49}));
    super.read_only_compatible = 0;
    EXPECT_TRUE(group_has_super(super, 6));
}
