// The list of typed lines and its file. Each line is appended to the file at once, so that
// nothing is lost whatever becomes of the machine; the file is cut when it is read and too long.
#include "history.h"

#include "arena.h"
#include "output.h"
#include "shell.h"
#include "variables.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LIMIT = 500, FILE_LIMIT = 2 * LIMIT };

static char* lines[LIMIT];
static int count;
static int first_number = 1;  // of lines[0], for the user

static const char* file_name(void)
{
    static char path[PATH_MAX];
    const char* name = variable_get("HISTFILE");
    if (name) return name;
    const char* home = variable_get("HOME");
    snprintf(path, sizeof path, "%s/.history", home && *home ? home : "/root");
    return path;
}

static bool remember(const char* line)
{
    if (line[strspn(line, " \t")] == '\0') return false;
    if (count > 0 && strcmp(lines[count - 1], line) == 0) return false;
    if (count == LIMIT) {
        free(lines[0]);
        memmove(lines, lines + 1, (LIMIT - 1) * sizeof lines[0]);
        count--;
        first_number++;
    }
    lines[count++] = copy_string(line);
    return true;
}

static void append_line(int fd, const char* line)
{
    struct buffer text = {.arena = NULL};
    buffer_append_string(&text, line);
    buffer_append_char(&text, '\n');
    // Best effort: a full disk must not keep the user from typing.
    const ssize_t written = write(fd, text.data, text.length);
    (void)written;
    buffer_free(&text);
}

static void write_file(int flags)
{
    const int fd = open(file_name(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
    if (fd < 0) return;
    for (int i = flags & O_APPEND ? count - 1 : 0; i < count; i++)
        append_line(fd, lines[i]);
    close(fd);
}

static char* read_file(const char* path)
{
    struct buffer text = {.arena = NULL};
    char block[1024];
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return NULL;
    for (ssize_t length; (length = read(fd, block, sizeof block)) > 0;)
        buffer_append(&text, block, (size_t)length);
    close(fd);
    return text.data;
}

void history_load(void)
{
    char* text = *file_name() ? read_file(file_name()) : NULL;
    if (!text) return;
    int found = 0;
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        remember(line);
        found++;
    }
    free(text);
    first_number = 1;
    if (found > FILE_LIMIT) write_file(O_TRUNC);
}

void history_add(const char* line)
{
    if (remember(line) && *file_name()) write_file(O_APPEND);
}

int history_count(void)
{
    return count;
}

const char* history_line(int index)
{
    return lines[index];
}

int history_search(const char* text, int before)
{
    for (int i = before - 1; i >= 0; i--) {
        if (strstr(lines[i], text)) return i;
    }
    return -1;
}

int builtin_history(int argc, char** argv)
{
    if (argc > 1 && strcmp(argv[1], "-c") == 0) {
        while (count > 0)
            free(lines[--count]);
        if (*file_name()) write_file(O_TRUNC);
        return 0;
    }
    for (int i = 0; i < count; i++)
        out_format("%5d  %s\n", first_number + i, lines[i]);
    return 0;
}
