// ~ and ~user.
#pragma once

#include <stdbool.h>
#include <stddef.h>

// The directory that the tilde-prefix at `text` stands for, and the prefix's length; null where
// it is none of a known user. In assignments a colon ends the prefix as well; `last`: the text
// ends where the word ends (otherwise the end of the text is no end of the prefix).
const char* tilde_directory(const char* text, bool colon_ends, bool last, size_t* length);
