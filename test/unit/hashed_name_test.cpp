// Splitting a path and hashing its names in one pass.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "fs/hashed_name.h"

using namespace faultline;

TEST(HashedName, component_ends_at_the_first_slash_or_the_end)
{
    std::mt19937 random{1};
    for (int i = 0; i < 20000; i++) {
        std::string path(random() % 24, 'x');
        for (char& c : path)
            c = "abc/.\x7f\xff/"[random() % 8];
        const size_t slash = path.find('/');
        const std::string name = path.substr(0, slash);
        const HashedName found = first_component({path.data(), path.size()});
        ASSERT_EQ(std::string(found.text.data(), found.text.size()), name) << path;
        ASSERT_EQ(found.hash, hashed({name.data(), name.size()}).hash) << path;
    }
}

TEST(HashedName, names_that_look_alike_hash_apart)
{
    std::map<u32, std::string> seen;
    for (int i = 0; i < 20000; i++) {
        const std::string name = "file" + std::to_string(i);
        const auto [at, fresh] = seen.emplace(hashed({name.data(), name.size()}).hash, name);
        EXPECT_TRUE(fresh) << name << " and " << at->second;
    }
}

TEST(HashedName, same_bytes_compares_all)
{
    for (size_t size = 0; size < 20; size++) {
        std::string a(size, 'a');
        EXPECT_TRUE(same_bytes({a.data(), size}, {a.data(), size}));
        for (size_t i = 0; i < size; i++) {
            std::string b = a;
            b[i] = 'b';
            EXPECT_FALSE(same_bytes({a.data(), size}, {b.data(), size}));
        }
        EXPECT_FALSE(same_bytes({a.data(), size}, {"aaaaaaaaaaaaaaaaaaaaaaaaa", size + 1}));
    }
}
