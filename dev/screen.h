// A text screen of 80 x 25 cells and the VT100 sequences that change it. Pure: knows no hardware, but notes which rows
// changed and how far all of it scrolled, so that dev/vga moves only those. test/unit/screen_test.cpp.
//
// Understood: BS HT LF CR, ESC 7 8 c D E M, CSI A-H J K L M P S T X @ d f m r s u, ?25h/l. The rest is parsed and dropped.
#pragma once

#include "lib/span.h"
#include "lib/types.h"

namespace faultline {

class Screen {
public:
    static constexpr u32 kRows = 25;
    static constexpr u32 kColumns = 80;
    using Cell = u16;  // the adapter's: character, attribute << 8
    static constexpr Cell kBlank = 0x0720;

    Screen() { clear_all(); }

    void put(u8 byte);
    void put(Span<const u8> bytes)
    {
        for (const u8 byte : bytes)
            put(byte);
    }

    const Cell* row(u32 row) const { return cells_[row]; }
    u32 cursor_row() const { return row_; }
    u32 cursor_column() const { return column_; }  // < kColumns
    bool cursor_visible() const { return cursor_visible_; }

    // What happened since the last settle(): first everything moved up by scrolled() rows, then the rows with a bit in
    // changed_rows() were rewritten.
    u32 scrolled() const { return scrolled_; }
    u32 changed_rows() const { return changed_; }
    void settle() { scrolled_ = changed_ = 0; }

private:
    static constexpr u32 kMaxParameters = 8;
    enum class State : u8 { Text, Escape, EscapeIntermediate, Sequence, String };

    void clear_all();
    void put_character(u8 byte);
    void put_control(u8 byte);
    void put_escape(u8 byte);
    void put_sequence(u8 byte);
    void put_utf8(u8 byte);
    void run_sequence(u8 final);
    void run_private(u8 final);
    void move_cursor(u8 final);
    void erase_in_screen(u32 what);
    void erase_in_line(u32 what);
    void set_rendition();
    u32 set_extended_color(u32 at, u8& color);
    void set_region();
    void reset();
    void save_cursor();
    void restore_cursor();

    void line_feed();
    void reverse_line_feed();
    void scroll_up(u32 top, u32 bottom, u32 count);  // rows [top, bottom)
    void scroll_down(u32 top, u32 bottom, u32 count);
    void insert_cells(u32 count);
    void delete_cells(u32 count);
    void blank(u32 row, u32 from, u32 to);
    void touch(u32 row) { changed_ |= 1u << row; }
    void go_to(u32 row, u32 column);
    u32 parameter(u32 index, u32 otherwise) const;  // 0 and absent are `otherwise`
    u8 attribute() const;

    Cell cells_[kRows][kColumns];
    u32 row_ = 0, column_ = 0;
    u32 saved_row_ = 0, saved_column_ = 0;
    u32 top_ = 0, bottom_ = kRows;  // the scrolling region
    u32 scrolled_ = 0, changed_ = 0;
    State state_ = State::Text;
    bool wraps_next_ = false;  // the cursor stands behind the last column
    bool cursor_visible_ = true;
    bool bold_ = false, reverse_ = false;
    u8 foreground_ = 7, background_ = 0;  // the adapter's colors
    u8 private_ = 0;                      // '?', '>' or '=' behind CSI
    u8 utf8_left_ = 0;
    u32 parameters_[kMaxParameters] = {};
    u32 parameter_count_ = 0;
};

}  // namespace faultline
