// The line discipline's rules; see the header for its picture. Where POSIX leaves room, Linux's drivers/tty/n_tty.c decides.
#include "dev/tty_line.h"

#include "lib/new.h"
#include "lib/string.h"

namespace faultline {

using namespace termios;

namespace {

bool is_control(u8 byte)
{
    return byte < 0x20 || byte == 0x7f;
}

bool is_word(u8 byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           byte == '_' || byte >= 0x80;
}

void set_mark(u8* marks, u32 index)
{
    marks[index / 8] = static_cast<u8>(marks[index / 8] | 1u << index % 8);
}

void clear_mark(u8* marks, u32 index)
{
    marks[index / 8] = static_cast<u8>(marks[index / 8] & ~(1u << index % 8));
}

bool marked(const u8* marks, u32 index)
{
    return marks[index / 8] >> index % 8 & 1;
}

}  // namespace

// Bytes that wait stay readable: on the way to canonical mode they become one line, on the way to raw mode plain bytes.
void TtyLine::set_modes(const Termios& modes)
{
    const bool changes_kind = (modes_.local ^ modes.local) & kICanon;
    modes_ = modes;
    if (!(modes.input & kIxOn)) output_held_ = false;
    if (!changes_kind) return;
    literal_next_ = false;
    if (canonical()) {
        canon_head_ = head_;
        if (head_ != tail_) set_mark(ends_, (head_ - 1) & kMask);
        return;
    }
    memset(ends_, 0, sizeof ends_);
    memset(eofs_, 0, sizeof eofs_);
}

u32 TtyLine::room() const
{
    const bool editing_only = canonical() && canon_head_ == tail_;
    return editing_only ? kInputSize : kInputSize - (head_ - tail_);
}

void TtyLine::flush_input()
{
    head_ = canon_head_ = tail_ = 0;
    literal_next_ = false;
    memset(ends_, 0, sizeof ends_);
    memset(eofs_, 0, sizeof eofs_);
}

// ---- Receiving ----

TtyLine::Effect TtyLine::receive(u8 byte)
{
    Effect effect;
    if (modes_.input & kIStrip) byte &= 0x7f;
    if (literal_next_) {
        literal_next_ = false;
        receive_plain(byte);
        return effect;
    }
    if ((modes_.input & kIxOn) && receive_flow(byte)) return effect;
    // Any byte lets output go on where the user asked for that, or where it is a signal.
    if ((modes_.input & kIxOn) && (modes_.input & kIxAny)) output_held_ = false;
    if ((modes_.local & kISig) && receive_signal(byte, effect)) return effect;
    if (byte == '\r') {
        if (modes_.input & kIgnCr) return effect;
        if (modes_.input & kIcrNl) byte = '\n';
    } else if (byte == '\n' && (modes_.input & kInlCr)) {
        byte = '\r';
    }
    if (canonical() && (receive_edit(byte) || receive_line_end(byte))) return effect;
    receive_plain(byte);
    return effect;
}

bool TtyLine::receive_flow(u8 byte)
{
    const bool starts = is(byte, kStart);
    if (!starts && !is(byte, kStop)) return false;
    // A terminal with one character for both toggles.
    output_held_ = !starts || (is(byte, kStop) && !output_held_);
    return true;
}

bool TtyLine::receive_signal(u8 byte, Effect& effect)
{
    effect.signal = is(byte, kIntr)   ? kSignalInt
                    : is(byte, kQuit) ? kSignalQuit
                    : is(byte, kSusp) ? kSignalTstp
                                      : 0;
    if (effect.signal == 0) return false;
    if (!(modes_.local & kNoFlsh)) {
        flush_input();
        echo_size_ = 0;
        effect.flush_output = true;
    }
    if (modes_.input & kIxOn) output_held_ = false;
    if (echoes()) echo_byte(byte);
    return true;
}

bool TtyLine::receive_edit(u8 byte)
{
    if (is(byte, kErase))
        erase(Kill::Character);
    else if (is(byte, kKill))
        erase(Kill::Line);
    else if (is(byte, kWordErase) && extended())
        erase(Kill::Word);
    else if (is(byte, kReprint) && extended() && echoes())
        reprint();
    else if (is(byte, kLiteralNext) && extended()) {
        literal_next_ = true;
        if (echoes() && (modes_.local & kEchoCtl)) {
            echo_put('^');
            echo_put('\b');
        }
    } else
        return false;
    return true;
}

bool TtyLine::receive_line_end(u8 byte)
{
    if (byte == '\n') {
        if (modes_.local & (kEcho | kEchoNl)) echo_raw('\n');
        end_line(byte, false);
    } else if (is(byte, kEof)) {
        end_line(0, true);
    } else if (is(byte, kEol) || (is(byte, kEol2) && extended())) {
        note_line_start();
        if (echoes()) echo_byte(byte);
        end_line(byte, false);
    } else {
        return false;
    }
    return true;
}

void TtyLine::receive_plain(u8 byte)
{
    // One place is kept for the byte that will end the line; in raw mode the ring may fill.
    const u32 limit = canonical() ? kInputSize - 1 : kInputSize;
    const u32 needed = byte == 0xff && (modes_.input & kParMrk) ? 2 : 1;
    if (head_ - tail_ + needed > limit) {
        if (modes_.input & kIMaxBel) echo_put('\a');
        return;
    }
    if (echoes()) {
        note_line_start();
        if (byte == '\n')
            echo_raw(byte);
        else
            echo_byte(byte);
    }
    if (needed == 2) store(byte);  // 0xff alone would announce an error: it is doubled (POSIX, PARMRK)
    store(byte);
}

void TtyLine::store(u8 byte)
{
    clear_mark(ends_, head_ & kMask);
    clear_mark(eofs_, head_ & kMask);
    input(head_++) = byte;
}

void TtyLine::end_line(u8 byte, bool is_eof)
{
    if (head_ - tail_ == kInputSize) return;  // full of whole lines: the port was told to wait, and did not
    store(byte);
    set_mark(ends_, (head_ - 1) & kMask);
    if (is_eof) set_mark(eofs_, (head_ - 1) & kMask);
    canon_head_ = head_;
}

// ---- Erasing ----

bool TtyLine::is_continuation(u8 byte) const
{
    return (modes_.input & kIUtf8) && (byte & 0xc0) == 0x80;
}

// ECHOKE rubs a killed line out, column by column; without it, or where that is too much echo, ^U and a new line.
void TtyLine::kill_unshown()
{
    head_ = canon_head_;
    if (!echoes()) return;
    echo_byte(modes_.characters[kKill]);
    if (modes_.local & kEchoK) echo_raw('\n');
}

void TtyLine::erase(Kill kind)
{
    constexpr u32 kWorstEcho = 8;  // of one erased byte: a tab
    const u32 rubs_out = kEcho | kEchoE | kEchoK | kEchoKe;
    if (head_ == canon_head_) return;
    if (kind == Kill::Line && ((modes_.local & rubs_out) != rubs_out ||
                               (head_ - canon_head_) * kWorstEcho > kEchoSize - echo_size_)) {
        kill_unshown();
        return;
    }
    bool seen_word = false;
    while (head_ != canon_head_) {
        u32 start = head_ - 1;
        while (start != canon_head_ && is_continuation(input(start)))
            start--;
        const u8 byte = input(start);
        if (is_continuation(byte)) return;  // half a character: it stays
        if (kind == Kill::Word && seen_word && !is_word(byte)) return;
        seen_word = seen_word || is_word(byte);
        head_ = start;
        if (echoes()) {
            if (kind == Kill::Character && !(modes_.local & kEchoE))
                echo_byte(modes_.characters[kErase]);
            else
                erase_shown(byte);
        }
        if (kind == Kill::Character) return;
    }
}

void TtyLine::erase_shown(u8 byte)
{
    if (byte == '\t') {
        erase_tab();
        return;
    }
    if (is_control(byte) && !(modes_.local & kEchoCtl)) return;
    if (is_control(byte)) echo_erase_one();
    echo_erase_one();
}

// A tab went to the next multiple of eight: go back to where the text before it ends.
void TtyLine::erase_tab()
{
    u32 columns = 0;
    bool after_tab = false;
    for (u32 at = head_; at != canon_head_ && !after_tab; at--) {
        const u8 byte = input(at - 1);
        if (byte == '\t')
            after_tab = true;
        else if (is_control(byte))
            columns += modes_.local & kEchoCtl ? 2 : 0;
        else if (!is_continuation(byte))
            columns++;
    }
    if (!after_tab) columns += line_column_;
    for (u32 back = 8 - columns % 8; back > 0; back--) {
        echo_put('\b');
        if (column_ > 0) column_--;
    }
}

void TtyLine::reprint()
{
    echo_byte(modes_.characters[kReprint]);
    echo_raw('\n');
    line_column_ = column_;
    for (u32 at = canon_head_; at != head_; at++)
        echo_byte(input(at));
}

// ---- Echo ----

void TtyLine::note_line_start()
{
    if (head_ == canon_head_) line_column_ = column_;
}

void TtyLine::echo_put(u8 byte)
{
    if (echo_size_ < kEchoSize)
        echo_[echo_size_++] = byte;  // a terminal that takes nothing loses echo, not input
}

void TtyLine::echo_raw(u8 byte)
{
    u8 shown[8];
    const usize size = expand(byte, shown);
    for (usize i = 0; i < size; i++)
        echo_put(shown[i]);
}

void TtyLine::echo_byte(u8 byte)
{
    if ((modes_.local & kEchoCtl) && is_control(byte) && byte != '\t') {
        echo_put('^');
        echo_put(byte ^ 0x40);
        column_ += 2;
        return;
    }
    echo_raw(byte);
}

void TtyLine::echo_erase_one()
{
    echo_put('\b');
    echo_put(' ');
    echo_put('\b');
    if (column_ > 0) column_--;
}

void TtyLine::echo_taken(usize size)
{
    echo_size_ -= static_cast<u32>(size);
    memmove(echo_, echo_ + size, echo_size_);
}

// ---- Output ----

usize TtyLine::expand(u8 byte, u8 (&out)[8])
{
    const u32 modes = modes_.output;
    out[0] = byte;
    if (!(modes & kOPost)) return 1;
    if (byte == '\r' && (modes & kOcrNl)) byte = out[0] = '\n';
    switch (byte) {
    case '\n':
        if (!(modes & kOnlCr)) {
            if (modes & kOnlRet) column_ = 0;
            return 1;
        }
        column_ = 0;
        out[0] = '\r';
        out[1] = '\n';
        return 2;
    case '\r':
        if ((modes & kOnoCr) && column_ == 0) return 0;
        column_ = 0;
        return 1;
    case '\t': {
        const u32 spaces = 8 - column_ % 8;
        column_ += spaces;
        if ((modes & kTabDelay) != kTabDelay) return 1;
        memset(out, ' ', spaces);
        return spaces;
    }
    case '\b':
        if (column_ > 0) column_--;
        return 1;
    default:
        if ((modes & kOlCuc) && byte >= 'a' && byte <= 'z') out[0] = static_cast<u8>(byte - 'a' + 'A');
        if (!is_control(byte) && !is_continuation(byte)) column_++;
        return 1;
    }
}

TtyLine::Processed TtyLine::process_output(Span<const u8> from, Span<u8> to)
{
    if (!(modes_.output & kOPost)) {
        const usize size = min(from.size(), to.size());
        memcpy(to.data(), from.data(), size);
        return {size, size};
    }
    Processed done{0, 0};
    while (done.taken < from.size()) {
        const u32 column = column_;
        u8 shown[8];
        const usize size = expand(from[done.taken], shown);
        if (size > to.size() - done.made) {
            column_ = column;  // it comes again
            break;
        }
        memcpy(to.data() + done.made, shown, size);
        done.made += size;
        done.taken++;
    }
    return done;
}

// ---- Reading ----

usize TtyLine::read(Span<u8> to, bool& line_done)
{
    usize size = 0;
    line_done = false;
    if (!canonical()) {
        while (size < to.size() && tail_ != head_)
            to[size++] = input(tail_++);
        canon_head_ = tail_;
        return size;
    }
    // One further than the buffer: a ^D right behind it belongs to this read, or the next one would take it for the end
    // of the file.
    while (!line_done && tail_ != canon_head_) {
        const u32 index = tail_ & kMask;
        const bool is_eof = marked(eofs_, index);
        if (size == to.size() && !is_eof) break;
        if (!is_eof) to[size++] = input_[index];
        line_done = marked(ends_, index);
        tail_++;
    }
    return size;
}

}  // namespace faultline
