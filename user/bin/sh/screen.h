// The edited line on the terminal: prompt and text, wrapped over as many rows as they take.
#pragma once

#include <stddef.h>

void screen_start(const char* prompt);  // prints it; the text is empty
// The text is now this, and the cursor stands before text[cursor]. Characters before `changed`
// are the same as at the last call, so they are not sent again.
void screen_update(const char* text, size_t length, size_t changed, size_t cursor);
void screen_finish(const char* after);           // behind the text, then a new line
void screen_replace_prompt(const char* prompt);  // erases all and starts again at the same place
void screen_clear(void);                         // the whole screen; the next update draws everything
int screen_columns(void);
