// Scan codes of set 1 to the bytes a terminal sends, for the US layout. Pure: test/unit/keymap_test.cpp.
//
// Keys without a character send xterm's sequences (arrows ESC [ A, with a modifier ESC [ 1 ; 5 A), as programs expect of
// TERM=linux and TERM=xterm alike.
#pragma once

#include "lib/span.h"
#include "lib/types.h"

namespace faultline {

class Keymap {
public:
    static constexpr usize kMaxBytes = 8;

    // The bytes that this scan code adds to the input; empty for releases, modifiers and keys without a meaning. The
    // answer stands until the next call.
    Span<const u8> translate(u8 code);

private:
    bool shift() const { return left_shift_ || right_shift_; }
    bool control() const { return left_control_ || right_control_; }
    bool alt() const { return left_alt_ || right_alt_; }

    bool modifier(u8 key, bool extended, bool pressed);
    void press(u8 key, bool extended);
    void press_keypad(u8 key);
    bool press_named(u8 key);
    void press_character(u8 key);
    void send(u8 byte) { bytes_[size_++] = byte; }
    void send_letter_sequence(u8 letter);  // ESC [ A
    void send_number_sequence(u8 number);  // ESC [ 3 ~
    void send_number(u8 number);
    u8 modifier_number() const { return static_cast<u8>(1 + shift() + 2 * alt() + 4 * control()); }

    bool left_shift_ = false, right_shift_ = false, left_control_ = false, right_control_ = false;
    bool left_alt_ = false, right_alt_ = false, caps_lock_ = false, num_lock_ = true;
    bool extended_ = false;  // 0xE0 came: the next code is of the second half
    u8 swallow_ = 0;         // codes of the Pause key still to come
    u8 bytes_[kMaxBytes] = {};
    u8 size_ = 0;
};

}  // namespace faultline
