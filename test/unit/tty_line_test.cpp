// The line discipline: what is typed, what is echoed, what a program reads.
#include "dev/tty_line.h"

#include <gtest/gtest.h>

#include <string>

using namespace faultline;

namespace {

class Line : public ::testing::Test {
protected:
    // Types the text; returns what the terminal shows of it.
    std::string type(const std::string& text)
    {
        std::string shown;
        for (const char c : text) {
            effect = line.receive(static_cast<u8>(c));
            if (effect.signal) signals.push_back(static_cast<int>(effect.signal));
            shown += echo();
        }
        return shown;
    }
    std::string echo()
    {
        const auto bytes = line.echo();
        const std::string shown(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        line.echo_taken(bytes.size());
        return shown;
    }
    std::string read(size_t size = 8192)
    {
        std::string buffer(size, 0);
        const usize got = line.read({reinterpret_cast<u8*>(&buffer[0]), size}, done);
        buffer.resize(got);
        return buffer;
    }
    std::string write(const std::string& text, size_t room = 8192)
    {
        std::string out(room, 0);
        processed = line.process_output({reinterpret_cast<const u8*>(text.data()), text.size()},
                                        {reinterpret_cast<u8*>(&out[0]), room});
        out.resize(processed.made);
        return out;
    }
    void change(u32 Termios::*field, u32 off, u32 on)
    {
        Termios modes = line.modes();
        modes.*field = (modes.*field & ~off) | on;
        line.set_modes(modes);
    }
    void make_raw()
    {
        change(&Termios::input, ~0u, 0);
        change(&Termios::output, termios::kOPost, 0);
        change(&Termios::local, termios::kICanon | termios::kEcho | termios::kISig | termios::kIExten, 0);
    }

    TtyLine::Ring ring{};
    TtyLine line{ring};
    TtyLine::Effect effect;
    TtyLine::Processed processed{};
    std::vector<int> signals;
    bool done = false;
};

}  // namespace

TEST_F(Line, canonical_when_a_line_ends_then_it_is_read_whole)
{
    EXPECT_EQ(type("hello"), "hello");
    EXPECT_FALSE(line.has_input(1));
    EXPECT_EQ(type("\r"), "\r\n");
    EXPECT_TRUE(line.has_input(1));
    EXPECT_EQ(line.input_size(), 6u);
    EXPECT_EQ(read(), "hello\n");
    EXPECT_TRUE(done);
    EXPECT_FALSE(line.has_input(1));
}

TEST_F(Line, canonical_when_two_lines_wait_then_a_read_takes_one)
{
    type("one\ntwo\n");
    EXPECT_EQ(read(), "one\n");
    EXPECT_EQ(read(), "two\n");
}

TEST_F(Line, canonical_when_the_buffer_is_short_then_the_rest_of_the_line_stays)
{
    type("abcdef\n");
    EXPECT_EQ(read(4), "abcd");
    EXPECT_FALSE(done);
    EXPECT_EQ(read(4), "ef\n");
    EXPECT_TRUE(done);
}

TEST_F(Line, eof_at_the_start_of_a_line_reads_as_nothing)
{
    type("\x04");
    EXPECT_TRUE(line.has_input(1));
    EXPECT_EQ(read(), "");
    EXPECT_TRUE(done);
    EXPECT_FALSE(line.has_input(1));
}

TEST_F(Line, eof_behind_text_ends_the_line_without_a_byte)
{
    EXPECT_EQ(type("abc\x04"), "abc");
    EXPECT_EQ(read(3), "abc");  // and takes the ^D along: the next read is no end of file
    EXPECT_TRUE(done);
    EXPECT_FALSE(line.has_input(1));
}

TEST_F(Line, erase_rubs_out_what_was_shown)
{
    EXPECT_EQ(type("ab\x7f"), "ab\b \b");
    EXPECT_EQ(type("\x7f"), "\b \b");
    EXPECT_EQ(type("\x7f"), "");  // nothing left
    type("x\n");
    EXPECT_EQ(read(), "x\n");
}

TEST_F(Line, erase_of_a_control_character_takes_two_columns)
{
    EXPECT_EQ(type("\x01"), "^A");
    EXPECT_EQ(type("\x7f"), "\b \b\b \b");
}

TEST_F(Line, erase_of_a_tab_goes_back_to_the_text)
{
    write("$ ");
    EXPECT_EQ(type("a\t"), "a\t");
    EXPECT_EQ(type("\x7f"), "\b\b\b\b\b");  // from column 8 to 3
    EXPECT_EQ(type("\x7f"), "\b \b");
}

TEST_F(Line, erase_of_a_utf8_character_takes_all_its_bytes)
{
    change(&Termios::input, 0, termios::kIUtf8);
    type("a\xc3\xa4");
    EXPECT_EQ(type("\x7f"), "\b \b");
    type("\n");
    EXPECT_EQ(read(), "a\n");
}

TEST_F(Line, word_erase_takes_one_word_and_the_blanks_behind_it)
{
    type("ls foo_1  ");
    EXPECT_EQ(type("\x17").size(), 3 * 7u);
    type("\n");
    EXPECT_EQ(read(), "ls \n");
}

TEST_F(Line, kill_takes_the_line)
{
    type("abc");
    EXPECT_EQ(type("\x15"), "\b \b\b \b\b \b");
    type("x\n");
    EXPECT_EQ(read(), "x\n");
}

TEST_F(Line, kill_without_echoke_shows_itself)
{
    change(&Termios::local, termios::kEchoKe, 0);
    type("abc");
    EXPECT_EQ(type("\x15"), "^U\r\n");
}

TEST_F(Line, kill_of_a_line_too_long_to_rub_out_shows_itself)
{
    type(std::string(2000, 'a'));
    EXPECT_EQ(type("\x15"), "^U\r\n");
    type("x\n");
    EXPECT_EQ(read(), "x\n");
}

TEST_F(Line, literal_next_stores_the_character_itself)
{
    EXPECT_EQ(type("\x16"), "^\b");
    EXPECT_EQ(type("\x03"), "^C");
    EXPECT_TRUE(signals.empty());
    type("\x16\x04\x16\n\n");
    EXPECT_EQ(read(), "\x03\x04\n\n");
}

TEST_F(Line, reprint_shows_the_line_again)
{
    type("abc");
    EXPECT_EQ(type("\x12"), "^R\r\nabc");
}

TEST_F(Line, interrupt_forgets_input_and_is_shown)
{
    type("abc");
    EXPECT_EQ(type("\x03"), "^C");
    EXPECT_TRUE(effect.flush_output);
    type("\x1c\x1a");
    EXPECT_EQ(signals, (std::vector<int>{2, 3, 20}));
    type("x\n");
    EXPECT_EQ(read(), "x\n");
}

TEST_F(Line, interrupt_with_noflsh_keeps_input)
{
    change(&Termios::local, 0, termios::kNoFlsh);
    type("ab\x03");
    EXPECT_FALSE(effect.flush_output);
    type("c\n");
    EXPECT_EQ(read(), "abc\n");
}

TEST_F(Line, signals_off_when_isig_is_clear)
{
    change(&Termios::local, termios::kISig, 0);
    type("\x03\n");
    EXPECT_TRUE(signals.empty());
    EXPECT_EQ(read(), "\x03\n");
}

TEST_F(Line, flow_control_holds_output_and_is_not_input)
{
    type("\x13");
    EXPECT_TRUE(line.output_held());
    type("a");
    EXPECT_TRUE(line.output_held());
    type("\x11");
    EXPECT_FALSE(line.output_held());
    type("\x13\x03");  // a signal lets it go
    EXPECT_FALSE(line.output_held());
    type("b\n");
    EXPECT_EQ(read(), "b\n");
}

TEST_F(Line, mapping_of_cr_and_nl)
{
    type("a\r");
    EXPECT_EQ(read(), "a\n");
    change(&Termios::input, termios::kIcrNl, termios::kIgnCr);
    type("a\rb\n");
    EXPECT_EQ(read(), "ab\n");
    change(&Termios::input, termios::kIgnCr, 0);
    EXPECT_EQ(type("a\r\n"), "a^M\r\n");
    EXPECT_EQ(read(), "a\r\n");
    change(&Termios::input, ~0u, termios::kIStrip);
    type("\xe1\n");
    EXPECT_EQ(read(), "a\n");
}

TEST_F(Line, echo_off_shows_nothing_but_echonl)
{
    change(&Termios::local, termios::kEcho, 0);
    EXPECT_EQ(type("secret\n"), "");
    change(&Termios::local, 0, termios::kEchoNl);
    EXPECT_EQ(type("secret\n"), "\r\n");
}

TEST_F(Line, over_long_line_keeps_its_beginning_and_still_ends)
{
    type(std::string(5000, 'x'));
    EXPECT_EQ(line.room(), TtyLine::kInputSize);
    type("\n");
    EXPECT_EQ(read(), std::string(4095, 'x') + "\n");
}

TEST_F(Line, whole_lines_that_wait_are_never_lost)
{
    while (line.room() >= 64)
        type("0123456789\n");
    size_t lines = 0;
    while (line.has_input(1)) {
        EXPECT_EQ(read(), "0123456789\n");
        lines++;
    }
    EXPECT_GT(lines, 360u);
}

TEST_F(Line, raw_gives_every_byte_as_it_came)
{
    make_raw();
    std::string all;
    for (int c = 0; c < 256; c++)
        all += static_cast<char>(c);
    EXPECT_EQ(type(all), "");
    EXPECT_TRUE(line.has_input(256));
    EXPECT_FALSE(line.has_input(257));
    EXPECT_EQ(read(100), all.substr(0, 100));
    EXPECT_EQ(read(), all.substr(100));
    EXPECT_EQ(write(all), all);
}

TEST_F(Line, raw_ring_wraps)
{
    make_raw();
    std::string expected, got;
    for (int round = 0; round < 40; round++) {
        const std::string part(777, static_cast<char>('a' + round % 26));
        type(part);
        expected += part;
        got += read(round % 2 ? 777 : 900);
    }
    got += read();
    EXPECT_EQ(got, expected);
}

TEST_F(Line, modes_change_keeps_what_was_typed)
{
    type("line\npart");
    change(&Termios::local, termios::kICanon, 0);
    EXPECT_EQ(line.input_size(), 9u);
    EXPECT_EQ(read(6), "line\np");
    change(&Termios::local, 0, termios::kICanon);
    EXPECT_TRUE(line.has_input(1));  // as one line
    EXPECT_EQ(read(), "art");
    EXPECT_TRUE(done);
    type("x\n");
    EXPECT_EQ(read(), "x\n");
}

TEST_F(Line, output_maps_newlines_and_expands_tabs)
{
    EXPECT_EQ(write("a\nb"), "a\r\nb");
    change(&Termios::output, 0, termios::kTabDelay);
    EXPECT_EQ(write("\n\tx\ty"), "\r\n        x       y");
    change(&Termios::output, termios::kOPost, 0);
    EXPECT_EQ(write("a\n\t"), "a\n\t");
}

TEST_F(Line, output_never_splits_a_pair)
{
    EXPECT_EQ(write("a\nb", 2), "a");
    EXPECT_EQ(processed.taken, 1u);
    EXPECT_EQ(write("\nb", 3), "\r\nb");
    EXPECT_EQ(write("abc", 0), "");
}

TEST_F(Line, echo_that_nobody_takes_is_lost_but_input_is_not)
{
    for (int i = 0; i < 3000; i++)
        line.receive('a');
    EXPECT_LE(echo().size(), static_cast<size_t>(TtyLine::kEchoSize));
    type("\n");
    EXPECT_EQ(read().size(), 3001u);
}
