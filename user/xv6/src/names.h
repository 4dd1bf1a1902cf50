// Names as xv6 knows them: parts of a path longer than 14 bytes (DIRSIZ) are cut there. Here a file made by this library
// gets the cut name; a file made by others is found by its full name.
#pragma once

// The path with every part cut: the path itself where none is longer, otherwise a copy in one of two buffers
// (0 or 1: link() needs both), or null where that is too small. The path must be readable.
const char* __cut_name(const char* path, int buffer);

// The name under which a new file is made; null: the path cannot be read.
const char* __name_to_make(const char* path, int buffer);

// Carries out `call` on the path, and once more on the cut one where there is no such file.
long __on_existing(const char* path, long (*call)(const char* path, long argument), long argument);
