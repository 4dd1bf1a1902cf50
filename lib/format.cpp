// printf's directives, one at a time, into any receiver of characters.

#include "lib/format.h"

#include "lib/string.h"

namespace faultline {

namespace {

struct Directive {
    bool left = false, zeros = false, plus = false;
    u32 width = 0;
    bool has_precision = false;
    u32 precision = 0;
    u32 longs = 0;  // l's; z counts as one
    char conversion = 0;
};

class Formatter {
public:
    Formatter(void (*receiver)(void*, char), void* context) : put_{receiver}, context_{context} {}

    void run(const char* text, va_list* arguments)
    {
        while (*text) {
            if (*text != '%') {
                put(*text++);
                continue;
            }
            Directive d;
            text = read_directive(text + 1, d, arguments);
            convert(d, arguments);
        }
    }

private:
    void put(char c) { put_(context_, c); }
    void pad(char c, u32 count)
    {
        while (count-- > 0)
            put(c);
    }

    static const char* read_number(const char* text, u32& number, va_list* arguments)
    {
        if (*text == '*') {
            const int given = va_arg(*arguments, int);
            number = given < 0 ? 0 : static_cast<u32>(given);
            return text + 1;
        }
        for (number = 0; *text >= '0' && *text <= '9'; text++)
            number = number * 10 + static_cast<u32>(*text - '0');
        return text;
    }

    static const char* read_directive(const char* text, Directive& d, va_list* arguments)
    {
        for (;; text++) {
            if (*text == '-')
                d.left = true;
            else if (*text == '0')
                d.zeros = true;
            else if (*text == '+')
                d.plus = true;
            else
                break;
        }
        text = read_number(text, d.width, arguments);
        if (*text == '.') {
            d.has_precision = true;
            text = read_number(text + 1, d.precision, arguments);
        }
        for (; *text == 'l' || *text == 'z' || *text == 'h'; text++)
            d.longs += *text == 'l' || *text == 'z';
        d.conversion = *text;
        return *text ? text + 1 : text;
    }

    static u64 unsigned_argument(const Directive& d, va_list* arguments)
    {
        if (d.longs >= 2) return va_arg(*arguments, unsigned long long);
        if (d.longs == 1) return va_arg(*arguments, unsigned long);
        return va_arg(*arguments, unsigned int);
    }
    static i64 signed_argument(const Directive& d, va_list* arguments)
    {
        if (d.longs >= 2) return va_arg(*arguments, long long);
        if (d.longs == 1) return va_arg(*arguments, long);
        return va_arg(*arguments, int);
    }

    void convert(const Directive& d, va_list* arguments)
    {
        switch (d.conversion) {
        case 'd':
        case 'i': {
            const i64 value = signed_argument(d, arguments);
            const u64 magnitude = value < 0 ? 0 - static_cast<u64>(value) : static_cast<u64>(value);
            put_number(d, magnitude, 10, value < 0 ? "-" : d.plus ? "+" : "");
            break;
        }
        case 'u':
            put_number(d, unsigned_argument(d, arguments), 10, "");
            break;
        case 'x':
        case 'X':
            put_number(d, unsigned_argument(d, arguments), 16, "");
            break;
        case 'p':
            put_number(d, reinterpret_cast<usize>(va_arg(*arguments, void*)), 16, "0x");
            break;
        case 'c': {
            const char c = static_cast<char>(va_arg(*arguments, int));
            put_text(d, &c, 1);
            break;
        }
        case 's':
            put_string(d, va_arg(*arguments, const char*));
            break;
        case '%':
            put('%');
            break;
        default:  // not ours: show it, so that it is noticed
            put('%');
            if (d.conversion) put(d.conversion);
        }
    }

    void put_number(const Directive& d, u64 value, u32 base, const char* sign)
    {
        char digits[20];
        u32 count = 0;
        const char* const alphabet = d.conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
        for (; value > ~u32{0}; value /= base)
            digits[count++] = alphabet[value % base];
        for (u32 small = static_cast<u32>(value); small != 0; small /= base)
            digits[count++] = alphabet[small % base];
        if (count == 0 && !(d.has_precision && d.precision == 0)) digits[count++] = '0';

        const u32 sign_size = static_cast<u32>(strlen(sign));
        u32 zeros = d.has_precision && d.precision > count ? d.precision - count : 0;
        const u32 used = sign_size + zeros + count;
        u32 blanks = d.width > used ? d.width - used : 0;
        if (d.zeros && !d.left && !d.has_precision) {
            zeros += blanks;
            blanks = 0;
        }
        if (!d.left) pad(' ', blanks);
        for (; *sign; sign++)
            put(*sign);
        pad('0', zeros);
        while (count > 0)
            put(digits[--count]);
        if (d.left) pad(' ', blanks);
    }

    void put_string(const Directive& d, const char* text)
    {
        if (!text) text = "(null)";
        u32 size = 0;
        while ((!d.has_precision || size < d.precision) && text[size])
            size++;
        put_text(d, text, size);
    }

    void put_text(const Directive& d, const char* text, u32 size)
    {
        const u32 blanks = d.width > size ? d.width - size : 0;
        if (!d.left) pad(' ', blanks);
        for (u32 i = 0; i < size; i++)
            put(text[i]);
        if (d.left) pad(' ', blanks);
    }

    void (*put_)(void*, char);
    void* context_;
};

struct Buffer {
    Span<char> out;
    usize length;

    static void put(void* self, char c)
    {
        Buffer& buffer = *static_cast<Buffer*>(self);
        if (buffer.length + 1 < buffer.out.size()) buffer.out[buffer.length] = c;
        buffer.length++;
    }
};

}  // namespace

void format_to(void (*put)(void*, char), void* context, const char* text, va_list arguments)
{
    va_list copy;  // a va_list parameter may be an array: its address is then not a va_list*
    va_copy(copy, arguments);
    Formatter{put, context}.run(text, &copy);
    va_end(copy);
}

usize format_list(Span<char> out, const char* text, va_list arguments)
{
    Buffer buffer{out, 0};
    format_to(Buffer::put, &buffer, text, arguments);
    if (!out.empty()) out[buffer.length < out.size() ? buffer.length : out.size() - 1] = '\0';
    return buffer.length;
}

usize format(Span<char> out, const char* text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    const usize length = format_list(out, text, arguments);
    va_end(arguments);
    return length;
}

}  // namespace faultline
