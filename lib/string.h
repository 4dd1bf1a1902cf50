// Memory and NUL-terminated strings. The C names that the compiler itself calls (memcpy, memset, ...) live in
// lib/string.cpp; on the host they are the C library's.
#pragma once

#include "lib/span.h"
#include "lib/types.h"

#if defined(__STDC_HOSTED__) && __STDC_HOSTED__
#include <string.h>
#else
extern "C" {
void* memcpy(void* to, const void* from, faultline::usize size);
void* memmove(void* to, const void* from, faultline::usize size);
void* memset(void* to, int byte, faultline::usize size);
int memcmp(const void* a, const void* b, faultline::usize size);
faultline::usize strlen(const char* text);
int strcmp(const char* a, const char* b);
int strncmp(const char* a, const char* b, faultline::usize limit);
char* strchr(const char* text, int c);
}
#endif

namespace faultline {

// Copies as much of `text` as fits and always ends it with NUL (strlcpy). Returns false where it was cut.
bool copy_string(Span<char> to, StringView text);

// A decimal number, or with 0x a hexadecimal one; the whole text must be the number.
bool parse_number(StringView text, u32& value);

}  // namespace faultline
