// wc: counts lines, words and bytes.
#include "user/lib/tool.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] = "Usage: wc [-lwcmL] [FILE]...\n"
                           "Count lines, words and bytes; standard input for - or no FILE.\n"
                           "  -l  lines   -w  words   -c, -m  bytes   -L  the longest line's length\n";

enum { kBufferSize = 64 * 1024 };

struct counts {
    unsigned long long lines, words, bytes, longest;
};

static int show_lines, show_words, show_bytes, show_longest, width;

static void count_bytes(const unsigned char* bytes, size_t length, struct counts* counts, int* in_word,
                        unsigned long long* column)
{
    counts->bytes += length;
    for (size_t i = 0; i < length; i++) {
        const int space = isspace(bytes[i]);
        counts->words += !space && !*in_word;
        *in_word = !space;
        if (bytes[i] == '\n') {
            counts->lines++;
            *column = 0;
        } else if (++*column > counts->longest) {
            counts->longest = *column;
        }
    }
}

static int count_file(int descriptor, struct counts* counts)
{
    static unsigned char buffer[kBufferSize];
    unsigned long long column = 0;
    int in_word = 0;
    for (;;) {
        const ssize_t count = read(descriptor, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return count == 0;
        count_bytes(buffer, (size_t)count, counts, &in_word, &column);
    }
}

static void print_counts(const struct counts* counts, const char* name)
{
    const int shown[] = {show_lines, show_words, show_bytes, show_longest};
    const unsigned long long numbers[] = {counts->lines, counts->words, counts->bytes, counts->longest};
    const char* separator = "";
    for (int i = 0; i < 4; i++) {
        if (!shown[i]) continue;
        printf("%s%*llu", separator, width, numbers[i]);
        separator = " ";
    }
    printf("%s%s\n", name ? " " : "", name ? name : "");
}

// As wide as the sum of the sizes needs, 7 where a size is not known beforehand; one number stands by itself.
static int find_width(void)
{
    unsigned long long total = 0;
    int digits = 1;
    if (show_lines + show_words + show_bytes + show_longest == 1 && tool_operand_count <= 1) return 1;
    if (tool_operand_count == 0) return 7;
    for (char** operand = tool_operands; *operand; operand++) {
        struct stat status;
        if (stat(*operand, &status) < 0) continue;
        if (!S_ISREG(status.st_mode)) return 7;
        total += (unsigned long long)status.st_size;
    }
    for (; total >= 10; total /= 10)
        digits++;
    return digits;
}

static void count_operand(const char* name, struct counts* total)
{
    struct counts counts = {0, 0, 0, 0};
    const int is_input = strcmp(name, "-") == 0;
    const int descriptor = is_input ? 0 : open(name, O_RDONLY);
    if (descriptor < 0) {
        tool_warn("%s", name);
        return;
    }
    if (!count_file(descriptor, &counts)) tool_warn("%s", name);
    if (!is_input) close(descriptor);
    print_counts(&counts, tool_operand_count ? name : NULL);
    total->lines += counts.lines;
    total->words += counts.words;
    total->bytes += counts.bytes;
    if (counts.longest > total->longest) total->longest = counts.longest;
}

int main(int argc, char** argv)
{
    struct counts total = {0, 0, 0, 0};
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("lwcmL", NULL)) != -1;) {
        if (letter == 'l') show_lines = 1;
        if (letter == 'w') show_words = 1;
        if (letter == 'c' || letter == 'm') show_bytes = 1;
        if (letter == 'L') show_longest = 1;
    }
    if (!(show_lines | show_words | show_bytes | show_longest)) show_lines = show_words = show_bytes = 1;
    width = find_width();
    if (tool_operand_count == 0) count_operand("-", &total);
    for (char** operand = tool_operands; *operand; operand++)
        count_operand(*operand, &total);
    if (tool_operand_count > 1) print_counts(&total, "total");
    return tool_end();
}
