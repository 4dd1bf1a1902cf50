// tail: the last lines or bytes of files, and with -f what is added to them later.
#include "user/lib/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char help[] = "Usage: tail [-n LINES | -c BYTES] [-fqv] [-s SECONDS] [FILE]...\n"
                           "Print the last 10 lines of each file; standard input for - or no FILE.\n"
                           "  -n LINES    so many lines, as -LINES; -n +LINE from that line on\n"
                           "  -c BYTES    so many bytes; -c +BYTE from that byte on\n"
                           "  -f          go on with what is added; looks every second, or every -s SECONDS\n"
                           "  -q, -v      never, always print the file's name first\n";

enum { kBlock = 64 * 1024 };

static long long wanted = 10;
static int by_bytes, from_start;

static void print_bytes(const char* bytes, size_t length)
{
    fwrite(bytes, 1, length, stdout);
}

// From unit `wanted` (the first is 1) to the end.
static void copy_from(int descriptor, const char* name)
{
    static char buffer[kBlock];
    long long skip = wanted > 0 ? wanted - 1 : 0;
    for (ssize_t count; (count = read(descriptor, buffer, sizeof buffer)) != 0;) {
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            tool_warn("error reading '%s'", name);
            return;
        }
        ssize_t at = 0;
        for (; skip > 0 && at < count; at++)
            if (by_bytes || buffer[at] == '\n') skip--;
        print_bytes(buffer + at, (size_t)(count - at));
    }
}

// Where in the bytes the last `wanted` units begin. A newline at the very end ends a line and begins none.
static size_t find_last(const char* bytes, size_t length)
{
    long long left = wanted;
    if (by_bytes) return (unsigned long long)wanted < length ? length - (size_t)wanted : 0;
    if (left == 0) return length;
    size_t at = length;
    if (at > 0 && bytes[at - 1] == '\n') at--;
    for (; at > 0; at--)
        if (bytes[at - 1] == '\n' && --left == 0) return at;
    return 0;
}

// A regular file is read from its end, in ever bigger pieces, until the piece holds enough.
static int copy_end_of_file(int descriptor)
{
    const off_t size = lseek(descriptor, 0, SEEK_END);
    if (size < 0) return 0;
    for (off_t piece = kBlock;; piece *= 4) {
        if (piece > size) piece = size;
        char* bytes = tool_allocate((size_t)piece);
        size_t used = 0;
        lseek(descriptor, size - piece, SEEK_SET);
        for (ssize_t count; (off_t)used < piece; used += (size_t)count) {
            count = read(descriptor, bytes + used, (size_t)piece - used);
            if (count <= 0) break;
        }
        const size_t at = find_last(bytes, used);
        const int whole = at > 0 || piece == size;
        if (whole) print_bytes(bytes + at, used - at);
        free(bytes);
        if (whole) return 1;
    }
}

// A pipe can be read once: keep all that may still be among the last.
static void copy_end_of_pipe(int descriptor, const char* name)
{
    size_t room = 2 * kBlock, used = 0;
    char* bytes = tool_allocate(room);
    for (;;) {
        if (used + kBlock > room) {
            const size_t at = find_last(bytes, used);
            memmove(bytes, bytes + at, used -= at);
            if (used + kBlock > room) bytes = tool_reallocate(bytes, room *= 2);
        }
        const ssize_t count = read(descriptor, bytes + used, kBlock);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) tool_warn("error reading '%s'", name);
        if (count <= 0) break;
        used += (size_t)count;
    }
    const size_t at = find_last(bytes, used);
    print_bytes(bytes + at, used - at);
    free(bytes);
}

static void copy_end(int descriptor, const char* name)
{
    struct stat status;
    if (from_start)
        copy_from(descriptor, name);
    else if (fstat(descriptor, &status) < 0 || !S_ISREG(status.st_mode) || !copy_end_of_file(descriptor))
        copy_end_of_pipe(descriptor, name);
}

static void print_title(const char* name)
{
    static int titles;
    printf("%s==> %s <==\n", titles++ ? "\n" : "", strcmp(name, "-") == 0 ? "standard input" : name);
}

static void follow_one(int descriptor, const char* name, int with_title)
{
    static char buffer[kBlock];
    static const char* last_name;
    struct stat status;
    if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) &&
        lseek(descriptor, 0, SEEK_CUR) > status.st_size) {
        tool_error("%s: file truncated", name);
        lseek(descriptor, 0, SEEK_SET);
    }
    for (ssize_t count; (count = read(descriptor, buffer, sizeof buffer)) > 0;) {
        if (with_title && last_name != name) print_title(name);
        last_name = name;
        print_bytes(buffer, (size_t)count);
    }
}

static void follow(const int* descriptors, char** names, int count, long seconds, int titles)
{
    const struct timespec pause = {seconds, 0};
    for (;;) {
        for (int i = 0; i < count; i++)
            if (descriptors[i] >= 0) follow_one(descriptors[i], names[i], titles);
        if (tool_end() && ferror(stdout)) return;
        nanosleep(&pause, NULL);
    }
}

static void set_wanted(const char* text, int bytes)
{
    by_bytes = bytes;
    from_start = text[0] == '+';
    wanted = tool_parse_size(text[0] == '+' || text[0] == '-' ? text + 1 : text);
}

int main(int argc, char** argv)
{
    int titles = -1, old_style = 0, following = 0;
    long seconds = 1;
    char* input[] = {"-", NULL};
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("n:c:fFqvs:0123456789", NULL)) != -1;) {
        if (letter == 'n' || letter == 'c') set_wanted(tool_argument, letter == 'c');
        if (letter == 'f' || letter == 'F') following = 1;
        if (letter == 'q') titles = 0;
        if (letter == 'v') titles = 1;
        if (letter == 's') seconds = tool_parse_number(tool_argument);
        if (letter < '0' || letter > '9') continue;
        wanted = (old_style ? wanted * 10 : 0) + letter - '0';
        old_style = 1;
    }
    char** names = tool_operand_count ? tool_operands : input;
    const int count = tool_operand_count ? tool_operand_count : 1;
    if (titles < 0) titles = count > 1;
    int* descriptors = tool_allocate((size_t)count * sizeof *descriptors);
    for (int i = 0; i < count; i++) {
        descriptors[i] = strcmp(names[i], "-") == 0 ? 0 : open(names[i], O_RDONLY);
        if (descriptors[i] < 0) {
            tool_warn("cannot open '%s' for reading", names[i]);
            continue;
        }
        if (titles) print_title(names[i]);
        copy_end(descriptors[i], names[i]);
    }
    if (following) follow(descriptors, names, count, seconds, titles);
    free(descriptors);
    return tool_end();
}
