// tee: copies its input to its output and to files.
#include "user/lib/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static const char help[] = "Usage: tee [-ai] [FILE]...\n"
                           "Copy standard input to standard output and to each FILE.\n"
                           "  -a  add to the files, do not overwrite them\n"
                           "  -i  go on at ^C\n";

static char buffer[64 * 1024];

static int write_all(int descriptor, const char* bytes, size_t length)
{
    while (length > 0) {
        const ssize_t count = write(descriptor, bytes, length);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return 0;
        bytes += count;
        length -= (size_t)count;
    }
    return 1;
}

int main(int argc, char** argv)
{
    int how = O_TRUNC;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("ai", NULL)) != -1;) {
        if (letter == 'a') how = O_APPEND;
        if (letter == 'i') signal(SIGINT, SIG_IGN);
    }
    const int count = tool_operand_count + 1;
    int* outputs = tool_allocate((size_t)count * sizeof *outputs);
    outputs[0] = 1;
    for (int i = 1; i < count; i++) {
        outputs[i] = open(tool_operands[i - 1], O_WRONLY | O_CREAT | how, 0666);
        if (outputs[i] < 0) tool_warn("%s", tool_operands[i - 1]);
    }
    for (ssize_t length; (length = read(0, buffer, sizeof buffer)) != 0;) {
        if (length < 0 && errno == EINTR) continue;
        if (length < 0) tool_die("read error");
        for (int i = 0; i < count; i++) {
            if (outputs[i] < 0 || write_all(outputs[i], buffer, (size_t)length)) continue;
            tool_warn("%s", i ? tool_operands[i - 1] : "standard output");
            outputs[i] = -1;
        }
    }
    return tool_end();
}
