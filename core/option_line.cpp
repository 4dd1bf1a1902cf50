// Parsing of a command line and of sizes: pure.

#include "core/options.h"
#include "lib/string.h"

namespace faultline {

namespace {

bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

// Ends the word at its first blank outside quotes and takes the quotes out; returns where the next may begin.
char* cut_word(char* word)
{
    char* to = word;
    bool quoted = false;
    char* from = word;
    for (; *from && (quoted || !is_blank(*from)); from++) {
        if (*from == '"')
            quoted = !quoted;
        else
            *to++ = *from;
    }
    char* const next = *from ? from + 1 : from;
    *to = '\0';
    return next;
}

u32 suffix_shift(char c)
{
    switch (c) {
    case 'k':
    case 'K':
        return 10;
    case 'm':
    case 'M':
        return 20;
    case 'g':
    case 'G':
        return 30;
    default:
        return 0;
    }
}

}  // namespace

void OptionLine::parse(const char* line)
{
    if (!copy_string(text_, line)) overflowed_ = true;
    char* at = text_;
    for (;;) {
        while (is_blank(*at))
            at++;
        if (!*at) return;
        char* const word = at;
        at = cut_word(word);
        if (strcmp(word, "--") == 0) {
            while (is_blank(*at))
                at++;
            init_arguments_ = at;
            return;
        }
        add_word(word);
    }
}

void OptionLine::add_word(char* word)
{
    if (count_ == kMaxOptions) {
        overflowed_ = true;
        return;
    }
    char* equals = strchr(word, '=');
    if (equals) *equals++ = '\0';
    options_[count_++] = {word, equals ? equals : "", false};
}

const char* OptionLine::find(const char* name)
{
    const char* value = nullptr;
    for (u32 i = 0; i < count_; i++) {
        if (strcmp(options_[i].name, name) != 0) continue;
        options_[i].asked = true;
        value = options_[i].value;
    }
    return value;
}

Optional<u64> parse_size(const char* text)
{
    usize length = strlen(text);
    u32 shift = 0;
    if (length > 0) shift = suffix_shift(text[length - 1]);
    if (shift != 0) length--;
    u32 number;
    if (!parse_number(StringView{text, length}, number)) return {};
    return u64{number} << shift;
}

}  // namespace faultline
