// The US layout's tables, and the state of the modifiers.
#include "dev/keymap.h"

namespace faultline {

namespace {

constexpr u8 kEscape = 0x1b;
constexpr u8 kReleased = 0x80;

// By scan code, from 0. NUL: no character.
constexpr char kPlain[] = "\0\x1b"
                          "1234567890-=\x7f\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
constexpr char kShifted[] = "\0\x1b"
                            "!@#$%^&*()_+\x7f\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";
static_assert(sizeof kPlain == 0x3A + 1 && sizeof kShifted == sizeof kPlain);

enum Key : u8 {
    kBackspace = 0x0E,
    kTab = 0x0F,
    kControl = 0x1D,
    kLeftShift = 0x2A,
    kSlash = 0x35,
    kRightShift = 0x36,
    kPrintScreen = 0x37,
    kAlt = 0x38,
    kCapsLock = 0x3A,
    kF1 = 0x3B,
    kF10 = 0x44,
    kNumLock = 0x45,
    kKeypadFirst = 0x47,
    kKeypadLast = 0x53,
    kF11 = 0x57,
    kF12 = 0x58,
};

constexpr char kKeypadDigits[] = "789-456+1230.";  // from kKeypadFirst

bool is_letter(u8 byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

// What Ctrl makes of a character, as a VT100 does; characters that it does not change are sent as they are.
u8 with_control(u8 byte)
{
    if (byte >= '@' && byte <= '~') return byte & 0x1f;
    switch (byte) {
    case ' ':
    case '2':
        return 0;
    case '/':
        return 0x1f;
    case 0x7f:
        return '\b';
    default:
        return byte;
    }
}

}  // namespace

Span<const u8> Keymap::translate(u8 code)
{
    size_ = 0;
    if (swallow_ > 0) {
        swallow_--;
        return {};
    }
    if (code == 0xE1) {  // Pause: E1 1D 45, and once more as released
        swallow_ = 2;
        return {};
    }
    if (code == 0xE0) {
        extended_ = true;
        return {};
    }
    const bool extended = extended_;
    const bool pressed = !(code & kReleased);
    const u8 key = code & 0x7f;
    extended_ = false;
    if (!modifier(key, extended, pressed) && pressed) press(key, extended);
    return {bytes_, size_};
}

bool Keymap::modifier(u8 key, bool extended, bool pressed)
{
    switch (key) {
    case kLeftShift:
        if (!extended)
            left_shift_ = pressed;  // E0 2A is a shift that the keyboard makes up around other keys
        return true;
    case kRightShift:
        if (!extended) right_shift_ = pressed;
        return true;
    case kControl:
        (extended ? right_control_ : left_control_) = pressed;
        return true;
    case kAlt:
        (extended ? right_alt_ : left_alt_) = pressed;
        return true;
    case kCapsLock:
        if (pressed) caps_lock_ = !caps_lock_;
        return true;
    case kNumLock:
        if (pressed) num_lock_ = !num_lock_;
        return true;
    default:
        return false;
    }
}

void Keymap::press(u8 key, bool extended)
{
    if (extended && key == kPrintScreen) return;
    if (key >= kKeypadFirst && key <= kKeypadLast) {
        if (extended || !num_lock_ || kKeypadDigits[key - kKeypadFirst] == '-' ||
            kKeypadDigits[key - kKeypadFirst] == '+')
            press_keypad(key);
        else
            send(static_cast<u8>(kKeypadDigits[key - kKeypadFirst]));
        return;
    }
    if (!press_named(key)) press_character(key);
}

void Keymap::press_keypad(u8 key)
{
    switch (key - kKeypadFirst) {
    case 0:
        return send_letter_sequence('H');  // Home
    case 1:
        return send_letter_sequence('A');
    case 2:
        return send_number_sequence(5);  // Page up
    case 3:
        return send('-');
    case 4:
        return send_letter_sequence('D');
    case 5:
        return;
    case 6:
        return send_letter_sequence('C');
    case 7:
        return send('+');
    case 8:
        return send_letter_sequence('F');  // End
    case 9:
        return send_letter_sequence('B');
    case 10:
        return send_number_sequence(6);  // Page down
    case 11:
        return send_number_sequence(2);  // Insert
    default:
        return send_number_sequence(3);  // Delete
    }
}

bool Keymap::press_named(u8 key)
{
    constexpr u8 kNumbers[] = {11, 12, 13, 14, 15, 17, 18, 19, 20, 21};  // F1 to F10
    if (key >= kF1 && key <= kF10)
        send_number_sequence(kNumbers[key - kF1]);
    else if (key == kF11 || key == kF12)
        send_number_sequence(key == kF11 ? 23 : 24);
    else if (key == kTab && shift())
        send_letter_sequence('Z');
    else
        return false;
    return true;
}

void Keymap::press_character(u8 key)
{
    if (key >= sizeof kPlain - 1) return;
    u8 byte = static_cast<u8>((shift() ? kShifted : kPlain)[key]);
    if (byte == 0) return;
    if (caps_lock_ && is_letter(byte)) byte ^= 0x20;
    if (control()) byte = with_control(byte);
    if (alt()) send(kEscape);
    send(byte);
}

void Keymap::send_number(u8 number)
{
    if (number >= 10) send(static_cast<u8>('0' + number / 10));
    send(static_cast<u8>('0' + number % 10));
}

void Keymap::send_letter_sequence(u8 letter)
{
    send(kEscape);
    send('[');
    if (modifier_number() > 1 && letter != 'Z') {
        send('1');
        send(';');
        send_number(modifier_number());
    }
    send(letter);
}

void Keymap::send_number_sequence(u8 number)
{
    send(kEscape);
    send('[');
    send_number(number);
    if (modifier_number() > 1) {
        send(';');
        send_number(modifier_number());
    }
    send('~');
}

}  // namespace faultline
