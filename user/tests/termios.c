// What termios promises, asked through a pseudo-terminal: what is typed, what is shown, what a program reads. Line modes,
// characters, timing and requests; sessions and job control are in jobs.c.
#include "ptypair.h"

// ---- Lines ----

PART(lines)
{
    const struct pair p = open_pair();
    type(p, "hello");
    shows(p, "hello");
    nothing_to_read(p);
    type(p, "\r");
    shows(p, "\r\n");
    reads(p, "hello\n");
    type(p, "one\ntwo\n");
    reads(p, "one\n");
    reads(p, "two\n");
    type(p, "abcdef\n");
    reads_at_most(p, 4, "abcd");
    reads_at_most(p, 4, "ef\n");
}

PART(end_of_file)
{
    const struct pair p = open_pair();
    type(p, "\x04");
    reads(p, "");
    shows(p, "");
    type(p, "abc\x04");
    reads_at_most(p, 3, "abc");  // and the ^D with it
    nothing_to_read(p);
    type(p, "abc\x04\x04");
    reads(p, "abc");
    reads(p, "");
    set_character(p, VEOF, '#');
    type(p, "x#");
    reads(p, "x");
}

PART(more_line_ends)
{
    const struct pair p = open_pair();
    set_character(p, VEOL, ';');
    set_character(p, VEOL2, ',');
    type(p, "a;b,c\n");
    reads(p, "a;");
    reads(p, "b,");
    reads(p, "c\n");
    shows(p, "a;b,c\r\n");
    change(p, kLocal, IEXTEN, 0);
    type(p, "b,c;");
    reads(p, "b,c;");
    shows(p, "b,c;");
}

// ---- Editing ----

PART(erase)
{
    const struct pair p = open_pair();
    type(p, "ab\x7f");
    shows(p, "ab\b \b");
    type(p, "\x7f\x7f");
    shows(p, "\b \b");
    type(p, "\x01\x7f");
    shows(p, "^A\b \b\b \b");
    type(p, "a\t\x7f");
    shows(p, "a\t\b\b\b\b\b\b\b");
    type(p, "\tb\t\x7f\x7f\x7f");
    shows(p, "\tb\t\b\b\b\b\b\b\b\b \b\b\b\b\b\b\b\b");
    type(p, "x\n");
    reads(p, "ax\n");
    shows(p, "x\r\n");
    change(p, kLocal, ECHOE, 0);
    type(p, "ab\x7f\n");
    shows(p, "ab^?\r\n");
    reads(p, "a\n");
    write_text(p, "$ ");
    shows(p, "$ ");
    change(p, kLocal, 0, ECHOE);
    type(p, "\t\x7f");  // back to the prompt's end
    shows(p, "\t\b\b\b\b\b\b");
}

PART(erase_of_utf8)
{
    const struct pair p = open_pair();
    type(p, "\xc3\xa4\x7f\n");
    shows(p, "\xc3\xa4\b \b\r\n");
    reads(p, "\xc3\n");
    change(p, kIn, 0, IUTF8);
    type(p, "\xc3\xa4\xe2\x82\xac\x7f\n");
    shows(p, "\xc3\xa4\xe2\x82\xac\b \b\r\n");
    reads(p, "\xc3\xa4\n");
    type(p, "\xa4\x7f\n");  // half a character stays
    reads(p, "\xa4\n");
    shows(p, "\xa4\r\n");
    type(p, "\xc3\xa4\t\x7f");
    shows(p, "\xc3\xa4\t\b\b\b\b\b\b\b");
}

PART(word_erase)
{
    const struct pair p = open_pair();
    type(p, "ls foo_1  \x17");
    shows(p, "ls foo_1  \b \b\b \b\b \b\b \b\b \b\b \b\b \b");
    type(p, "a-b\x17\n");
    shows(p, "a-b\b \b\r\n");
    reads(p, "ls a-\n");
    type(p, "\xe4\x17\xd7\x17\n");  // a letter of Latin-1, and a sign
    reads(p, "\n");
    shows(p, "\xe4\b \b\xd7\b \b\r\n");
    change(p, kLocal, IEXTEN, 0);
    type(p, "a\x17\n");
    shows(p, "a^W\r\n");
    reads(p, "a\x17\n");
}

PART(line_kill)
{
    const struct pair p = open_pair();
    type(p, "abc\x15");
    shows(p, "abc\b \b\b \b\b \b");
    type(p, "x\n");
    reads(p, "x\n");
    shows(p, "x\r\n");
    change(p, kLocal, ECHOKE, 0);
    type(p, "abc\x15");
    shows(p, "abc^U\r\n");
    change(p, kLocal, ECHOK, 0);
    type(p, "abc\x15");
    shows(p, "abc^U");
    change(p, kLocal, 0, ECHOK | ECHOKE);
    change(p, kLocal, ECHOE, 0);
    type(p, "abc\x15");
    shows(p, "abc^U\r\n");
    change(p, kLocal, ECHO, 0);
    type(p, "abc\x15z\n");
    shows(p, "");
    reads(p, "z\n");
}

PART(literal_next)
{
    const struct pair p = open_pair();
    type(p, "\x16\x03\x16\x04\x16\n");
    shows(p, "^\b^C^\b^D^\b^J");
    type(p, "\n");
    reads(p, "\x03\x04\n\n");
    shows(p, "\r\n");
    type(p, "\x16\r\n");  // not even mapped
    reads(p, "\r\n");
    shows(p, "^\b^M\r\n");
    change(p, kLocal, ECHOCTL, 0);
    type(p, "\x16\x03\n");
    shows(p, "\x03\r\n");
    reads(p, "\x03\n");
    change(p, kLocal, IEXTEN, ECHOCTL);
    type(p, "\x16\n");
    shows(p, "^V\r\n");
    reads(p, "\x16\n");
}

PART(reprint)
{
    const struct pair p = open_pair();
    type(p, "abc\x12");
    shows(p, "abc^R\r\nabc");
    type(p, "\n");
    reads(p, "abc\n");
    shows(p, "\r\n");
    change(p, kLocal, ECHO, 0);
    type(p, "a\x12\n");
    reads(p, "a\x12\n");
    shows(p, "");
}

PART(echoprt)
{
    const struct pair p = open_pair();
    change(p, kLocal, 0, ECHOPRT);
    type(p, "abc\x7f\x7f"
            "d");
    shows(p, "abc\\cb/d");
    type(p, "\x15");
    shows(p, "\\da/");
    type(p, "xy\x17z\n");
    shows(p, "xy\\yx/z\r\n");
    reads(p, "z\n");
    type(p, "q\x7f\n");
    shows(p, "q\\q/\r\n");
    reads(p, "\n");
}

// ---- Input flags ----

PART(mapping_of_cr_and_nl)
{
    const struct pair p = open_pair();
    change(p, kIn, ICRNL, IGNCR);
    type(p, "a\rb\n");
    reads(p, "ab\n");
    shows(p, "ab\r\n");
    change(p, kIn, IGNCR, 0);
    type(p, "a\r\n");
    reads(p, "a\r\n");
    shows(p, "a^M\r\n");
    change(p, kIn, 0, INLCR);
    type(p, "a\n");
    shows(p, "a^M");
    nothing_to_read(p);
    change(p, kIn, 0, ICRNL);
    type(p, "\r");
    reads(p, "a\r\n");
    shows(p, "\r\n");
    change(p, kLocal, ICANON, 0);
    type(p, "\n\rx");
    shows(p, "^M\r\nx");
    reads(p, "\r\nx");
}

PART(stripping_and_case)
{
    const struct pair p = open_pair();
    change(p, kIn, 0, ISTRIP);
    type(p, "\xe1\n");
    reads(p, "a\n");
    shows(p, "a\r\n");
    change(p, kIn, ISTRIP, IUCLC);
    type(p, "ABC\xc4xyz\n");
    reads(p, "abc\xe4xyz\n");
    shows(p, "abc\xe4xyz\r\n");
    change(p, kLocal, IEXTEN, 0);
    type(p, "ABC\n");
    reads(p, "ABC\n");
    shows(p, "ABC\r\n");
}

PART(parity_marks)
{
    const struct pair p = open_pair();
    change(p, kIn, 0, PARMRK);
    type(p, "a\xff"
            "b\n");
    reads(p, "a\xff\xff"
             "b\n");
    shows(p, "a\xff"
             "b\r\n");
    make_raw(p, 1, 0);
    change(p, kIn, 0, PARMRK);
    type(p, "\xff");
    reads(p, "\xff\xff");
    change(p, kIn, PARMRK, 0);
    type(p, "\xff");
    reads(p, "\xff");
}

static void stays_silent(struct pair p)
{
    check(!(is_ready(p.master, POLLIN, 50) & POLLIN));
}

// Writes from another process, as the writer must wait.
static pid_t write_apart(struct pair p, const char* text)
{
    const pid_t pid = fork();
    if (pid == 0) {
        const size_t size = strlen(text);
        _exit(write(p.slave, text, size) != (ssize_t)size);
    }
    return pid;
}

PART(flow)
{
    const struct pair p = open_pair();
    change(p, kLocal, ECHO, 0);
    type(p, "\x13");
    nothing_to_read(p);
    pid_t writer = write_apart(p, "held");
    stays_silent(p);
    check(!(is_ready(p.slave, POLLOUT, kQuietMs) & POLLOUT));
    type(p, "x");  // without IXANY nothing else lets it go
    stays_silent(p);
    type(p, "\x11");
    shows(p, "held");
    check_child(writer);
    change(p, kIn, 0, IXANY);
    type(p, "\x13");
    nothing_to_read(p);
    writer = write_apart(p, "any");
    stays_silent(p);
    type(p, "y");
    shows(p, "any");
    check_child(writer);
    type(p, "\n");
    reads(p, "xy\n");
    type(p, "\x13");
    nothing_to_read(p);
    writer = write_apart(p, "modes");
    stays_silent(p);
    change(p, kIn, IXON, 0);
    shows(p, "modes");
    check_child(writer);
    type(p, "\x11\x13\n");
    reads(p, "\x11\x13\n");
}

PART(flow_by_request)
{
    const struct pair p = open_pair();
    change(p, kLocal, ECHO, 0);
    check(tcflow(p.slave, TCOOFF) == 0);
    const pid_t writer = write_apart(p, "held");
    type(p, "\x11\n");  // only who stopped it lets it go
    reads(p, "\n");
    stays_silent(p);
    check(tcflow(p.slave, TCOON) == 0);
    shows(p, "held");
    check_child(writer);
    check(tcflow(p.slave, TCIOFF) == 0);
    shows(p, "\x13");
    check(tcflow(p.slave, TCION) == 0);
    shows(p, "\x11");
    check_errno(tcflow(p.slave, 4), EINVAL);
    type(p, "\x13");
    nothing_to_read(p);
    check(tcflow(p.slave, TCOON) == 0);  // it was not tcflow that stopped it
    const pid_t other = write_apart(p, "x");
    stays_silent(p);
    type(p, "\x11");
    shows(p, "x");
    check_child(other);
}

// ---- Output flags ----

PART(output)
{
    const struct pair p = open_pair();
    write_text(p, "a\nb\r\tc\n");
    shows(p, "a\r\nb\r\tc\r\n");
    change(p, kOut, 0, XTABS);
    write_text(p, "\tx\ty\xe4\tz\n");
    shows(p, "        x       y\xe4      z\r\n");
    write_text(p, "abc\b\b\tz\n");
    shows(p, "abc\b\b       z\r\n");
    change(p, kOut, XTABS, OLCUC);
    write_text(p, "abc XYZ \xe4 1\n");
    shows(p, "ABC XYZ \xc4 1\r\n");
    change(p, kOut, OLCUC | ONLCR, OCRNL);
    write_text(p, "a\rb\n");
    shows(p, "a\nb\n");
    change(p, kOut, OCRNL, ONOCR);
    write_text(p, "\r");  // the column is 2 by now
    shows(p, "\r");
    write_text(p, "\rx\r\r");
    shows(p, "x\r");
    change(p, kOut, ONOCR, ONLRET | XTABS);
    write_text(p, "abc\n\t.");
    shows(p, "abc\n        .");
    change(p, kOut, ONLRET, 0);
    write_text(p, "\r123\n\t.\r");
    shows(p, "\r123\n     .\r");
    change(p, kOut, OPOST, ONLCR);
    write_text(p, "a\n\t\r");
    shows(p, "a\n\t\r");
}

PART(echo)
{
    const struct pair p = open_pair();
    type(p, "\x01\x1b\x7f\x7f\n");
    shows(p, "^A^[\b \b\b \b\b \b\b \b\r\n");
    reads(p, "\n");
    change(p, kLocal, ECHOCTL, 0);
    type(p, "a\x01\x02\n");
    shows(p, "a\x01\x02\r\n");
    reads(p, "a\x01\x02\n");
    change(p, kLocal, ECHO, ECHONL | ECHOCTL);
    type(p, "secret\n");
    shows(p, "\r\n");
    reads(p, "secret\n");
    change(p, kLocal, ECHONL, 0);
    type(p, "secret\n");
    shows(p, "");
    reads(p, "secret\n");
    change(p, kLocal, ICANON, ECHO);
    type(p, "a\n");  // no line, so nothing but a control character
    shows(p, "a^J");
    reads(p, "a\n");
    change(p, kOut, OPOST, 0);
    change(p, kLocal, 0, ICANON);
    type(p, "a\n");
    shows(p, "a\n");
    reads(p, "a\n");
}

// ---- Queues ----

PART(over_long_line)
{
    const struct pair p = open_pair();
    static char line[5001], wanted[4097];
    change(p, kLocal, ECHO, 0);
    for (int i = 0; i < 5000; i++)
        line[i] = (char)('a' + i % 26);
    line[5000] = '\n';
    type_bytes(p, line, sizeof line);
    memcpy(wanted, line, 4095);  // 4096 bytes are kept, the line's end the last of them
    wanted[4095] = '\n';
    reads_bytes(p, wanted, 4096, 8192, __LINE__);
    nothing_to_read(p);
    type(p, "next\n");
    reads(p, "next\n");
}

PART(waiting_lines_hold_the_writer)
{
    const struct pair p = open_pair();
    static const char line[] = "0123456789abcde\n";
    long written = 0, got = 0;
    change(p, kLocal, ECHO, 0);
    check(fcntl(p.master, F_SETFL, O_RDWR | O_NONBLOCK) == 0);
    do {  // Linux takes from what was typed a little later, which makes room once more
        ssize_t count;
        while ((count = write(p.master, line + written % 16, (size_t)(16 - written % 16))) > 0)
            check((written += count) < 65536);
        check(count < 0 && errno == EAGAIN && written > 4000);
    } while (is_ready(p.master, POLLOUT, kQuietMs) & POLLOUT);
    char bytes[32];
    while (got + 16 <= written) {
        reads_bytes(p, line, 16, sizeof bytes, __LINE__);
        got += 16;
    }
    check(is_ready(p.master, POLLOUT, kPatience) & POLLOUT);
    type_bytes(p, line + written % 16, (size_t)(16 - written % 16));
    reads_bytes(p, line, 16, sizeof bytes, __LINE__);
}

PART(many_bytes_pass_whole)
{
    enum { kBytes = 300000 };
    const struct pair p = open_pair();
    make_raw(p, 1, 0);
    static unsigned char bytes[4000];
    const pid_t writer = fork();
    if (writer == 0) {
        for (unsigned sent = 0; sent < kBytes;) {
            const unsigned size = 1 + sent % 3989;
            for (unsigned i = 0; i < size; i++)
                bytes[i] = (unsigned char)((sent + i) * 7 + (sent + i) / 251);
            check(write(p.master, bytes, size) == (ssize_t)size);
            sent += size;
        }
        _exit(0);
    }
    const pid_t echoer = fork();
    if (echoer == 0) {  // the other way at the same time
        for (unsigned got = 0; got < kBytes;) {
            const ssize_t count = read(p.slave, bytes, 1 + got % 1999);
            check(count > 0);
            check(write(p.slave, bytes, (size_t)count) == count);
            got += (unsigned)count;
        }
        _exit(0);
    }
    for (unsigned got = 0; got < kBytes;) {
        const ssize_t count = read(p.master, bytes, sizeof bytes);
        check(count > 0);
        for (unsigned i = 0; i < (unsigned)count; i++)
            check(bytes[i] == (unsigned char)((got + i) * 7 + (got + i) / 251));
        got += (unsigned)count;
        if (got >= kBytes) break;
    }
    check_child(writer);
    kill(echoer, SIGKILL);
    status_of(echoer);
}

PART(counts_of_bytes)
{
    const struct pair p = open_pair();
    int count = -1;
    type(p, "ab");
    shows(p, "ab");
    check(ioctl(p.slave, FIONREAD, &count) == 0 && count == 0);  // no line yet
    type(p, "c\nx\x04\x04");
    shows(p, "c\r\nx");
    check(is_ready(p.slave, POLLIN, kPatience) & POLLIN);
    check(ioctl(p.slave, FIONREAD, &count) == 0 && count == 5);  // a ^D is no byte
    check(ioctl(p.slave, TIOCOUTQ, &count) == 0 && count == 0);
    change(p, kLocal, ICANON, 0);
    check(ioctl(p.slave, FIONREAD, &count) == 0 && count == 7);
    write_text(p, "1234");
    check(is_ready(p.master, POLLIN, kPatience) & POLLIN);
    check(ioctl(p.master, FIONREAD, &count) == 0 && count == 4);
    check(tcdrain(p.slave) == 0);  // whether or not anybody looks
}

PART(flushing)
{
    const struct pair p = open_pair();
    change(p, kLocal, ECHO, 0);
    type(p, "line\npart");
    check(is_ready(p.slave, POLLIN, kPatience) & POLLIN);
    nap_ms(20);
    check(tcflush(p.slave, TCIFLUSH) == 0);
    nothing_to_read(p);
    type(p, "x\n");
    reads(p, "x\n");
    write_text(p, "gone");
    check(is_ready(p.master, POLLIN, kPatience) & POLLIN);
    check(tcflush(p.master, TCIFLUSH) == 0);
    stays_silent(p);
    check_errno(tcflush(p.slave, 3), EINVAL);
    struct termios modes;
    type(p, "old\n");
    check(is_ready(p.slave, POLLIN, kPatience) & POLLIN);
    check(tcgetattr(p.slave, &modes) == 0 && tcsetattr(p.slave, TCSAFLUSH, &modes) == 0);
    nothing_to_read(p);
    type(p, "kept\n");
    check(is_ready(p.slave, POLLIN, kPatience) & POLLIN);
    check(tcsetattr(p.slave, TCSADRAIN, &modes) == 0);
    reads(p, "kept\n");
}

PART(changing_kind_keeps_what_was_typed)
{
    const struct pair p = open_pair();
    type(p, "line\npart");
    shows(p, "line\r\npart");
    change(p, kLocal, ICANON, 0);
    reads_at_most(p, 6, "line\np");
    change(p, kLocal, 0, ICANON);
    reads(p, "art");
    type(p, "x\n");
    reads(p, "x\n");
}

// ---- Raw reads: VMIN and VTIME ----

static long ms_since(long long begin)
{
    return (long)((now_ns() - begin) / 1000000);
}

static pid_t type_later(struct pair p, long ms, const char* text)
{
    const pid_t pid = fork();
    if (pid != 0) return pid;
    nap_ms(ms);
    type(p, text);
    _exit(0);
}

// Byte by byte. The child's status is not 0 if a byte came more than late_ms after the one before it.
static pid_t type_slowly(struct pair p, const char* text, long gap_ms, long late_ms)
{
    const pid_t pid = fork();
    if (pid != 0) return pid;
    int was_late = 0;
    for (long long last = now_ns(), now; *text; text++, last = now) {
        nap_ms(gap_ms);
        now = now_ns();
        type_bytes(p, text, 1);
        was_late |= ms_since(last) >= late_ms;
    }
    _exit(was_late);
}

static long read_ms(struct pair p, size_t most, const char* wanted, int line)
{
    char got[64];
    const long long begin = now_ns();
    const ssize_t count = read(p.slave, got, most);
    must_equal(got, count < 0 ? 0 : (size_t)count, wanted, strlen(wanted), line);
    return ms_since(begin);
}

PART(raw_least_and_no_time)
{
    const struct pair p = open_pair();
    make_raw(p, 3, 0);
    const long long begin = now_ns();
    const pid_t typist = type_slowly(p, "abc", 30, 100000);
    read_ms(p, 10, "abc", __LINE__);
    check(ms_since(begin) >= 80);
    check_child(typist);
    type(p, "defgh");
    reads_at_most(p, 2, "de");  // who wants less need not wait for VMIN
    reads(p, "fgh");
    type(p, "xy");
    nothing_to_read(p);  // and poll knows VMIN
    type(p, "z");
    reads(p, "xyz");
}

PART(raw_least_and_time)
{
    const struct pair p = open_pair();
    make_raw(p, 50, 2);
    const long long begin = now_ns();
    const pid_t typist = type_later(p, 300, "ab");  // the clock starts with the first byte
    read_ms(p, 60, "ab", __LINE__);
    check(ms_since(begin) >= 480);
    check_child(typist);
    for (;;) {  // and anew with each, which shows when each came in time
        char got[64];
        const long long again = now_ns();
        const pid_t slow = type_slowly(p, "cdef", 100, 190);
        const ssize_t count = read(p.slave, got, sizeof got);
        const long took = ms_since(again);
        if (status_of(slow) == 0) {
            must_equal(got, count < 0 ? 0 : (size_t)count, "cdef", 4, __LINE__);
            check(took >= 550);
            return;
        }
        check(tcflush(p.slave, TCIFLUSH) == 0);
    }
}

PART(raw_time_only)
{
    const struct pair p = open_pair();
    make_raw(p, 0, 2);
    const long waited = read_ms(p, 10, "", __LINE__);
    check(waited >= 190 && waited < 2000);
    set_character(p, VTIME, 100);
    const pid_t typist = type_later(p, 50, "a");
    check(read_ms(p, 10, "a", __LINE__) < 1000);
    check_child(typist);
}

PART(raw_at_once)
{
    const struct pair p = open_pair();
    make_raw(p, 0, 0);
    check(read_ms(p, 10, "", __LINE__) < 1000);
    type(p, "abc");
    check(is_ready(p.slave, POLLIN, kPatience) & POLLIN);
    nap_ms(10);
    check(read_ms(p, 10, "abc", __LINE__) < 1000);
    check(fcntl(p.slave, F_SETFL, O_RDWR | O_NONBLOCK) == 0);
    check(read_ms(p, 10, "", __LINE__) < 1000);  // VMIN 0 goes before O_NONBLOCK
    set_character(p, VMIN, 3);
    char got[8];
    check_errno(read(p.slave, got, sizeof got), EAGAIN);
    type(p, "de");
    nap_ms(20);
    check(read(p.slave, got, sizeof got) == 2);
    change(p, kLocal, 0, ICANON);
    check_errno(read(p.slave, got, sizeof got), EAGAIN);
    type(p, "part");
    nap_ms(20);
    check_errno(read(p.slave, got, sizeof got), EAGAIN);
}

PART(raw_gives_every_byte)
{
    const struct pair p = open_pair();
    make_raw(p, 1, 0);
    char all[256];
    for (int i = 0; i < 256; i++)
        all[i] = (char)i;
    type_bytes(p, all, 256);
    int count = 0;
    for (int rounds = 0; count < 256 && rounds < 1000; rounds++)
        check(is_ready(p.slave, POLLIN, kPatience) && ioctl(p.slave, FIONREAD, &count) == 0);
    reads_bytes(p, all, 256, 512, __LINE__);
    check(write(p.slave, all, 256) == 256);
    shows_bytes(p, all, 256, __LINE__);
}

// ---- Requests ----

PART(old_and_new_structures)
{
    struct termio_of_old {
        unsigned short in, out, control, local;
        unsigned char line, characters[8];
    } old;
    struct termios2_of_new {
        struct termios modes;
        unsigned in_speed, out_speed;
    } both;
    const struct pair p = open_pair();
    struct termios modes, again;
    check(ioctl(p.slave, TCGETA, &old) == 0 && tcgetattr(p.slave, &modes) == 0);
    check(old.in == modes.c_iflag && old.out == modes.c_oflag && old.control == modes.c_cflag &&
          old.local == modes.c_lflag);
    check(memcmp(old.characters, modes.c_cc, 8) == 0);
    modes.c_iflag |= 0x30000;  // the old form leaves what it cannot say
    modes.c_cc[VSUSP] = 'z';
    check(tcsetattr(p.slave, TCSANOW, &modes) == 0);
    old.local &= (unsigned short)~ECHO;
    old.characters[VEOF] = 'e';
    check(ioctl(p.slave, TCSETA, &old) == 0 && tcgetattr(p.slave, &again) == 0);
    check(again.c_iflag == modes.c_iflag && again.c_lflag == (modes.c_lflag & ~(tcflag_t)ECHO));
    check(again.c_cc[VEOF] == 'e' && again.c_cc[VSUSP] == 'z');
    check(ioctl(p.slave, TCSETAW, &old) == 0 && ioctl(p.slave, TCSETAF, &old) == 0);
    check(ioctl(p.slave, TCGETS2, &both) == 0 && both.in_speed == 38400 && both.out_speed == 38400);
    check(memcmp(&both.modes, &again, sizeof again) == 0);
    both.modes.c_cflag = (both.modes.c_cflag & ~(tcflag_t)CBAUD) | 0010000;  // BOTHER
    both.in_speed = both.out_speed = 12345;
    check(ioctl(p.slave, TCSETS2, &both) == 0 && ioctl(p.slave, TCGETS2, &both) == 0 &&
          both.out_speed == 12345);
    both.modes.c_cflag = (both.modes.c_cflag & ~(tcflag_t)CBAUD) | B115200;
    check(ioctl(p.slave, TCSETSW2, &both) == 0 && ioctl(p.slave, TCSETSF2, &both) == 0);
    check(ioctl(p.slave, TCGETS2, &both) == 0 && both.out_speed == 115200);
    modes.c_cflag = CS5 | PARENB | B9600;  // it has no wire: 8 bits
    check(tcsetattr(p.slave, TCSANOW, &modes) == 0 && tcgetattr(p.slave, &again) == 0);
    check(again.c_cflag == (CS8 | CREAD | B9600));
}

PART(defaults)
{
    const struct pair p = open_pair();
    struct termios modes, of_master;
    check(tcgetattr(p.slave, &modes) == 0 && tcgetattr(p.master, &of_master) == 0);
    check(memcmp(&modes, &of_master, sizeof modes) == 0);  // one terminal, whichever end asks
    check(modes.c_iflag == (ICRNL | IXON) && modes.c_oflag == (OPOST | ONLCR));
    check(modes.c_cflag == (B38400 | CS8 | CREAD));
    check(modes.c_lflag == (ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN));
    static const cc_t wanted[NCCS] = {3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 0};
    check(memcmp(modes.c_cc, wanted, sizeof wanted) == 0);
    struct winsize size;
    check(ioctl(p.slave, TIOCGWINSZ, &size) == 0 && size.ws_row == 0 && size.ws_col == 0);
}

PART(settings_outlive_a_close)
{
    struct pair p = open_pair();
    change(p, kLocal, ECHO, 0);
    type(p, "waiting\n");
    check(is_ready(p.slave, POLLIN, kPatience) & POLLIN);
    close(p.slave);
    p.slave = open_slave(p.master, O_RDWR | O_NOCTTY);
    reads(p, "waiting\n");
    type(p, "x\n");
    shows(p, "");
}

PART(requests_of_no_terminal)
{
    const struct pair p = open_pair();
    int number = 7;
    static const unsigned long foreign[] = {0x5400, 0x5415,     0x5460,     0x1260,
                                            0x4B3A, 0x5601,     0x80045430, 0x40045431,
                                            0x5420, 0x80045438, 0x40045436, 0xdeadbeef};
    for (unsigned i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        check_errno(ioctl(p.slave, foreign[i], &number), ENOTTY);
    check(number == 7);
    check_errno(ioctl(p.master, 0x5460, &number), ENOTTY);
    check_errno(ioctl(p.slave, TIOCGPTPEER, O_RDWR), EIO);
    check_errno(ioctl(p.slave, TCGETS, (void*)8), EFAULT);
    check_errno(ioctl(p.slave, TCSETS, (void*)8), EFAULT);
    check_errno(ioctl(p.slave, TIOCGWINSZ, (void*)8), EFAULT);
    const int null = open("/dev/null", O_RDWR);
    check_errno(ioctl(null, TCGETS, &number), ENOTTY);
    check_errno(ioctl(null, TIOCGPGRP, &number), ENOTTY);
    int pipe_ends[2];
    check(pipe(pipe_ends) == 0);
    check_errno(ioctl(pipe_ends[0], TCGETS, &number), ENOTTY);
}

PART(discipline_device_and_breaks)
{
    const struct pair p = open_pair();
    int number = -1;
    check(ioctl(p.slave, TIOCGETD, &number) == 0 && number == 0);
    check(ioctl(p.slave, TIOCSETD, &number) == 0);
    check(tcsendbreak(p.slave, 0) == 0 && ioctl(p.slave, TCSBRKP, 1) == 0);
    check(ioctl(p.slave, TIOCSBRK, 0) == 0 && ioctl(p.slave, TIOCCBRK, 0) == 0);
    unsigned device = 0, minor = ~0u;
    check(ioctl(p.slave, TIOCGDEV, &device) == 0 && ioctl(p.master, TIOCGPTN, &minor) == 0);
    check(device == (136u + minor / 256) * 256 + minor % 256);
    check(ioctl(p.master, TIOCGDEV, &number) == 0 && (unsigned)number == device);
}

PART(nonblocking_by_ioctl)
{
    const struct pair p = open_pair();
    char byte;
    int on = 1;
    check(ioctl(p.slave, FIONBIO, &on) == 0);
    check_errno(read(p.slave, &byte, 1), EAGAIN);
    check(fcntl(p.slave, F_GETFL) & O_NONBLOCK);
    on = 0;
    check(ioctl(p.slave, FIONBIO, &on) == 0 && !(fcntl(p.slave, F_GETFL) & O_NONBLOCK));
    check(ioctl(p.slave, FIOCLEX) == 0 && fcntl(p.slave, F_GETFD) == FD_CLOEXEC);
    check(ioctl(p.slave, FIONCLEX) == 0 && fcntl(p.slave, F_GETFD) == 0);
}

PART(typing_by_request)
{
    const struct pair p = open_pair();
    static const char text[] = "hi\n";
    for (int i = 0; i < 3; i++)
        if (ioctl(p.slave, TIOCSTI, text + i) != 0) {
            check(errno == EIO);  // a Linux without it
            return;
        }
    reads(p, "hi\n");
    shows(p, "hi\r\n");
}

int main(int argc, char** argv)
{
    return run_parts(argc, argv);
}
