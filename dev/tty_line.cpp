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

// Letters as Linux's tables have them: those of Latin-1 too.
bool is_upper(u8 byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 0xc0 && byte <= 0xde && byte != 0xd7);
}

bool is_lower(u8 byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 0xdf && byte != 0xf7);
}

u8 to_upper(u8 byte)
{
    return is_lower(byte) ? static_cast<u8>(byte - ('a' - 'A')) : byte;
}

u8 to_lower(u8 byte)
{
    return is_upper(byte) ? static_cast<u8>(byte + ('a' - 'A')) : byte;
}

bool is_word(u8 byte)
{
    return (byte >= '0' && byte <= '9') || is_upper(byte) || is_lower(byte) || byte == '_';
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

void TtyLine::add_special(u8 byte)
{
    if (byte != 0) set_mark(special_, byte);  // 0 in c_cc: no such character
}

// Works out what receive() has to look at, as the modes change far less often than bytes come.
void TtyLine::note_special()
{
    memset(special_, 0, sizeof special_);
    const u32 in = modes_.input;
    plain_ = !(in & (kIStrip | kIUcLc | kIgnCr | kIcrNl | kInlCr | kIxOn | kParMrk)) &&
             !(modes_.local & (kICanon | kISig | kEcho));
    if (in & (kIgnCr | kIcrNl)) add_special('\r');
    if ((in & kInlCr) || canonical()) add_special('\n');
    if (canonical()) add_special({kErase, kKill, kEof, kEol});
    if (canonical() && extended()) add_special({kWordErase, kLiteralNext, kEol2, kReprint});
    if (in & kIxOn) add_special({kStart, kStop});
    if (modes_.local & kISig) add_special({kIntr, kQuit, kSusp});
}

// Bytes that wait stay readable: on the way to canonical mode they become one line, on the way to raw mode plain bytes.
void TtyLine::set_modes(const Termios& modes)
{
    const bool changes_kind = (modes_.local ^ modes.local) & kICanon;
    if ((modes_.input & kIxOn) && !(modes.input & kIxOn)) release_output();
    modes_ = modes;
    note_special();
    if (!changes_kind) return;
    literal_next_ = erasing_ = false;
    memset(ends_, 0, sizeof ends_);
    memset(eofs_, 0, sizeof eofs_);
    if (!canonical()) return;
    canon_head_ = head_;
    if (head_ != tail_) set_mark(ends_, (head_ - 1) & kMask);
}

// One place stays free, and where errors are marked each byte may take three.
u32 TtyLine::free_places() const
{
    u32 places = kInputSize - (head_ - tail_);
    if (modes_.input & kParMrk) places = (places + 2) / 3;
    return places > 0 ? places - 1 : 0;
}

u32 TtyLine::room() const
{
    return only_edits() ? kInputSize : free_places();
}

u32 TtyLine::input_size() const
{
    if (!canonical()) return head_ - tail_;
    u32 size = canon_head_ - tail_;
    for (u32 at = tail_; at != canon_head_; at++)
        if (marked(eofs_, at & kMask)) size--;
    return size;
}

void TtyLine::flush_input()
{
    head_ = canon_head_ = tail_ = 0;
    literal_next_ = erasing_ = false;
    memset(ends_, 0, sizeof ends_);
    memset(eofs_, 0, sizeof eofs_);
}

// ---- Flow ----

void TtyLine::hold_by_request()
{
    output_held_ = held_by_request_ = true;
}

void TtyLine::release_by_request()
{
    if (!held_by_request_) return;  // what ^S held waits for ^Q
    output_held_ = held_by_request_ = false;
}

void TtyLine::release_output()
{
    if (!held_by_request_) output_held_ = false;
}

bool TtyLine::receive_flow(u8 byte)
{
    if (is(byte, kStart))
        release_output();
    else if (is(byte, kStop))
        output_held_ = true;
    else
        return false;
    return true;
}

// ---- Receiving ----

TtyLine::Effect TtyLine::receive(u8 byte)
{
    Effect effect;
    if (plain_) {
        store(byte);
        return effect;
    }
    // An over-long line: each byte more takes the last one's place, so that its end still comes.
    if (only_edits() && head_ - tail_ == kInputSize) head_--;
    if (modes_.input & kIStrip) byte &= 0x7f;
    if ((modes_.input & kIUcLc) && extended()) byte = to_lower(byte);
    const bool is_literal = literal_next_;
    literal_next_ = false;
    if (!is_literal && marked(special_, byte))
        receive_special(byte, effect);
    else
        receive_plain(byte);
    return effect;
}

void TtyLine::receive_special(u8 byte, Effect& effect)
{
    if ((modes_.input & kIxOn) && receive_flow(byte)) return;
    if ((modes_.local & kISig) && receive_signal(byte, effect)) return;
    if ((modes_.input & kIxOn) && (modes_.input & kIxAny)) release_output();
    if (byte == '\r') {
        if (modes_.input & kIgnCr) return;
        if (modes_.input & kIcrNl) byte = '\n';
    } else if (byte == '\n' && (modes_.input & kInlCr)) {
        byte = '\r';
    }
    if (canonical() && (receive_edit(byte) || receive_line_end(byte))) return;
    if (echoes() && byte == '\n') {
        finish_erasing();
        echo_raw(byte);
        keep(byte);
        return;
    }
    receive_plain(byte);
}

// Forgets what was typed and what was not shown yet, unless NOFLSH says otherwise.
void TtyLine::flush_for_signal(Effect& effect)
{
    if (modes_.local & kNoFlsh) return;
    flush_input();
    echo_size_ = 0;
    effect.flush_output = true;
}

bool TtyLine::receive_signal(u8 byte, Effect& effect)
{
    effect.signal = is(byte, kIntr)   ? kSignalInt
                    : is(byte, kQuit) ? kSignalQuit
                    : is(byte, kSusp) ? kSignalTstp
                                      : 0;
    if (effect.signal == 0) return false;
    flush_for_signal(effect);
    if (modes_.input & kIxOn) release_output();
    if (echoes()) echo_byte(byte);
    return true;
}

TtyLine::Effect TtyLine::receive_break()
{
    Effect effect;
    if (modes_.input & kIgnBrk) return effect;
    if (modes_.input & kBrkInt) {
        effect.signal = kSignalInt;
        flush_for_signal(effect);
        return effect;
    }
    if (modes_.input & kParMrk) {
        store(0xff);
        store(0);
    }
    store(0);
    return effect;
}

bool TtyLine::receive_edit(u8 byte)
{
    if (is(byte, kErase))
        erase(Kill::Character);
    else if (is(byte, kWordErase) && extended())
        erase(Kill::Word);
    else if (is(byte, kKill))
        erase(Kill::Line);
    else if (is(byte, kReprint) && extended() && echoes())
        reprint();
    else if (is(byte, kLiteralNext) && extended()) {
        literal_next_ = true;
        if (echoes()) finish_erasing();
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
        if (echoes()) {
            note_line_start();
            echo_byte(byte);
        }
        if (byte == 0xff && (modes_.input & kParMrk)) store(byte);
        end_line(byte, false);
    } else {
        return false;
    }
    return true;
}

void TtyLine::receive_plain(u8 byte)
{
    if ((modes_.input & kIxOn) && (modes_.input & kIxAny)) release_output();
    if (echoes()) {
        finish_erasing();
        note_line_start();
        echo_byte(byte);
    }
    keep(byte);
}

void TtyLine::keep(u8 byte)
{
    if (byte == 0xff && (modes_.input & kParMrk))
        store(byte);  // alone it would announce an error (POSIX, PARMRK)
    store(byte);
}

// A port that was told to wait, and did not, loses what finds no place.
void TtyLine::store(u8 byte)
{
    if (head_ - tail_ == kInputSize) return;
    clear_mark(ends_, head_ & kMask);
    clear_mark(eofs_, head_ & kMask);
    input(head_++) = byte;
}

void TtyLine::end_line(u8 byte, bool is_eof)
{
    if (head_ - tail_ == kInputSize) return;
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
bool TtyLine::kills_unshown() const
{
    constexpr u32 kWorstEcho = 8;  // of one erased byte: a tab
    constexpr u32 kRubsOut = kEcho | kEchoE | kEchoK | kEchoKe;
    return (modes_.local & kRubsOut) != kRubsOut ||
           (head_ - canon_head_) * kWorstEcho > kEchoSize - echo_size_;
}

void TtyLine::kill_unshown()
{
    head_ = canon_head_;
    if (!echoes()) return;
    finish_erasing();
    echo_byte(modes_.characters[kKill]);
    if (modes_.local & kEchoK) echo_raw('\n');
}

// Where the last character of the line begins; the line is not empty.
u32 TtyLine::character_start() const
{
    u32 start = head_ - 1;
    while (start != canon_head_ && is_continuation(input(start)))
        start--;
    return start;
}

void TtyLine::erase(Kill kind)
{
    if (head_ == canon_head_) return;
    if (kind == Kill::Line && kills_unshown()) {
        kill_unshown();
        return;
    }
    bool seen_word = false;
    while (head_ != canon_head_) {
        const u32 start = character_start();
        const u8 byte = input(start);
        if (is_continuation(byte)) break;  // half a character: it stays
        if (kind == Kill::Word && seen_word && !is_word(byte)) break;
        seen_word = seen_word || is_word(byte);
        const u32 end = head_;
        head_ = start;
        if (echoes()) show_erased(kind, start, end);
        if (kind == Kill::Character) break;
    }
    if (head_ == canon_head_ && echoes()) finish_erasing();
}

void TtyLine::show_erased(Kill kind, u32 start, u32 end)
{
    if (modes_.local & kEchoPrt)
        print_erased(start, end);
    else if (kind == Kill::Character && !(modes_.local & kEchoE))
        echo_byte(modes_.characters[kErase]);
    else
        erase_shown(input(start));
}

// ECHOPRT, for terminals of paper: what was erased is printed once more, between \ and /.
void TtyLine::print_erased(u32 start, u32 end)
{
    if (!erasing_) echo_raw('\\');
    erasing_ = true;
    echo_byte(input(start));
    while (++start != end)
        echo_raw(input(start));
}

void TtyLine::finish_erasing()
{
    if (erasing_) echo_raw('/');
    erasing_ = false;
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
    finish_erasing();
    echo_byte(modes_.characters[kReprint]);
    echo_raw('\n');
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
    switch (byte) {
    case '\n':
        if (modes & (kOnlRet | kOnlCr)) column_ = 0;
        line_column_ = column_;
        if (!(modes & kOnlCr)) return 1;
        out[0] = '\r';
        out[1] = '\n';
        return 2;
    case '\r':
        if ((modes & kOnoCr) && column_ == 0) return 0;
        if (modes & kOcrNl) out[0] = '\n';
        if ((modes & kOcrNl) && !(modes & kOnlRet)) return 1;
        line_column_ = column_ = 0;
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
        if (modes & kOlCuc) out[0] = to_upper(byte);
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
