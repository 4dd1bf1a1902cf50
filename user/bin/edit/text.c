// The text, and the file that it comes from and goes to.
#include "edit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct line* lines;
size_t line_count;
int modified;
const char* file_name;
static size_t line_room;

void insert_bytes(struct line* line, size_t at, const char* bytes, size_t count)
{
    if (line->length + count > line->room) {
        line->room = (line->length + count) * 2 + 16;
        line->text = tool_reallocate(line->text, line->room);
    }
    memmove(line->text + at + count, line->text + at, line->length - at);
    memcpy(line->text + at, bytes, count);
    line->length += count;
}

void delete_bytes(struct line* line, size_t at, size_t count)
{
    memmove(line->text + at, line->text + at + count, line->length - at - count);
    line->length -= count;
}

struct line* insert_line(size_t at)
{
    if (line_count == line_room) {
        line_room = line_room * 2 + 64;
        lines = tool_reallocate(lines, line_room * sizeof *lines);
    }
    memmove(lines + at + 1, lines + at, (line_count - at) * sizeof *lines);
    memset(&lines[at], 0, sizeof *lines);
    line_count++;
    return &lines[at];
}

void remove_line(size_t at)
{
    memmove(lines + at, lines + at + 1, (line_count - at - 1) * sizeof *lines);
    line_count--;
}

static void read_stream(FILE* stream)
{
    char* text = NULL;
    size_t room = 0;
    for (ssize_t length; (length = getline(&text, &room, stream)) > 0;) {
        if (text[length - 1] == '\n') length--;
        insert_bytes(insert_line(line_count), 0, text, (size_t)length);
    }
    free(text);
}

void load(const char* name)
{
    struct stat status;
    file_name = name;
    if (name && stat(name, &status) == 0 && S_ISDIR(status.st_mode)) tool_die("%s: Is a directory", name);
    FILE* stream = name ? fopen(name, "r") : NULL;
    if (name && !stream && errno != ENOENT) tool_die("%s: %s", name, strerror(errno));
    if (stream) {
        read_stream(stream);
        fclose(stream);
        say("%zu lines", line_count);
    } else {
        say("new file");
    }
    if (line_count == 0) insert_line(0);
}

// A new file beside the old one, then a rename: what was there survives until the new one is whole.
int write_file(const char* name)
{
    char temporary[4096];
    struct stat status;
    const int exists = stat(name, &status) == 0;
    const int direct =
        exists && (!S_ISREG(status.st_mode) || status.st_nlink > 1);  // keep devices and other names
    snprintf(temporary, sizeof temporary, "%s%s", name, direct ? "" : ".edit~");
    FILE* stream = fopen(temporary, "w");
    if (!stream) return 0;
    for (size_t i = 0; i < line_count; i++) {
        const int last_empty = i + 1 == line_count && lines[i].length == 0;
        fwrite(lines[i].text, 1, lines[i].length, stream);
        if (!last_empty) putc('\n', stream);
    }
    int good = !ferror(stream) && fflush(stream) == 0;
    if (good && exists && !direct) fchmod(fileno(stream), status.st_mode & 07777);
    good = fclose(stream) == 0 && good;
    if (good && !direct) good = rename(temporary, name) == 0;
    if (!good && !direct) {
        const int reason = errno;
        unlink(temporary);
        errno = reason;
    }
    return good;
}
