// edit: a small screen editor for any VT100 terminal. The text is an array of lines; the screen is drawn anew after
// each key. Tabs are kept in the text and shown as blanks up to the next multiple of 8.
#include "user/lib/tool.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static const char help[] =
    "Usage: edit [+LINE] [FILE]\n"
    "Edit a text file on the screen.\n"
    "  arrows, Home, End, Page Up, Page Down   move   (also ^A ^E, ^V ^Y)\n"
    "  ^S or ^O save   ^X or ^Q quit   ^F or ^W find   ^N find again   ^G go to a line\n"
    "  ^K cut the line   ^U paste what was cut   ^L draw the screen anew\n";

enum { kTabWidth = 8, kPromptSize = 128 };

enum key { kUp = 1000, kDown, kLeft, kRight, kHome, kEnd, kPageUp, kPageDown, kDelete, kNothing };

struct line {
    char* text;  // not null-terminated
    size_t length, room;
};

static struct line* lines;  // never fewer than one
static size_t line_count, line_room;
static size_t row, column;  // the cursor, in the text
static size_t top, left;    // the text's first line and screen column that are shown
static int screen_rows, screen_columns;
static int modified;
static const char* file_name;
static char message[256];
static char last_search[kPromptSize];

static struct line* cut;  // what ^K has taken
static size_t cut_count;
static int cutting;  // the last key was ^K: the next adds to what was cut

#define CONTROL(letter) ((letter)&31)

// ---- the text ----

static void insert_bytes(struct line* line, size_t at, const char* bytes, size_t count)
{
    if (line->length + count > line->room) {
        line->room = (line->length + count) * 2 + 16;
        line->text = tool_reallocate(line->text, line->room);
    }
    memmove(line->text + at + count, line->text + at, line->length - at);
    memcpy(line->text + at, bytes, count);
    line->length += count;
}

static void delete_bytes(struct line* line, size_t at, size_t count)
{
    memmove(line->text + at, line->text + at + count, line->length - at - count);
    line->length -= count;
}

static struct line* insert_line(size_t at)
{
    if (line_count == line_room) {
        line_room = line_room * 2 + 64;
        lines = tool_reallocate(lines, line_room * sizeof *lines);
    }
    memmove(lines + at + 1, lines + at, (line_count - at) * sizeof *lines);
    memset(&lines[at], 0, sizeof *lines);
    line_count++;
    return &lines[at];
}

static void remove_line(size_t at)  // its memory is the caller's
{
    memmove(lines + at, lines + at + 1, (line_count - at - 1) * sizeof *lines);
    line_count--;
}

static void say(const char* format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
}

static void read_stream(FILE* stream)
{
    char* text = NULL;
    size_t room = 0;
    for (ssize_t length; (length = getline(&text, &room, stream)) > 0;) {
        if (text[length - 1] == '\n') length--;
        insert_bytes(insert_line(line_count), 0, text, (size_t)length);
    }
    free(text);
}

static void load(const char* name)
{
    struct stat status;
    file_name = name;
    if (name && stat(name, &status) == 0 && S_ISDIR(status.st_mode)) tool_die("%s: Is a directory", name);
    FILE* stream = name ? fopen(name, "r") : NULL;
    if (name && !stream && errno != ENOENT) tool_die("%s: %s", name, strerror(errno));
    if (stream) {
        read_stream(stream);
        fclose(stream);
        say("%zu lines", line_count);
    } else {
        say("new file");
    }
    if (line_count == 0) insert_line(0);
}

// A new file beside the old one, then a rename: what was there survives until the new one is whole.
static int write_file(const char* name)
{
    char temporary[4096];
    struct stat status;
    const int exists = stat(name, &status) == 0;
    const int direct =
        exists && (!S_ISREG(status.st_mode) || status.st_nlink > 1);  // keep devices and other names
    snprintf(temporary, sizeof temporary, "%s%s", name, direct ? "" : ".edit~");
    FILE* stream = fopen(temporary, "w");
    if (!stream) return 0;
    for (size_t i = 0; i < line_count; i++) {
        const int last_empty = i + 1 == line_count && lines[i].length == 0;
        fwrite(lines[i].text, 1, lines[i].length, stream);
        if (!last_empty) putc('\n', stream);
    }
    int good = !ferror(stream) && fflush(stream) == 0;
    if (good && exists && !direct) fchmod(fileno(stream), status.st_mode & 07777);
    good = fclose(stream) == 0 && good;
    if (good && !direct) good = rename(temporary, name) == 0;
    if (!good && !direct) {
        const int reason = errno;
        unlink(temporary);
        errno = reason;
    }
    return good;
}

// ---- the terminal ----

static struct termios saved_modes;

static void restore_terminal(void)
{
    printf("\033[%d;1H\033[K", screen_rows);
    fflush(stdout);
    tcsetattr(0, TCSAFLUSH, &saved_modes);
}

static void prepare_terminal(void)
{
    if (tcgetattr(0, &saved_modes) < 0 || !isatty(1)) tool_die("a terminal is needed");
    struct termios raw = saved_modes;
    raw.c_iflag &= (tcflag_t) ~(ICRNL | INLCR | IXON | ISTRIP | BRKINT);
    raw.c_oflag &= (tcflag_t)~OPOST;
    raw.c_lflag &= (tcflag_t) ~(ECHO | ICANON | ISIG | IEXTEN);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(0, TCSAFLUSH, &raw);
}

enum { kMostPending = 32 };
static char pending[kMostPending];  // read already
static size_t pending_count;

// What a terminal sends comes in one go: a pause after ESC means that the key itself was ESC.
static int byte_follows(int milliseconds)
{
    if (pending_count) return 1;
    struct pollfd input = {0, POLLIN, 0};
    return poll(&input, 1, milliseconds) > 0;
}

static int read_byte(void)
{
    unsigned char byte;
    if (pending_count) {
        byte = (unsigned char)pending[0];
        memmove(pending, pending + 1, --pending_count);
        return byte;
    }
    for (;;) {
        const ssize_t count = read(0, &byte, 1);
        if (count == 1) return byte;
        if (count < 0 && errno == EINTR) continue;
        restore_terminal();
        tool_die("the terminal is gone");
    }
}

static int key_of_number(int number)  // ESC [ number ~
{
    switch (number) {
    case 1:
    case 7:
        return kHome;
    case 3:
        return kDelete;
    case 4:
    case 8:
        return kEnd;
    case 5:
        return kPageUp;
    case 6:
        return kPageDown;
    default:
        return kNothing;
    }
}

static int read_sequence(void)  // after ESC
{
    int number = 0, byte = 0;
    if (!byte_follows(100)) return 27;
    const int first = read_byte();
    if (first != '[' && first != 'O') return kNothing;
    while (byte_follows(100)) {
        byte = read_byte();
        if (!isdigit(byte) && byte != ';') break;
        number = isdigit(byte) ? number * 10 + byte - '0' : 0;
    }
    switch (byte) {
    case 'A':
        return kUp;
    case 'B':
        return kDown;
    case 'C':
        return kRight;
    case 'D':
        return kLeft;
    case 'H':
        return kHome;
    case 'F':
        return kEnd;
    case '~':
        return key_of_number(number);
    default:
        return kNothing;
    }
}

static int read_key(void)
{
    const int byte = read_byte();
    return byte == 27 ? read_sequence() : byte;
}

// The terminal itself is asked where its last corner is: behind a serial line the kernel cannot know, and the size
// that it has may be its own screen's. What comes and is no answer was typed: it waits in `pending`.
static int ask_terminal(void)
{
    char answer[kMostPending + 1];
    size_t length = 0;
    fputs("\033[999;999H\033[6n", stdout);
    fflush(stdout);
    while (length < kMostPending && byte_follows(300)) {
        answer[length] = (char)read_byte();
        if (answer[length++] == 'R') break;
    }
    answer[length] = 0;
    char* report = strstr(answer, "\033[");
    if (!report || sscanf(report, "\033[%d;%d", &screen_rows, &screen_columns) != 2) report = answer + length;
    pending_count = (size_t)(report - answer);
    memcpy(pending, answer, pending_count);
    return report < answer + length;
}

static void find_size(void)
{
    struct winsize size;
    if (ask_terminal() && screen_rows > 2 && screen_columns > 10) return;
    const int known = ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_row > 2 && size.ws_col > 10;
    screen_rows = known ? size.ws_row : 24;
    screen_columns = known ? size.ws_col : 80;
}

// ---- drawing ----

static size_t width_at(const struct line* line, size_t at)  // the screen column of a byte of the line
{
    size_t width = 0;
    for (size_t i = 0; i < at && i < line->length; i++)
        width = line->text[i] == '\t' ? (width / kTabWidth + 1) * kTabWidth : width + 1;
    return width;
}

static size_t byte_at(const struct line* line, size_t width)  // and back
{
    size_t at = 0;
    while (at < line->length && width_at(line, at + 1) <= width)
        at++;
    return at;
}

static void draw_line(const struct line* line)
{
    size_t width = 0;
    const size_t end = left + (size_t)screen_columns - 1;
    for (size_t i = 0; i < line->length && width < end; i++) {
        const unsigned char byte = (unsigned char)line->text[i];
        size_t next = width + 1;
        if (byte == '\t') next = (width / kTabWidth + 1) * kTabWidth;
        for (; width < next && width < end; width++) {
            if (width < left) continue;
            putchar(byte == '\t' ? ' ' : iscntrl(byte) ? '?' : byte);
        }
    }
    fputs("\033[K", stdout);
}

static void scroll_to_cursor(void)
{
    const size_t text_rows = (size_t)screen_rows - 1;
    const size_t width = width_at(&lines[row], column);
    if (row < top) top = row;
    if (row >= top + text_rows) top = row - text_rows + 1;
    if (width < left) left = width < 8 ? 0 : width - 8;
    if (width >= left + (size_t)screen_columns - 1) left = width - (size_t)screen_columns + 9;
}

static void draw_status(void)
{
    char status[512];
    int length = snprintf(status, sizeof status, " %s%s  %zu/%zu  %s", file_name ? file_name : "(no name)",
                          modified ? " *" : "", row + 1, line_count,
                          message[0] ? message : "^S save  ^X quit  ^F find  ^K cut  ^U paste");
    if (length > screen_columns - 1) length = screen_columns - 1;
    printf("\033[%d;1H\033[7m%.*s%*s\033[0m", screen_rows, length, status, screen_columns - 1 - length, "");
}

static void draw(void)
{
    scroll_to_cursor();
    fputs("\033[?25l\033[H", stdout);
    for (size_t i = 0; i + 1 < (size_t)screen_rows; i++) {
        if (top + i < line_count)
            draw_line(&lines[top + i]);
        else
            fputs("~\033[K", stdout);
        fputs("\r\n", stdout);
    }
    draw_status();
    const size_t width = width_at(&lines[row], column);
    printf("\033[%zu;%zuH\033[?25h", row - top + 1, width - left + 1);
    fflush(stdout);
}

// Asks for a line of text at the bottom; 0 when the user gave it up.
static int prompt(const char* question, char text[kPromptSize])
{
    size_t length = strlen(text);
    for (;;) {
        printf("\033[%d;1H\033[7m%s\033[0m %s\033[K", screen_rows, question, text);
        fflush(stdout);
        const int key = read_key();
        if (key == '\r' || key == '\n') return 1;
        if (key == 27 || key == CONTROL('C') || key == CONTROL('X')) return 0;
        if ((key == 127 || key == 8) && length > 0) text[--length] = 0;
        if (key == CONTROL('U')) text[length = 0] = 0;
        if (key < 32 || key > 255 || key == 127 || length + 1 >= kPromptSize) continue;
        text[length++] = (char)key;
        text[length] = 0;
    }
}

// ---- moving ----

static void move_rows(long by)
{
    const size_t width = width_at(&lines[row], column);
    if (by < 0 && (size_t)-by > row)
        row = 0;
    else if (by > 0 && row + (size_t)by >= line_count)
        row = line_count - 1;
    else
        row = (size_t)((long)row + by);
    column = byte_at(&lines[row], width);
}

static void move_left(void)
{
    if (column > 0) {
        column--;
    } else if (row > 0) {
        row--;
        column = lines[row].length;
    }
}

static void move_right(void)
{
    if (column < lines[row].length) {
        column++;
    } else if (row + 1 < line_count) {
        row++;
        column = 0;
    }
}

static void go_to_line(void)
{
    char text[kPromptSize] = "";
    if (!prompt("Line:", text) || !*text) return;
    const long number = atol(text);
    row = number < 1 ? 0 : (size_t)number > line_count ? line_count - 1 : (size_t)number - 1;
    column = 0;
}

static int find_in_line(size_t in, size_t from, const char* text)
{
    const size_t length = strlen(text);
    const struct line* line = &lines[in];
    for (size_t at = from; at + length <= line->length; at++) {
        if (memcmp(line->text + at, text, length) != 0) continue;
        row = in;
        column = at;
        return 1;
    }
    return 0;
}

static void find_again(void)
{
    if (!*last_search) return;
    const size_t start = row;
    if (find_in_line(start, column + 1, last_search)) return;
    for (size_t i = 1; i <= line_count; i++) {
        if (!find_in_line((start + i) % line_count, 0, last_search)) continue;
        if (start + i >= line_count) say("found from the beginning again");
        return;
    }
    say("'%s' not found", last_search);
}

static void find(void)
{
    if (prompt("Find:", last_search)) find_again();
}

// ---- changing ----

static void insert_byte(int byte)
{
    const char text = (char)byte;
    insert_bytes(&lines[row], column++, &text, 1);
    modified = 1;
}

static void break_line(void)
{
    insert_line(row + 1);
    struct line* line = &lines[row];
    insert_bytes(&lines[row + 1], 0, line->text + column, line->length - column);
    line->length = column;
    row++;
    column = 0;
    modified = 1;
}

static void delete_forward(void)
{
    struct line* line = &lines[row];
    if (column < line->length) {
        delete_bytes(line, column, 1);
    } else if (row + 1 < line_count) {
        struct line next = lines[row + 1];
        insert_bytes(line, line->length, next.text, next.length);
        free(next.text);
        remove_line(row + 1);
    } else {
        return;
    }
    modified = 1;
}

static void delete_backward(void)
{
    if (row == 0 && column == 0) return;
    move_left();
    delete_forward();
}

static void cut_line(void)
{
    if (!cutting) {
        while (cut_count)
            free(cut[--cut_count].text);
    }
    cut = tool_reallocate(cut, (cut_count + 1) * sizeof *cut);
    cut[cut_count++] = lines[row];
    remove_line(row);
    if (line_count == 0) insert_line(0);
    if (row == line_count) row--;
    column = 0;
    modified = 1;
}

static void paste(void)
{
    for (size_t i = 0; i < cut_count; i++) {
        struct line* line = insert_line(row++);
        insert_bytes(line, 0, cut[i].text, cut[i].length);
        modified = 1;
    }
    column = 0;
}

// ---- commands ----

static int save(void)
{
    static char name[kPromptSize];
    if (!file_name) {
        if (!prompt("Save as:", name) || !*name) return 0;
        file_name = name;
    }
    if (!write_file(file_name)) {
        say("NOT saved: %s", strerror(errno));
        return 0;
    }
    modified = 0;
    say("saved");
    return 1;
}

static int may_quit(void)
{
    if (!modified) return 1;
    for (;;) {
        printf("\033[%d;1H\033[7mSave the changes? y, n, or ESC to go on\033[0m\033[K", screen_rows);
        fflush(stdout);
        const int key = read_key();
        if (key == 'y' || key == 'Y') return save();
        if (key == 'n' || key == 'N') return 1;
        if (key == 27 || key == CONTROL('C')) return 0;
    }
}

static int take_motion(int key)  // 0 when the key is none
{
    switch (key) {
    case kUp:
    case CONTROL('P'):
        move_rows(-1);
        return 1;
    case kDown:
        move_rows(1);
        return 1;
    case kLeft:
    case CONTROL('B'):
        move_left();
        return 1;
    case kRight:
        move_right();
        return 1;
    case kHome:
    case CONTROL('A'):
        column = 0;
        return 1;
    case kEnd:
    case CONTROL('E'):
        column = lines[row].length;
        return 1;
    case kPageUp:
    case CONTROL('Y'):
        move_rows(-(screen_rows - 2));
        return 1;
    case kPageDown:
    case CONTROL('V'):
        move_rows(screen_rows - 2);
        return 1;
    default:
        return 0;
    }
}

static void take_change(int key)
{
    switch (key) {
    case '\r':
    case '\n':
        break_line();
        break;
    case 8:
    case 127:
        delete_backward();
        break;
    case kDelete:
    case CONTROL('D'):
        delete_forward();
        break;
    case CONTROL('K'):
        cut_line();
        break;
    case CONTROL('U'):
        paste();
        break;
    default:
        if (key == '\t' || (key >= 32 && key < 256)) insert_byte(key);
        break;
    }
}

static int take_key(int key)  // 0: the end
{
    message[0] = 0;
    switch (key) {
    case CONTROL('S'):
    case CONTROL('O'):
        save();
        break;
    case CONTROL('X'):
    case CONTROL('Q'):
        return !may_quit();
    case CONTROL('F'):
    case CONTROL('W'):
        find();
        break;
    case CONTROL('N'):
        find_again();
        break;
    case CONTROL('G'):
        go_to_line();
        break;
    case CONTROL('L'):
        find_size();
        fputs("\033[2J", stdout);
        break;
    default:
        if (!take_motion(key)) take_change(key);
        break;
    }
    cutting = key == CONTROL('K');
    return 1;
}

int main(int argc, char** argv)
{
    const char* start = NULL;
    tool_begin(argc, argv, help);
    while (tool_option("", NULL) != -1) {
    }
    char** operand = tool_operands;
    if (*operand && (*operand)[0] == '+') start = *operand++ + 1;
    if (operand[0] && operand[1]) tool_usage_error("one file at a time");
    load(*operand);
    if (start) move_rows(tool_parse_number(start) - 1);
    prepare_terminal();
    find_size();
    fputs("\033[2J", stdout);
    do {
        draw();
    } while (take_key(read_key()));
    restore_terminal();
    return tool_end();
}
