// The kernel command line, with Linux's names where Linux has the option: words `name` or `name=value`, "..." for blanks.
// ` -- ` ends the kernel's part, the rest is init's. (arch/multiboot has taken the kernel's file name away.)
// Read-only after options_init, but for the marks of who asked: options nobody asked for are named in the log.
#pragma once

#include "lib/optional.h"
#include "lib/span.h"
#include "lib/types.h"

namespace faultline {

// Pure: parses one line in place.
class OptionLine {
public:
    constexpr OptionLine() = default;
    void parse(const char* line);
    const char*
    find(const char* name);  // value; "" for a bare word; null where it is not given. The last one wins.
    template <class F> void for_each_unasked(F f) const
    {
        for (u32 i = 0; i < count_; i++)
            if (!options_[i].asked) f(options_[i].name);
    }
    const char* init_arguments() const { return init_arguments_; }
    bool overflowed() const { return overflowed_; }

private:
    static constexpr u32 kMaxOptions = 64;
    static constexpr u32 kMaxLine = 2048;
    struct Option {
        const char* name;
        const char* value;
        bool asked;
    };
    void add_word(char* word);

    char text_[kMaxLine] = {};
    Option options_[kMaxOptions] = {};
    u32 count_ = 0;
    const char* init_arguments_ = "";
    bool overflowed_ = false;
};

// A number with K, M or G behind it (base 1024), decimal or 0x. Nothing but the number may stand there.
Optional<u64> parse_size(const char* text);

void options_init(const char* command_line);       // which stays where it is
const char* command_line();                        // as given
const char* option(const char* name);              // null: not given
bool option_flag(const char* name);                // given bare, or =1, =on, =yes
u64 option_size(const char* name, u64 otherwise);  // a bad number is named in the log
const char* init_arguments();                      // what stands behind ` -- `, blanks between
void report_unknown_options();                     // once all floors have asked for theirs

}  // namespace faultline
