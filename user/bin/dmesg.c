// dmesg: the kernel's log.
#include "user/lib/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <unistd.h>

static const char help[] = "Usage: dmesg [-cC] [-n LEVEL]\n"
                           "Print the kernel's log.\n"
                           "  -c        and empty it; -C only empty it\n"
                           "  -n LEVEL  messages under LEVEL (1 to 8) go to the console\n"
                           "  -r        with the levels, as <6>\n";

enum {
    kReadAll = 3,
    kReadAndClear = 4,
    kClear = 5,
    kConsoleLevel = 8,
    kBufferSize = 10
};  // klogctl's commands

static size_t level_prefix(const char* line)  // "<6>"
{
    if (line[0] != '<') return 0;
    const size_t digits = strspn(line + 1, "0123456789");
    return digits && line[1 + digits] == '>' ? digits + 2 : 0;
}

static void print_log(const char* text, const char* end, int raw)
{
    while (text < end) {
        const char* newline = memchr(text, '\n', (size_t)(end - text));
        const char* next = newline ? newline + 1 : end;
        if (!raw) text += level_prefix(text);
        fwrite(text, 1, (size_t)(next - text), stdout);
        if (!newline) putchar('\n');
        text = next;
    }
}

int main(int argc, char** argv)
{
    int command = kReadAll, raw = 0;
    long level = 0;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("cCrn:T", NULL)) != -1;) {
        if (letter == 'c') command = kReadAndClear;
        if (letter == 'C') command = kClear;
        if (letter == 'r') raw = 1;
        if (letter == 'n') level = tool_parse_number(tool_argument);
    }
    tool_need_operands(0, 0);
    if (level) {
        if (klogctl(kConsoleLevel, NULL, (int)level) < 0) tool_warn("cannot set the level");
        return tool_end();
    }
    if (command == kClear) {
        if (klogctl(kClear, NULL, 0) < 0) tool_warn("cannot empty the log");
        return tool_end();
    }
    int size = klogctl(kBufferSize, NULL, 0);
    if (size <= 0) size = 256 * 1024;
    char* text = tool_allocate((size_t)size + 1);
    const int length = klogctl(command, text, size);
    if (length < 0) tool_die("cannot read the log: %s", strerror(errno));
    text[length] = 0;
    print_log(text, text + length, raw);
    free(text);
    return tool_end();
}
