// The terminal's state machine; sequences as in ECMA-48 and the VT100 manual.
#include "dev/screen.h"

#include "lib/new.h"
#include "lib/string.h"

namespace faultline {

namespace {

constexpr u8 kEscape = 0x1b;
constexpr u32 kMaxParameter = 9999;
constexpr u8 kDefaultForeground = 7, kDefaultBackground = 0;
constexpr u8 kUnknownCharacter = '?';

// ANSI counts red, green, blue from the lowest bit; the adapter blue, green, red.
u8 adapter_color(u32 ansi)
{
    constexpr u8 kColors[] = {0, 4, 2, 6, 1, 5, 3, 7};
    return static_cast<u8>(kColors[ansi & 7] | (ansi & 8));
}

}  // namespace

void Screen::clear_all()
{
    for (auto& line : cells_)
        for (Cell& cell : line)
            cell = kBlank;
    changed_ = (1u << kRows) - 1;
}

// ---- Bytes ----

void Screen::put(u8 byte)
{
    if (byte == kEscape) {
        state_ = State::Escape;
        utf8_left_ = 0;
        return;
    }
    if (state_ == State::String) {  // a title or the like: ends with BEL, or with ESC and the backslash
        if (byte == '\a') state_ = State::Text;
        return;
    }
    if (byte < 0x20) {
        put_control(byte);
        return;
    }
    switch (state_) {
    case State::Text:
        put_utf8(byte);
        return;
    case State::Escape:
        put_escape(byte);
        return;
    case State::EscapeIntermediate:  // ESC ( B: a character set, of which we have one
        if (byte >= 0x30) state_ = State::Text;
        return;
    case State::Sequence:
        put_sequence(byte);
        return;
    case State::String:
        return;
    }
}

// The adapter's font is not Unicode: a character beyond ASCII shows as one question mark.
void Screen::put_utf8(u8 byte)
{
    if (byte < 0x80) {
        utf8_left_ = 0;
        if (byte != 0x7f) put_character(byte);
        return;
    }
    if ((byte & 0xc0) == 0x80 && utf8_left_ > 0) {
        utf8_left_--;
        return;
    }
    utf8_left_ = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc0 ? 1 : 0;
    put_character(kUnknownCharacter);
}

void Screen::put_character(u8 byte)
{
    if (wraps_next_) {
        column_ = 0;
        line_feed();
    }
    cells_[row_][column_] = static_cast<Cell>(byte | attribute() << 8);
    touch(row_);
    wraps_next_ = column_ + 1 == kColumns;
    if (!wraps_next_) column_++;
}

void Screen::put_control(u8 byte)
{
    switch (byte) {
    case '\b':
        if (column_ > 0 && !wraps_next_) column_--;
        wraps_next_ = false;
        return;
    case '\t':
        column_ = min((column_ / 8 + 1) * 8, kColumns - 1);
        return;
    case '\n':
    case '\v':
    case '\f':
        line_feed();
        return;
    case '\r':
        column_ = 0;
        wraps_next_ = false;
        return;
    default:
        return;
    }
}

void Screen::put_escape(u8 byte)
{
    state_ = State::Text;
    switch (byte) {
    case '[':
        state_ = State::Sequence;
        private_ = 0;
        parameter_count_ = 0;
        memset(parameters_, 0, sizeof parameters_);
        return;
    case ']':
    case 'P':
    case '^':
    case '_':
        state_ = State::String;
        return;
    case '7':
        return save_cursor();
    case '8':
        return restore_cursor();
    case 'c':
        return reset();
    case 'D':
        return line_feed();
    case 'E':
        column_ = 0;
        return line_feed();
    case 'M':
        return reverse_line_feed();
    default:
        if (byte >= 0x20 && byte < 0x30) state_ = State::EscapeIntermediate;
        return;
    }
}

void Screen::put_sequence(u8 byte)
{
    if (byte >= '0' && byte <= '9') {
        if (parameter_count_ == 0) parameter_count_ = 1;
        if (parameter_count_ > kMaxParameters) return;
        u32& value = parameters_[parameter_count_ - 1];
        value = min(value * 10 + (byte - '0'), kMaxParameter);
    } else if (byte == ';' || byte == ':') {
        if (parameter_count_ == 0) parameter_count_ = 1;
        if (parameter_count_ <= kMaxParameters) parameter_count_++;
    } else if (byte >= '<' && byte <= '?') {
        private_ = byte;
    } else if (byte >= 0x40 && byte <= 0x7e) {
        state_ = State::Text;
        parameter_count_ = min(parameter_count_, kMaxParameters);
        private_ ? run_private(byte) : run_sequence(byte);
    }
}

// ---- Sequences ----

u32 Screen::parameter(u32 index, u32 otherwise) const
{
    return index < parameter_count_ && parameters_[index] != 0 ? parameters_[index] : otherwise;
}

void Screen::run_private(u8 final)
{
    if (private_ == '?' && parameter(0, 0) == 25) cursor_visible_ = final == 'h';
}

void Screen::run_sequence(u8 final)
{
    const u32 count = parameter(0, 1);
    switch (final) {
    case 'J':
        return erase_in_screen(parameter(0, 0));
    case 'K':
        return erase_in_line(parameter(0, 0));
    case 'L':
        if (row_ >= top_ && row_ < bottom_) scroll_down(row_, bottom_, count);
        return;
    case 'M':
        if (row_ >= top_ && row_ < bottom_) scroll_up(row_, bottom_, count);
        return;
    case 'P':
        return delete_cells(count);
    case '@':
        return insert_cells(count);
    case 'X':
        return blank(row_, column_, min(column_ + count, kColumns));
    case 'S':
        return scroll_up(top_, bottom_, count);
    case 'T':
        return scroll_down(top_, bottom_, count);
    case 'm':
        return set_rendition();
    case 'r':
        return set_region();
    case 's':
        return save_cursor();
    case 'u':
        return restore_cursor();
    default:
        return move_cursor(final);
    }
}

void Screen::go_to(u32 row, u32 column)
{
    row_ = min(row, kRows - 1);
    column_ = min(column, kColumns - 1);
    wraps_next_ = false;
}

void Screen::move_cursor(u8 final)
{
    const u32 count = parameter(0, 1);
    // The scrolling region stops a cursor that moves inside it.
    const u32 low = row_ >= top_ ? top_ : 0;
    const u32 high = row_ < bottom_ ? bottom_ - 1 : kRows - 1;
    const u32 up = row_ - min(count, row_ - low);
    const u32 down = min(row_ + count, high);
    switch (final) {
    case 'A':
        return go_to(up, column_);
    case 'B':
        return go_to(down, column_);
    case 'C':
        return go_to(row_, column_ + count);
    case 'D':
        return go_to(row_, column_ - min(count, column_));
    case 'E':
        return go_to(down, 0);
    case 'F':
        return go_to(up, 0);
    case 'G':
    case '`':
        return go_to(row_, count - 1);
    case 'd':
        return go_to(count - 1, column_);
    case 'H':
    case 'f':
        return go_to(count - 1, parameter(1, 1) - 1);
    default:
        return;
    }
}

void Screen::erase_in_screen(u32 what)
{
    if (what > 3) return;
    const u32 first = what == 0 ? row_ + 1 : 0;
    const u32 end = what == 1 ? row_ : kRows;
    for (u32 row = first; row < end; row++)
        blank(row, 0, kColumns);
    if (what < 2) erase_in_line(what);
}

void Screen::erase_in_line(u32 what)
{
    if (what > 2) return;
    blank(row_, what == 0 ? column_ : 0, what == 1 ? column_ + 1 : kColumns);
}

void Screen::set_region()
{
    const u32 top = parameter(0, 1) - 1;
    const u32 bottom = min(parameter(1, kRows), kRows);
    if (top + 1 >= bottom) return;
    top_ = top;
    bottom_ = bottom;
    go_to(0, 0);
}

void Screen::set_rendition()
{
    if (parameter_count_ == 0) parameter_count_ = 1;
    for (u32 i = 0; i < parameter_count_; i++) {
        const u32 value = parameters_[i];
        if (value == 0) {
            foreground_ = kDefaultForeground;
            background_ = kDefaultBackground;
            bold_ = reverse_ = false;
        } else if (value == 1)
            bold_ = true;
        else if (value == 7)
            reverse_ = true;
        else if (value == 21 || value == 22)
            bold_ = false;
        else if (value == 27)
            reverse_ = false;
        else if (value >= 30 && value <= 37)
            foreground_ = adapter_color(value - 30);
        else if (value == 38)
            i = set_extended_color(i, foreground_);
        else if (value == 39)
            foreground_ = kDefaultForeground;
        else if (value >= 40 && value <= 47)
            background_ = adapter_color(value - 40);
        else if (value == 48)
            i = set_extended_color(i, background_);
        else if (value == 49)
            background_ = kDefaultBackground;
        else if (value >= 90 && value <= 97)
            foreground_ = adapter_color(value - 90 + 8);
        else if (value >= 100 && value <= 107)
            background_ = adapter_color(value - 100);  // the adapter's high bit would blink
    }
}

// 38;5;N (of 256, we have the first 16) and 38;2;R;G;B. Returns the last parameter that belongs to it.
u32 Screen::set_extended_color(u32 at, u8& color)
{
    if (at + 1 >= parameter_count_) return at;
    if (parameters_[at + 1] != 5) return at + 4;
    const u32 mask = &color == &background_ ? 7 : 15;
    if (at + 2 < parameter_count_ && parameters_[at + 2] < 16)
        color = adapter_color(parameters_[at + 2] & mask);
    return at + 2;
}

u8 Screen::attribute() const
{
    const u32 foreground = bold_ ? foreground_ | 8u : foreground_;
    const u32 background = background_;
    if (reverse_) return static_cast<u8>((foreground & 7) << 4 | background);
    return static_cast<u8>(background << 4 | foreground);
}

void Screen::save_cursor()
{
    saved_row_ = row_;
    saved_column_ = column_;
}

void Screen::restore_cursor()
{
    go_to(saved_row_, saved_column_);
}

void Screen::reset()
{
    clear_all();
    go_to(0, 0);
    top_ = saved_row_ = saved_column_ = 0;
    bottom_ = kRows;
    foreground_ = kDefaultForeground;
    background_ = kDefaultBackground;
    bold_ = reverse_ = false;
    cursor_visible_ = true;
}

// ---- Lines and cells ----

void Screen::line_feed()
{
    wraps_next_ = false;
    if (row_ + 1 == bottom_)
        scroll_up(top_, bottom_, 1);
    else if (row_ + 1 < kRows)
        row_++;
}

void Screen::reverse_line_feed()
{
    wraps_next_ = false;
    if (row_ == top_)
        scroll_down(top_, bottom_, 1);
    else if (row_ > 0)
        row_--;
}

void Screen::scroll_up(u32 top, u32 bottom, u32 count)
{
    count = min(count, bottom - top);
    memmove(cells_[top], cells_[top + count], (bottom - top - count) * sizeof cells_[0]);
    if (top == 0 && bottom == kRows) {
        scrolled_ += count;
        changed_ >>= count;
    } else {
        for (u32 row = top; row < bottom; row++)
            touch(row);
    }
    for (u32 row = bottom - count; row < bottom; row++)
        blank(row, 0, kColumns);
}

void Screen::scroll_down(u32 top, u32 bottom, u32 count)
{
    count = min(count, bottom - top);
    memmove(cells_[top + count], cells_[top], (bottom - top - count) * sizeof cells_[0]);
    for (u32 row = top; row < bottom; row++)
        touch(row);
    for (u32 row = top; row < top + count; row++)
        blank(row, 0, kColumns);
}

void Screen::insert_cells(u32 count)
{
    count = min(count, kColumns - column_);
    Cell* at = &cells_[row_][column_];
    memmove(at + count, at, (kColumns - column_ - count) * sizeof(Cell));
    blank(row_, column_, column_ + count);
}

void Screen::delete_cells(u32 count)
{
    count = min(count, kColumns - column_);
    Cell* at = &cells_[row_][column_];
    memmove(at, at + count, (kColumns - column_ - count) * sizeof(Cell));
    blank(row_, kColumns - count, kColumns);
}

// Erased cells take the background that is set, as on Linux and xterm.
void Screen::blank(u32 row, u32 from, u32 to)
{
    const Cell cell = static_cast<Cell>(' ' | background_ << 12 | kDefaultForeground << 8);
    for (u32 column = from; column < to; column++)
        cells_[row][column] = cell;
    touch(row);
}

}  // namespace faultline
