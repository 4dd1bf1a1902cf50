// Keys from the terminal: bytes, and VT100's escape sequences as numbers of our own.
#pragma once

#include <stdbool.h>

#define CONTROL(letter) ((letter)&0x1f)

enum key {
    KEY_ENTER = 13,
    KEY_ESCAPE = 27,
    KEY_BACKSPACE = 127,
    KEY_END_OF_INPUT = 256,
    KEY_INTERRUPT,  // a signal, not ^C typed
    KEY_UP,
    KEY_DOWN,
    KEY_LEFT,
    KEY_RIGHT,
    KEY_HOME,
    KEY_END,
    KEY_DELETE,
    KEY_WORD_LEFT,
    KEY_WORD_RIGHT,
    KEY_KILL_WORD,           // Alt-D
    KEY_KILL_WORD_BACKWARD,  // Alt-Backspace
    KEY_UNKNOWN
};

bool keyboard_open(void);  // raw mode; false: standard input is no terminal
void keyboard_close(void);
int read_key(void);  // a byte or an enum key
