// The line editor.
#pragma once

enum edit_result {
    EDIT_LINE,
    EDIT_END,         // ^D on an empty line, or no more input
    EDIT_INTERRUPTED  // ^C
};

void editor_start(void);  // loads the history
// *line: malloc'ed, with its newline; set only for EDIT_LINE.
enum edit_result edit_line(const char* prompt, char** line);
