// File modes as text: "drwxr-xr-x" and what chmod takes.
#pragma once

#include <sys/types.h>

void mode_to_text(mode_t mode, char text[11]);
const char* file_type_name(mode_t mode, long long size);  // as stat and find print it: "regular file", ...

// Applies "755" or "u+x,go-w" to `mode`. Returns 0 and leaves *result alone where the text is no mode.
int parse_mode(const char* text, mode_t mode, mode_t mask, mode_t* result);
