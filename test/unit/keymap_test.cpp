// Scan codes to bytes.
#include "dev/keymap.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

using namespace faultline;

namespace {

struct Keys {
    std::string press(std::initializer_list<int> codes)
    {
        std::string all;
        for (const int code : codes) {
            const auto bytes = map.translate(static_cast<u8>(code));
            all.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        }
        return all;
    }
    Keymap map;
};

}  // namespace

TEST(Keymap, letters_follow_shift_and_caps_lock)
{
    Keys keys;
    EXPECT_EQ(keys.press({0x1E, 0x9E, 0x2A, 0x1E, 0xAA, 0x1E}), "aAa");
    EXPECT_EQ(keys.press({0x3A, 0xBA, 0x1E, 0x02, 0x36, 0x1E, 0x02, 0xB6}), "A1a!");
    EXPECT_EQ(keys.press({0x3A, 0xBA, 0x1E}), "a");
}

TEST(Keymap, every_us_character_is_there)
{
    Keys keys;
    std::string all;
    for (int shift = 0; shift < 2; shift++) {
        if (shift) keys.press({0x2A});
        for (int code = 0x02; code <= 0x39; code++)
            if (code != 0x1D && code != 0x2A && code != 0x36 && code != 0x38 && code != 0x37 && code != 0x0F)
                all += keys.press({code});
    }
    for (char c = ' '; c < 0x7f; c++)
        EXPECT_NE(all.find(c), std::string::npos) << c;
}

TEST(Keymap, control_and_alt)
{
    Keys keys;
    EXPECT_EQ(keys.press({0x1D, 0x2E, 0x1F, 0x9D}), "\x03\x13");
    EXPECT_EQ(keys.press({0xE0, 0x1D, 0x20, 0xE0, 0x9D, 0x20}), "\x04"
                                                                "d");
    EXPECT_EQ(keys.press({0x38, 0x30, 0xB8}), "\x1b"
                                              "b");
    EXPECT_EQ(keys.press({0x1D, 0x39, 0x9D}), std::string(1, 0));
}

TEST(Keymap, named_keys_send_sequences)
{
    Keys keys;
    EXPECT_EQ(keys.press({0xE0, 0x48, 0xE0, 0xC8}), "\x1b[A");
    EXPECT_EQ(keys.press({0xE0, 0x47, 0xE0, 0x4F, 0xE0, 0x53}), "\x1b[H\x1b[F\x1b[3~");
    EXPECT_EQ(keys.press({0x1D, 0xE0, 0x4D, 0x9D}), "\x1b[1;5C");
    EXPECT_EQ(keys.press({0x3F, 0x57}), "\x1b[15~\x1b[23~");
    EXPECT_EQ(keys.press({0x1D, 0x2A, 0x38, 0x58}), "\x1b[24;8~");
}

TEST(Keymap, keypad_follows_num_lock)
{
    Keys keys;
    EXPECT_EQ(keys.press({0x47, 0x4A, 0x53, 0xE0, 0x1C, 0xE0, 0x35}), "7-.\r/");
    EXPECT_EQ(keys.press({0x45, 0xC5, 0x48, 0x4E}), "\x1b[A+");
}

TEST(Keymap, made_up_shifts_and_pause_are_nothing)
{
    Keys keys;
    EXPECT_EQ(keys.press({0xE0, 0x2A, 0xE0, 0x48, 0xE0, 0xAA}), "\x1b[A");
    EXPECT_EQ(keys.press({0xE1, 0x1D, 0x45, 0xE1, 0x9D, 0xC5, 0x1E}), "a");
    EXPECT_EQ(keys.press({0xE0, 0x2A, 0xE0, 0x37, 0xE0, 0xB7, 0xE0, 0xAA, 0x1E}), "a");
}

TEST(Keymap, any_bytes_are_harmless)
{
    Keys keys;
    for (int round = 0; round < 4; round++)
        for (int first = 0; first < 256; first++)
            for (int second = 0; second < 256; second += 7)
                EXPECT_LE(keys.press({first, second}).size(), 16u);
}
