// Counting faults (see faults.h). All buffers are static and touched beforehand.
#include "user/lib/faults.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { kTextSize = 1024 };

static const char* const action_names[kFaultActions] = {
    "fault_deny",      "fault_map_zero_page", "fault_zero_fill",     "fault_fetch",
    "fault_bus_error", "fault_retry",         "fault_make_writable", "fault_copy_frame"};

static char text[kTextSize];

static int read_text(const char* path)
{
    const int descriptor = open(path, O_RDONLY);
    size_t used = 0;
    if (descriptor < 0) return 0;
    for (ssize_t count; used < kTextSize - 1; used += (size_t)count) {
        count = read(descriptor, text + used, kTextSize - 1 - used);
        if (count <= 0) break;
    }
    text[used] = 0;
    close(descriptor);
    return 1;
}

static int find_number(const char* name, unsigned long long* number)  // in `text`, a line "name number"
{
    const size_t length = strlen(name);
    for (const char* line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, length) != 0 || (line[length] != ' ' && line[length] != ':')) continue;
        *number = strtoull(line + length + 1, NULL, 10);
        return 1;
    }
    return 0;
}

static void read_actions(struct fault_counts* counts)
{
    memset(counts->actions, 0, sizeof counts->actions);
    if (!read_text("/proc/self/faults")) return;
    for (int i = 0; i < kFaultActions; i++)
        find_number(action_names[i], &counts->actions[i]);
}

static void read_usage(struct fault_counts* counts)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    counts->minor = usage.ru_minflt;
    counts->major = usage.ru_majflt;
}

void warm_up_measuring(void)
{
    struct fault_counts counts;
    begin_count(&counts);
    end_count(&counts);
}

void begin_count(struct fault_counts* counts)
{
    read_actions(counts);
    read_usage(counts);
}

void end_count(struct fault_counts* counts)
{
    static struct fault_counts now;
    read_usage(&now);
    read_actions(&now);
    counts->minor = now.minor - counts->minor;
    counts->major = now.major - counts->major;
    for (int i = 0; i < kFaultActions; i++)
        counts->actions[i] = now.actions[i] - counts->actions[i];
}

void print_counts(const char* what, const struct fault_counts* difference)
{
    const long faults = difference->minor + difference->major;
    printf("  %-46s %3ld fault%s", what, faults, faults == 1 ? "" : "s");
    if (difference->major) printf(" (%ld major)", difference->major);
    const char* separator = ": ";
    for (int i = 0; i < kFaultActions; i++) {
        if (!difference->actions[i]) continue;
        printf("%s%s %llu", separator, action_names[i], difference->actions[i]);
        separator = ", ";
    }
    putchar('\n');
}
