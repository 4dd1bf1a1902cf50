// Reading /proc (see proc.h).
#include "user/lib/proc.h"

#include "user/lib/tool.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char* read_whole_file(const char* path, size_t* length)
{
    size_t room = 4096, used = 0;
    const int descriptor = open(path, O_RDONLY);
    if (descriptor < 0) return NULL;
    char* text = tool_allocate(room + 1);
    for (;;) {
        const ssize_t count = read(descriptor, text + used, room - used);
        if (count <= 0) break;
        used += (size_t)count;
        if (used == room) text = tool_reallocate(text, (room *= 2) + 1);
    }
    close(descriptor);
    text[used] = 0;
    if (length) *length = used;
    return text;
}

int find_counter(const char* text, const char* name, unsigned long long* value)
{
    const size_t length = strlen(name);
    for (const char* line = text; line && *line;) {
        if (strncmp(line, name, length) == 0 && strchr(": \t", line[length])) {
            const char* number = line + length + strspn(line + length, ": \t");
            *value = strtoull(number, NULL, 10);
            return 1;
        }
        line = strchr(line, '\n');
        if (line) line++;
    }
    return 0;
}

int read_counter(const char* path, const char* name, unsigned long long* value)
{
    char* text = read_whole_file(path, NULL);
    const int found = text && find_counter(text, name, value);
    free(text);
    return found;
}

// What stands after the name's closing parenthesis: the name itself may hold blanks and parentheses.
static int parse_fields(const char* text, struct process_stat* stat)
{
    return sscanf(text,
                  " %c %d %d %d %d %*d %*u %lu %*u %lu %*u %llu %llu %*d %*d %*d %*d %*d %*d %llu %lu %lu",
                  &stat->state, &stat->parent, &stat->group, &stat->session, &stat->terminal,
                  &stat->minor_faults, &stat->major_faults, &stat->user_ticks, &stat->system_ticks,
                  &stat->start_ticks, &stat->virtual_bytes, &stat->resident_pages) == 12;
}

int read_process_stat(int pid, struct process_stat* stat)
{
    char path[32];
    memset(stat, 0, sizeof *stat);
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    char* text = read_whole_file(path, NULL);
    if (!text) return 0;
    const char* open_parenthesis = strchr(text, '(');
    const char* close_parenthesis = strrchr(text, ')');
    int good = 0;
    if (open_parenthesis && close_parenthesis > open_parenthesis) {
        snprintf(stat->name, sizeof stat->name, "%.*s", (int)(close_parenthesis - open_parenthesis - 1),
                 open_parenthesis + 1);
        stat->pid = pid;
        good = parse_fields(close_parenthesis + 1, stat);
    }
    free(text);
    return good;
}

static int compare_numbers(const void* left, const void* right)
{
    const int a = *(const int*)left, b = *(const int*)right;
    return (a > b) - (a < b);
}

int* list_processes(size_t* count)
{
    size_t room = 64;
    int* pids = tool_allocate(room * sizeof(int));
    DIR* directory = opendir("/proc");
    *count = 0;
    if (!directory) return pids;
    for (struct dirent* entry; (entry = readdir(directory));) {
        if (!isdigit((unsigned char)entry->d_name[0])) continue;
        if (*count == room) pids = tool_reallocate(pids, (room *= 2) * sizeof(int));
        pids[(*count)++] = atoi(entry->d_name);
    }
    closedir(directory);
    if (*count) qsort(pids, *count, sizeof(int), compare_numbers);
    return pids;
}
