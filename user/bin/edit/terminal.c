// The terminal: its modes, what keys it sends, how large it is.
#include "edit.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

int screen_rows, screen_columns;

static struct termios saved_modes;

void restore_terminal(void)
{
    printf("\033[%d;1H\033[K", screen_rows);
    fflush(stdout);
    tcsetattr(0, TCSAFLUSH, &saved_modes);
}

void prepare_terminal(void)
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

int read_key(void)
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

void find_size(void)
{
    struct winsize size;
    if (ask_terminal() && screen_rows > 2 && screen_columns > 10) return;
    const int known = ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_row > 2 && size.ws_col > 10;
    screen_rows = known ? size.ws_row : 24;
    screen_columns = known ? size.ws_col : 80;
}
