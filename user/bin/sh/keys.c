// Raw mode and the decoding of keys.
//
// Bytes are read one at a time: what was typed ahead of a command belongs to that command. For the
// same reason modes change without flushing the input. ESC waits for the key behind it, so that a
// slow serial line cannot tear a sequence apart.
#include "keys.h"

#include "shell.h"

#include <errno.h>
#include <termios.h>
#include <unistd.h>

static struct termios cooked;

bool keyboard_open(void)
{
    if (tcgetattr(0, &cooked) < 0) return false;
    struct termios raw = cooked;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    raw.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IXON | ISTRIP);
    raw.c_oflag |= OPOST | ONLCR;  // we send \n for a new line, and so do background jobs
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    return tcsetattr(0, TCSADRAIN, &raw) == 0;
}

void keyboard_close(void)
{
    tcsetattr(0, TCSADRAIN, &cooked);
}

static int read_byte(void)
{
    unsigned char c;
    for (;;) {
        const ssize_t length = read(0, &c, 1);
        if (length == 1) return c;
        if (length == 0 || errno != EINTR) return KEY_END_OF_INPUT;
        if (shell.interrupted) return KEY_INTERRUPT;
    }
}

// ESC [ 3 ~ and its like.
static int numbered_key(int number)
{
    switch (number) {
    case 1:
    case 7:
        return KEY_HOME;
    case 4:
    case 8:
        return KEY_END;
    case 3:
        return KEY_DELETE;
    default:
        return KEY_UNKNOWN;
    }
}

static int lettered_key(int letter, bool modified)
{
    switch (letter) {
    case 'A':
        return KEY_UP;
    case 'B':
        return KEY_DOWN;
    case 'C':
        return modified ? KEY_WORD_RIGHT : KEY_RIGHT;
    case 'D':
        return modified ? KEY_WORD_LEFT : KEY_LEFT;
    case 'H':
        return KEY_HOME;
    case 'F':
        return KEY_END;
    default:
        return KEY_UNKNOWN;
    }
}

// Behind "ESC [": parameters, then the byte that ends the sequence.
static int read_sequence(void)
{
    int number = 0;
    bool modified = false;
    for (;;) {
        const int c = read_byte();
        if (c > 255) return c;
        if (c >= '0' && c <= '9') {
            if (!modified && number < 1000) number = number * 10 + (c - '0');
        } else if (c == ';') {
            modified = true;
        } else if (c == '~') {
            return numbered_key(number);
        } else if (c >= 0x40) {
            return lettered_key(c, modified);
        }
    }
}

int read_key(void)
{
    const int c = read_byte();
    if (c == '\n') return KEY_ENTER;
    if (c == CONTROL('H')) return KEY_BACKSPACE;
    if (c != KEY_ESCAPE) return c;
    const int after = read_byte();
    switch (after) {
    case '[':
        return read_sequence();
    case 'O':
        return lettered_key(read_byte(), false);
    case 'b':
        return KEY_WORD_LEFT;
    case 'f':
        return KEY_WORD_RIGHT;
    case 'd':
        return KEY_KILL_WORD;
    case KEY_BACKSPACE:
    case CONTROL('H'):
        return KEY_KILL_WORD_BACKWARD;
    default:
        return after > 255 ? after : KEY_UNKNOWN;
    }
}
