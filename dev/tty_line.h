// The line discipline: a state machine between a terminal's bytes and a program's reads and writes. Pure: no locks, no
// hardware, runs on the host (test/unit/tty_line_test.cpp). Behaves as Linux's N_TTY does.
//
//   input_ (a ring of 4096):   tail_ ......... canon_head_ ........ head_
//                              whole lines     the line being edited
//
// Canonical mode reads whole lines up to canon_head_; raw mode reads all up to head_. A mark in ends_ closes a line; one in
// eofs_ as well says that its byte is a ^D and belongs to nobody. Indices run freely and are masked on use. The ring itself
// belongs to the owner, who may have to get it from elsewhere than the rest: it is as large as a page.
#pragma once

#include "lib/span.h"
#include "lib/types.h"

namespace faultline {

// struct termios as TCGETS and TCSETS move it (Linux, asm-generic/termbits.h): 36 bytes.
struct Termios {
    u32 input, output, control, local;
    u8 discipline;
    u8 characters[19];
};
static_assert(sizeof(Termios) == 36);

namespace termios {
enum Character : u32 {
    kIntr = 0,
    kQuit = 1,
    kErase = 2,
    kKill = 3,
    kEof = 4,
    kTime = 5,
    kMin = 6,
    kStart = 8,
    kStop = 9,
    kSusp = 10,
    kEol = 11,
    kReprint = 12,
    kDiscard = 13,  // has a place and no meaning, as in Linux
    kWordErase = 14,
    kLiteralNext = 15,
    kEol2 = 16
};
constexpr u32 kIgnBrk = 0x1, kBrkInt = 0x2, kParMrk = 0x8, kIStrip = 0x20, kInlCr = 0x40, kIgnCr = 0x80,
              kIcrNl = 0x100, kIUcLc = 0x200, kIxOn = 0x400, kIxAny = 0x800, kIxOff = 0x1000, kIUtf8 = 0x4000;
constexpr u32 kOPost = 0x1, kOlCuc = 0x2, kOnlCr = 0x4, kOcrNl = 0x8, kOnoCr = 0x10, kOnlRet = 0x20,
              kTabDelay = 0x1800;
constexpr u32 kISig = 0x1, kICanon = 0x2, kEcho = 0x8, kEchoE = 0x10, kEchoK = 0x20, kEchoNl = 0x40,
              kNoFlsh = 0x80, kToStop = 0x100, kEchoCtl = 0x200, kEchoPrt = 0x400, kEchoKe = 0x800,
              kIExten = 0x8000;
constexpr u32 kB38400 = 0xf, kCSize = 0x30, kCs8 = 0x30, kCRead = 0x80, kParEnb = 0x100, kHupCl = 0x400;
}  // namespace termios

// Linux's own defaults (tty_std_termios): 38400 baud, 8 bits, sane.
constexpr Termios kDefaultTermios = {termios::kIcrNl | termios::kIxOn,
                                     termios::kOPost | termios::kOnlCr,
                                     termios::kB38400 | termios::kCs8 | termios::kCRead | termios::kHupCl,
                                     termios::kISig | termios::kICanon | termios::kEcho | termios::kEchoE |
                                         termios::kEchoK | termios::kEchoCtl | termios::kEchoKe |
                                         termios::kIExten,
                                     0,
                                     {3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 0}};

constexpr u32 kSignalHup = 1, kSignalInt = 2, kSignalQuit = 3, kSignalCont = 18, kSignalTstp = 20,
              kSignalTtin = 21, kSignalTtou = 22, kSignalWinch = 28;

class TtyLine {
public:
    static constexpr u32 kInputSize = 4096;
    static constexpr u32 kEchoSize = 2048;
    using Ring = u8[kInputSize];

    explicit TtyLine(Ring& ring) : input_{ring} { note_special(); }

    const Termios& modes() const { return modes_; }
    void set_modes(const Termios& modes);
    bool canonical() const { return modes_.local & termios::kICanon; }

    // What a received byte asks of the tty, beyond what it did to the line.
    struct Effect {
        u32 signal = 0;             // for the foreground group
        bool flush_output = false;  // forget what is queued at the port
    };
    Effect receive(u8 byte);
    Effect receive_break();  // of the line: a zero longer than any byte

    // ^S came: output is to wait for ^Q. Any byte, signal or change of modes may end it, but not where a program asked for
    // the halt (tcflow): then only a program ends it.
    bool output_held() const { return output_held_; }
    void hold_by_request();
    void release_by_request();

    // How many more bytes receive() takes without losing one. An over-long line loses its end instead of blocking the
    // terminal, so while one is edited there is always room.
    u32 room() const;

    // Echo to be shown, output processing done; the caller takes it away in order.
    Span<const u8> echo() const { return {echo_, echo_size_}; }
    void echo_taken(usize size);

    // Turns as many bytes of `from` into what the port shall see as fit into `to`.
    struct Processed {
        usize taken, made;
    };
    Processed process_output(Span<const u8> from, Span<u8> to);

    // Is there something to read: a whole line, or in raw mode at least `wanted` bytes?
    bool has_input(u32 wanted) const
    {
        return canonical() ? tail_ != canon_head_ : head_ - tail_ >= wanted && head_ != tail_;
    }
    u32 input_size() const;  // FIONREAD

    // Takes input away; `line_done` says that in canonical mode a line (or an end of file, with 0 bytes) is complete.
    usize read(Span<u8> to, bool& line_done);

    void flush_input();

private:
    static constexpr u32 kMask = kInputSize - 1;
    enum class Kill : u8 { Character, Word, Line };

    bool is(u8 byte, termios::Character which) const { return byte != 0 && modes_.characters[which] == byte; }
    bool echoes() const { return modes_.local & termios::kEcho; }
    bool extended() const { return modes_.local & termios::kIExten; }
    bool is_continuation(u8 byte) const;
    u8& input(u32 index) { return input_[index & kMask]; }
    u8 input(u32 index) const { return input_[index & kMask]; }
    void note_special();
    void add_special(u8 byte);
    template <usize N> void add_special(const termios::Character (&which)[N])
    {
        for (const termios::Character character : which)
            add_special(modes_.characters[character]);
    }
    void release_output();
    u32 free_places() const;
    bool only_edits() const { return canonical() && canon_head_ == tail_; }

    void receive_special(u8 byte, Effect& effect);
    bool receive_signal(u8 byte, Effect& effect);
    void flush_for_signal(Effect& effect);
    bool receive_flow(u8 byte);
    bool receive_edit(u8 byte);
    bool receive_line_end(u8 byte);
    void receive_plain(u8 byte);
    void keep(u8 byte);  // as input, doubled where it would be taken for a mark
    void end_line(u8 byte, bool is_eof);
    void store(u8 byte);
    void erase(Kill kind);
    bool kills_unshown() const;
    u32 character_start() const;
    void show_erased(Kill kind, u32 start, u32 end);
    void print_erased(u32 start, u32 end);
    void erase_shown(u8 byte);
    void erase_tab();
    void kill_unshown();
    void reprint();

    void echo_byte(u8 byte);  // as a terminal shows it: ^C for control characters
    void echo_raw(u8 byte);   // through output processing
    void echo_put(u8 byte);   // as it is
    void echo_erase_one();
    void finish_erasing();
    void note_line_start();
    usize expand(u8 byte, u8 (&out)[8]);  // output processing of one byte; counts columns

    Termios modes_ = kDefaultTermios;
    u32 head_ = 0, canon_head_ = 0, tail_ = 0;
    u32 column_ = 0;       // of the cursor, as far as we can know it
    u32 line_column_ = 0;  // where the line being edited began
    u32 echo_size_ = 0;
    bool plain_ = false;    // no byte is special, and nothing is echoed
    bool erasing_ = false;  // ECHOPRT: a backslash was shown, and no slash yet
    bool literal_next_ = false;
    bool output_held_ = false;
    bool held_by_request_ = false;
    Ring& input_;
    u8 special_[256 / 8] = {};  // bytes that are more than themselves in these modes
    u8 ends_[kInputSize / 8] = {};
    u8 eofs_[kInputSize / 8] = {};
    u8 echo_[kEchoSize] = {};
};

}  // namespace faultline
