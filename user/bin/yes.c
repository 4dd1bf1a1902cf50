// yes: says the same for ever.
#include "user/lib/tool.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char help[] = "Usage: yes [TEXT]...\nPrint TEXT (y) again and again, until killed.\n";

enum { kBufferSize = 8192 };

int main(int argc, char** argv)
{
    static char buffer[kBufferSize];
    size_t length = 0, used = 0;
    tool_begin(argc, argv, help);
    while (tool_option("+", NULL) != -1) {
    }
    for (char** word = tool_operands; *word; word++)
        length += strlen(*word) + 1;
    char* line = tool_allocate(length + sizeof "y\n");
    line[0] = 0;
    for (char** word = tool_operands; *word; word++)
        strcat(strcat(line, *word), word[1] ? " " : "\n");
    if (!*line) strcpy(line, "y\n");
    length = strlen(line);
    while (length <= kBufferSize && used + length <= kBufferSize) {  // whole lines, many a write
        memcpy(buffer + used, line, length);
        used += length;
    }
    const char* bytes = used ? buffer : line;
    if (!used) used = length;
    for (size_t at = 0;;) {
        const ssize_t count = write(1, bytes + at, used - at);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) tool_die("write error: %s", strerror(errno));
        at = (at + (size_t)count) % used;
    }
}
