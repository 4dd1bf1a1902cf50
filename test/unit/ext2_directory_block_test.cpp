// Names in a directory block, and blocks that lie.
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "fs/ext2/directory_block.h"

using namespace faultline;
using namespace faultline::ext2;

namespace {

Geometry geometry_of(u32 block_size, bool types = true)
{
    Geometry geometry;
    geometry.block_size = block_size;
    geometry.inode_count = 1000;
    geometry.has_file_types = types;
    return geometry;
}

StringView view(const std::string& text)
{
    return {text.data(), text.size()};
}

std::map<std::string, u32> list(const DirectoryBlock& block, u32 size)
{
    std::map<std::string, u32> names;
    for (u32 offset = 0; offset < size;) {
        const auto entry = block.entry_at(offset);
        EXPECT_TRUE(entry.ok());
        if (!entry.ok()) break;
        if (entry.value().inode)
            names[std::string(entry.value().name.data(), entry.value().name.size())] = entry.value().inode;
        offset += entry.value().record_size;
    }
    return names;
}

}  // namespace

TEST(Ext2DirectoryBlock, insert_and_remove_agree_with_a_map)
{
    for (u32 size : {1024u, 4096u}) {
        const Geometry geometry = geometry_of(size);
        std::vector<u8> bytes(size);
        DirectoryBlock block{bytes.data(), geometry};
        block.clear();
        std::map<std::string, u32> model;
        std::mt19937 random{size};
        for (u32 i = 0; i < 3000; i++) {
            const std::string name = std::string(1 + random() % 60, static_cast<char>('a' + random() % 26));
            const auto found = block.find(view(name));
            ASSERT_TRUE(found.ok());
            ASSERT_EQ(found.value().has_value(), model.count(name) != 0);
            if (found.value()) {
                block.remove(*found.value());
                model.erase(name);
            } else {
                const bool room = block.find_room(name.size()).value().has_value();
                const auto inserted = block.insert(view(name), 12 + i % 900, 1);
                ASSERT_TRUE(inserted.ok());
                ASSERT_EQ(inserted.value(), room);
                if (room) model[name] = 12 + i % 900;
            }
            ASSERT_EQ(list(block, size), model);
        }
    }
}

TEST(Ext2DirectoryBlock, new_directory_has_dots_and_is_empty)
{
    const Geometry geometry = geometry_of(1024);
    std::vector<u8> bytes(1024, 0xcc);
    DirectoryBlock block{bytes.data(), geometry};
    block.make_dots(20, 2);
    EXPECT_EQ(list(block, 1024), (std::map<std::string, u32>{{".", 20}, {"..", 2}}));
    EXPECT_TRUE(block.is_empty().value());
    EXPECT_TRUE(block.insert("x", 30, 1).value());
    EXPECT_FALSE(block.is_empty().value());
}

TEST(Ext2DirectoryBlock, longest_name_fits)
{
    const Geometry geometry = geometry_of(1024);
    std::vector<u8> bytes(1024);
    DirectoryBlock block{bytes.data(), geometry};
    block.clear();
    const std::string name(255, 'n');
    EXPECT_TRUE(block.insert(view(name), 30, 1).value());
    EXPECT_TRUE(block.find(view(name)).value().has_value());
}

TEST(Ext2DirectoryBlock, types_are_left_out_where_the_volume_keeps_none)
{
    const Geometry geometry = geometry_of(1024, false);
    std::vector<u8> bytes(1024);
    DirectoryBlock block{bytes.data(), geometry};
    block.clear();
    EXPECT_TRUE(block.insert("name", 30, 2).value());
    EXPECT_EQ(block.entry_at(0).value().type, 0);
    EXPECT_EQ(bytes[7], 0);
}

TEST(Ext2DirectoryBlock, damage_is_an_error_and_never_a_loop)
{
    const Geometry geometry = geometry_of(1024);
    std::vector<u8> good(1024);
    DirectoryBlock maker{good.data(), geometry};
    maker.make_dots(20, 2);
    for (u32 i = 0; i < 20; i++)
        ASSERT_TRUE(maker.insert(view("file" + std::to_string(i)), 30 + i, 1).ok());
    std::mt19937 random{5};
    for (u32 i = 0; i < 20000; i++) {
        std::vector<u8> bytes = good;
        for (u32 k = 0; k < 1 + random() % 4; k++)
            bytes[random() % 400] = static_cast<u8>(random() % 3 ? random() : 0);
        DirectoryBlock block{bytes.data(), geometry};
        static_cast<void>(block.find("file7"));
        static_cast<void>(block.is_empty());
        static_cast<void>(block.first_entry_from(random() % 1024));
        static_cast<void>(block.insert("another", 77, 1));
        const auto found = block.find("file9");
        if (found.ok() && found.value()) block.remove(*found.value());
    }
}

TEST(Ext2DirectoryBlock, record_sizes_of_nonsense_are_refused)
{
    const Geometry geometry = geometry_of(1024);
    for (u32 size : {0u, 4u, 7u, 11u, 13u, 1028u, 65535u}) {
        std::vector<u8> bytes(1024);
        DirectoryBlock block{bytes.data(), geometry};
        block.clear();
        const u16 record = static_cast<u16>(size);
        memcpy(bytes.data() + 4, &record, 2);
        EXPECT_FALSE(block.find("x").ok()) << size;
    }
}

TEST(Ext2DirectoryBlock, type_bytes_and_modes_match)
{
    for (u32 type : {1u, 2u, 4u, 6u, 8u, 10u, 12u})
        EXPECT_EQ(directory_type_of_entry(entry_type_of_mode(type << 12)), type);
    EXPECT_EQ(directory_type_of_entry(200), 0);
}
