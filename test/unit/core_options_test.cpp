// core/options: parsing of the kernel command line.

#include "core/options.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace faultline {
namespace {

std::unique_ptr<OptionLine> parsed(const std::string& line)
{
    auto options = std::make_unique<OptionLine>();
    options->parse(line.c_str());
    return options;
}

TEST(Options, WordsAndValues)
{
    auto line = parsed("  root=/dev/vda quiet mem=224M\tempty= ");
    EXPECT_STREQ(line->find("root"), "/dev/vda");
    EXPECT_STREQ(line->find("quiet"), "");
    EXPECT_STREQ(line->find("mem"), "224M");
    EXPECT_STREQ(line->find("empty"), "");
    EXPECT_EQ(line->find("roo"), nullptr);
    EXPECT_STREQ(line->init_arguments(), "");
}

TEST(Options, TheLastOneWins)
{
    EXPECT_STREQ(parsed("init=/a init=/b")->find("init"), "/b");
}

TEST(Options, QuotesKeepBlanks)
{
    auto line = parsed("init=\"/bin/my init\" x=\"\" tail");
    EXPECT_STREQ(line->find("init"), "/bin/my init");
    EXPECT_STREQ(line->find("x"), "");
    EXPECT_NE(line->find("tail"), nullptr);
}

TEST(Options, WhatFollowsTheDashesIsInits)
{
    auto line = parsed("quiet --  run /dev/ttyS1 quiet2=1");
    EXPECT_STREQ(line->init_arguments(), "run /dev/ttyS1 quiet2=1");
    EXPECT_EQ(line->find("quiet2"), nullptr);
    EXPECT_STREQ(parsed("quiet --")->init_arguments(), "");
}

TEST(Options, UnaskedOnesAreNamed)
{
    auto line = parsed("quiet foo=1 bar");
    line->find("quiet");
    std::vector<std::string> names;
    line->for_each_unasked([&](const char* name) { names.push_back(name); });
    EXPECT_EQ(names, (std::vector<std::string>{"foo", "bar"}));
}

TEST(Options, LongLinesAreCutAndReported)
{
    EXPECT_FALSE(parsed("a b c")->overflowed());
    EXPECT_TRUE(parsed(std::string(5000, 'x'))->overflowed());
    std::string many;
    for (int i = 0; i < 100; i++)
        many += "o" + std::to_string(i) + " ";
    auto line = parsed(many);
    EXPECT_TRUE(line->overflowed());
    EXPECT_NE(line->find("o0"), nullptr);
}

TEST(Options, Sizes)
{
    EXPECT_EQ(parse_size("4096").value_or(1), 4096u);
    EXPECT_EQ(parse_size("64K").value_or(1), 65536u);
    EXPECT_EQ(parse_size("224M").value_or(1), 224u << 20);
    EXPECT_EQ(parse_size("3g").value_or(1), u64{3} << 30);
    EXPECT_EQ(parse_size("0x10k").value_or(1), 16384u);
    for (const char* bad : {"", "M", "12X", "-1", "1MM", "1.5G"})
        EXPECT_FALSE(parse_size(bad)) << bad;
}

}  // namespace
}  // namespace faultline
