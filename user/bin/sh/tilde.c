// ~ is $HOME, ~user is that user's home in /etc/passwd.
#include "tilde.h"

#include "variables.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

// Field number `index` of a passwd line; null where the line has fewer.
static char* passwd_field(char* line, int index)
{
    while (index-- > 0) {
        line = strchr(line, ':');
        if (!line) return NULL;
        line++;
    }
    line[strcspn(line, ":\n")] = '\0';
    return line;
}

static const char* home_of(const char* user, size_t length)
{
    static char text[4096];
    const int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return NULL;
    const ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    text[size > 0 ? size : 0] = '\0';
    for (char* line = text; *line;) {
        char* next = line + strcspn(line, "\n");
        if (*next) next++;
        if (strncmp(line, user, length) == 0 && line[length] == ':') return passwd_field(line, 5);
        line = next;
    }
    return NULL;
}

const char* tilde_directory(const char* text, bool colon_ends, bool last, size_t* length)
{
    const size_t size = strcspn(text, colon_ends ? "/:" : "/");
    if (!text[size] && !last) return NULL;
    const char* home = size == 1 ? variable_get("HOME") : home_of(text + 1, size - 1);
    if (home) *length = size;
    return home;
}
