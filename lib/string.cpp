// NUL-terminated strings, and numbers from text. memcpy, memmove and memset are arch/memory.S in the kernel; on the host
// all C names are the C library's.

#include "lib/string.h"

using faultline::u8;
using faultline::usize;

#if !defined(__STDC_HOSTED__) || !__STDC_HOSTED__

extern "C" {

int memcmp(const void* a, const void* b, usize size)
{
    const u8* x = static_cast<const u8*>(a);
    const u8* y = static_cast<const u8*>(b);
    for (usize i = 0; i < size; i++)
        if (x[i] != y[i]) return x[i] - y[i];
    return 0;
}

usize strlen(const char* text)
{
    usize length = 0;
    while (text[length])
        length++;
    return length;
}

int strcmp(const char* a, const char* b)
{
    for (; *a && *a == *b; a++)
        b++;
    return static_cast<u8>(*a) - static_cast<u8>(*b);
}

int strncmp(const char* a, const char* b, usize limit)
{
    for (; limit > 0; limit--, a++, b++) {
        if (*a != *b) return static_cast<u8>(*a) - static_cast<u8>(*b);
        if (!*a) break;
    }
    return 0;
}

char* strchr(const char* text, int c)
{
    for (;; text++) {
        if (*text == static_cast<char>(c)) return const_cast<char*>(text);
        if (!*text) return nullptr;
    }
}

}  // extern "C"

#endif

namespace faultline {

bool copy_string(Span<char> to, StringView text)
{
    if (to.empty()) return false;
    const bool fits = text.size() < to.size();
    const usize size = fits ? text.size() : to.size() - 1;
    memcpy(to.data(), text.data(), size);
    to[size] = '\0';
    return fits;
}

namespace {

// The value of a digit, or 16 for none.
u32 digit_value(char c)
{
    if (c >= '0' && c <= '9') return static_cast<u32>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<u32>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') return static_cast<u32>(c - 'A') + 10;
    return 16;
}

}  // namespace

bool parse_number(StringView text, u32& value)
{
    u32 base = 10;
    usize at = 0;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        base = 16;
        at = 2;
    }
    if (at == text.size()) return false;
    u32 sum = 0;
    for (; at < text.size(); at++) {
        const u32 digit = digit_value(text[at]);
        if (digit >= base) return false;
        if (__builtin_mul_overflow(sum, base, &sum) || __builtin_add_overflow(sum, digit, &sum)) return false;
    }
    value = sum;
    return true;
}

}  // namespace faultline
