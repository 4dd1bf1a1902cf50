// Keys, and what they do.
#include "edit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "Usage: edit [+LINE] [FILE]\n"
    "Edit a text file on the screen.\n"
    "  arrows, Home, End, Page Up, Page Down   move   (also ^A ^E, ^V ^Y)\n"
    "  ^S or ^O save   ^X or ^Q quit   ^F or ^W find   ^N find again   ^G go to a line\n"
    "  ^K cut the line   ^U paste what was cut   ^L draw the screen anew\n";

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
