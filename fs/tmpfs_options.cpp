#include "fs/tmpfs_options.h"

#include "core/options.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/frame.h"

namespace faultline {

namespace {

// "10M", "50%" of memory, or a number of bytes.
Result<u64> parse_amount(const char* text)
{
    char digits[24];
    const usize length = StringView{text}.size();
    if (length == 0 || length >= sizeof digits) return Errno::Invalid;
    copy_string(digits, text);
    const bool percent = digits[length - 1] == '%';
    if (percent) digits[length - 1] = 0;
    for (char& c : digits)
        if (c == 'k' || c == 'm' || c == 'g') c = static_cast<char>(c - 'a' + 'A');
    const Optional<u64> number = parse_size(digits);
    if (!number) return Errno::Invalid;
    return percent ? *number * (u64{managed_frames()} * kPageSize / 100) : *number;
}

Result<u32> parse_octal(const char* text)
{
    u32 value = 0;
    for (; *text; text++) {
        if (*text < '0' || *text > '7' || value > 07777) return Errno::Invalid;
        value = value * 8 + static_cast<u32>(*text - '0');
    }
    return value & 07777;
}

Result<void> take_option(TmpfsOptions& options, StringView name, const char* value)
{
    if (name == "size")
        options.size_bytes = round_up(TRY(parse_amount(value)), u64{kPageSize});
    else if (name == "nr_blocks")
        options.size_bytes = TRY(parse_amount(value)) * kPageSize;
    else if (name == "nr_inodes")
        options.inodes = static_cast<u32>(min(TRY(parse_amount(value)), u64{0x7fffffff}));
    else if (name == "mode")
        options.mode = TRY(parse_octal(value));
    else if (name == "uid")
        options.uid = static_cast<u32>(TRY(parse_amount(value)));
    else if (name == "gid")
        options.gid = static_cast<u32>(TRY(parse_amount(value)));
    else
        return Errno::Invalid;
    return {};
}

}  // namespace

// Cuts one "name=value" after the other out of the list.
Result<void> parse_tmpfs_options(TmpfsOptions& options, const char* list)
{
    char word[64];
    while (*list) {
        usize length = 0, equals = 0;
        for (; list[length] && list[length] != ','; length++)
            if (list[length] == '=' && equals == 0) equals = length;
        if (length >= sizeof word) return Errno::Invalid;
        memcpy(word, list, length);
        word[length] = 0;
        if (length != 0 && equals == 0) return Errno::Invalid;
        if (length != 0) TRY(take_option(options, {word, equals}, word + equals + 1));
        list += list[length] ? length + 1 : length;
    }
    if (options.size_bytes == 0) options.size_bytes = u64{kPageSize} * 0x7fffffff;  // 0: no limit but memory
    if (options.inodes == 0) options.inodes = 0x7fffffff;
    return {};
}

TmpfsOptions default_tmpfs_options()
{
    TmpfsOptions options;
    options.size_bytes = u64{managed_frames() / 2} * kPageSize;
    options.inodes = managed_frames() / 2;
    return options;
}

}  // namespace faultline
