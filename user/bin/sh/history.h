// Lines typed before, kept in $HISTFILE (~/.history unless set; empty: not kept).
#pragma once

void history_load(void);
void history_add(const char* line);
int history_count(void);
const char* history_line(int index);  // 0 is the oldest
int history_search(const char* text,
                   int before);  // the newest line older than `before` with text in it; -1: none

int builtin_history(int argc, char** argv);
