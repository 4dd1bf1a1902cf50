// The screen: text, sequences, and what it says has changed.
#include "dev/screen.h"

#include <gtest/gtest.h>

#include <string>

using namespace faultline;

namespace {

struct Terminal {
    void put(const std::string& text) { screen.put({reinterpret_cast<const u8*>(text.data()), text.size()}); }
    std::string row(u32 number) const
    {
        std::string text;
        for (u32 i = 0; i < Screen::kColumns; i++)
            text += static_cast<char>(screen.row(number)[i]);
        return text.substr(0, text.find_last_not_of(' ') + 1);
    }
    std::string cursor() const
    {
        return std::to_string(screen.cursor_row()) + "," + std::to_string(screen.cursor_column());
    }
    int attribute(u32 r, u32 column) const { return screen.row(r)[column] >> 8; }

    Screen screen;
};

}  // namespace

TEST(Screen, text_goes_to_the_cursor)
{
    Terminal t;
    t.put("hello\r\nworld\tx\b\b!");
    EXPECT_EQ(t.row(0), "hello");
    EXPECT_EQ(t.row(1), "world  !x");
    EXPECT_EQ(t.cursor(), "1,8");
}

TEST(Screen, a_full_line_wraps_only_with_the_next_character)
{
    Terminal t;
    t.put(std::string(80, 'a'));
    EXPECT_EQ(t.cursor(), "0,79");
    t.put("\r\n");
    EXPECT_EQ(t.cursor(), "1,0");
    t.put(std::string(80, 'b') + "c");
    EXPECT_EQ(t.row(2), "c");
}

TEST(Screen, scrolling_is_told_apart_from_changes)
{
    Terminal t;
    t.screen.settle();
    for (int i = 0; i < 24; i++)
        t.put("line " + std::to_string(i) + "\r\n");
    t.put("last");
    EXPECT_EQ(t.screen.scrolled(), 0u);
    t.screen.settle();
    t.put("\r\nnew");
    EXPECT_EQ(t.screen.scrolled(), 1u);
    EXPECT_EQ(t.screen.changed_rows(), 1u << 24);
    EXPECT_EQ(t.row(0), "line 1");
    EXPECT_EQ(t.row(24), "new");
}

TEST(Screen, replayed_changes_give_the_same_picture)
{
    Terminal t;
    std::string shadow[25];
    for (u32 i = 0; i < 25; i++)
        shadow[i] = t.row(i);
    unsigned seed = 1;
    const std::string pieces[] = {"\n",      "abc",     "\x1b[2A",    "\x1b[K",  "\r",
                                  "\x1b[3L", "\x1b[2M", "\x1b[5;20r", "\x1b[r",  "\x1b[25;1H",
                                  "\x1b[J",  "\x1bM",   "\n\n\n\n",   "\x1b[4S", "\x1b[2T"};
    for (int i = 0; i < 5000; i++) {
        seed = seed * 1103515245 + 12345;
        t.put(pieces[seed / 65536 % 15]);
        if (i % 3) continue;
        for (u32 n = 0; n < t.screen.scrolled() && n < 25; n++) {
            for (u32 r = 0; r < 24; r++)
                shadow[r] = shadow[r + 1];
            shadow[24] = "stale";
        }
        for (u32 r = 0; r < 25; r++)
            if (t.screen.changed_rows() >> r & 1) shadow[r] = t.row(r);
        t.screen.settle();
        for (u32 r = 0; r < 25; r++)
            ASSERT_EQ(shadow[r], t.row(r)) << "row " << r << " step " << i;
    }
}

TEST(Screen, cursor_moves_and_stays_inside)
{
    Terminal t;
    t.put("\x1b[5;10H");
    EXPECT_EQ(t.cursor(), "4,9");
    t.put("\x1b[2A\x1b[3C\x1b[D\x1b[B");
    EXPECT_EQ(t.cursor(), "3,11");
    t.put("\x1b[99A\x1b[999D");
    EXPECT_EQ(t.cursor(), "0,0");
    t.put("\x1b[99999999999B\x1b[99999C");
    EXPECT_EQ(t.cursor(), "24,79");
    t.put("\x1b[7G\x1b[3d\x1b[s\x1b[H\x1b[u");
    EXPECT_EQ(t.cursor(), "2,6");
    t.put("\x1b"
          "7\x1b[H\x1b"
          "8");
    EXPECT_EQ(t.cursor(), "2,6");
}

TEST(Screen, erases)
{
    Terminal t;
    t.put("abcdef\r\nabcdef\r\nabcdef\x1b[2;4H\x1b[K");
    EXPECT_EQ(t.row(1), "abc");
    t.put("\x1b[1K");
    EXPECT_EQ(t.row(1), "");
    t.put("\x1b[J");
    EXPECT_EQ(t.row(2), "");
    EXPECT_EQ(t.row(0), "abcdef");
    t.put("\x1b[1;3H\x1b[2P\x1b[@\x1b[X");
    EXPECT_EQ(t.row(0), "ab ef");
    t.put("\x1b[2J");
    EXPECT_EQ(t.row(0), "");
    EXPECT_EQ(t.cursor(), "0,2");
}

TEST(Screen, colors)
{
    Terminal t;
    t.put("\x1b[31mr\x1b[1mR\x1b[7mx\x1b[0mn\x1b[44;93mb\x1b[38;5;2mg\x1b[38;2;1;2;3;49mz\x1b[mn");
    EXPECT_EQ(t.attribute(0, 0), 0x04);
    EXPECT_EQ(t.attribute(0, 1), 0x0c);
    EXPECT_EQ(t.attribute(0, 2), 0x40);
    EXPECT_EQ(t.attribute(0, 3), 0x07);
    EXPECT_EQ(t.attribute(0, 4), 0x1e);
    EXPECT_EQ(t.attribute(0, 5), 0x12);
    EXPECT_EQ(t.attribute(0, 6), 0x02);
    EXPECT_EQ(t.attribute(0, 7), 0x07);
}

TEST(Screen, region_scrolls_alone)
{
    Terminal t;
    t.put("one\r\ntwo\r\nthree\r\nfour\x1b[2;3r\x1b[3;1H\nx");
    EXPECT_EQ(t.row(0), "one");
    EXPECT_EQ(t.row(1), "three");
    EXPECT_EQ(t.row(2), "x");
    EXPECT_EQ(t.row(3), "four");
    t.put("\x1b[2;1H\x1bM");
    EXPECT_EQ(t.row(1), "");
    EXPECT_EQ(t.row(2), "three");
}

TEST(Screen, unknown_sequences_and_titles_show_nothing)
{
    Terminal t;
    t.put("\x1b]0;a title\aA\x1b(BB\x1b[?2004hC\x1b[>0qD\x1b]2;x\x1b\\E\x1b[?25l\xc3\xa4");
    EXPECT_EQ(t.row(0), "ABCDE?");
    EXPECT_FALSE(t.screen.cursor_visible());
    t.put("\x1b"
          "c");
    EXPECT_EQ(t.row(0), "");
    EXPECT_TRUE(t.screen.cursor_visible());
}

TEST(Screen, any_bytes_are_harmless)
{
    Terminal t;
    unsigned seed = 7;
    const char* const hot = "\x1b[;0123456789HJKLMPSTX@mrABCD?\n\b\t";
    for (int i = 0; i < 300000; i++) {
        seed = seed * 1103515245 + 12345;
        const unsigned pick = seed >> 16;
        t.screen.put(pick & 0x100 ? static_cast<u8>(pick) : static_cast<u8>(hot[pick % 32]));
        ASSERT_LT(t.screen.cursor_row(), Screen::kRows);
        ASSERT_LT(t.screen.cursor_column(), Screen::kColumns);
        ASSERT_EQ(t.screen.changed_rows() >> Screen::kRows, 0u);
    }
}
