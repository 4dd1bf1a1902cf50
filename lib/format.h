// The one formatter: log, panic, /proc. printf's directives without floating point:
// %d %i %u %x %X %p %s %c %% with flags `-` and `0`, width, precision (numbers or *), sizes l, ll, z.
#pragma once

#include <stdarg.h>

#include "lib/span.h"
#include "lib/types.h"

namespace faultline {

// Gives each character to put(context, character).
void format_to(void (*put)(void*, char), void* context, const char* text, va_list arguments);

// Writes at most out.size() - 1 characters and a NUL; returns the length that the whole would have.
usize format_list(Span<char> out, const char* text, va_list arguments);
usize format(Span<char> out, const char* text, ...) __attribute__((format(printf, 2, 3)));

}  // namespace faultline
