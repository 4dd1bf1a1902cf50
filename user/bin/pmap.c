// pmap: the regions of a process, from /proc/PID/maps, and how much of each is in frames, from smaps.
#include "user/lib/proc.h"
#include "user/lib/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] = "Usage: pmap [-x] PID...\n"
                           "Show the regions of a process's memory: address, KiB, rights, what is there.\n"
                           "  -x  with resident and dirty KiB, where the kernel tells them\n";

struct region {
    unsigned long first, last;
    char rights[5];
    const char* name;
    unsigned long long resident, dirty;
};

static int extended;

static int parse_region(const char* line, struct region* region)
{
    int name_at = 0;
    memset(region, 0, sizeof *region);
    if (sscanf(line, "%lx-%lx %4s %*s %*s %*s%n", &region->first, &region->last, region->rights, &name_at) !=
        3)
        return 0;
    if (!name_at) return 0;
    region->name = line + name_at + strspn(line + name_at, " \t");
    if (!*region->name) region->name = "[ anon ]";
    return 1;
}

static void take_detail(const char* line, struct region* region)  // "Rss:    4 kB"
{
    unsigned long long value;
    if (find_counter(line, "Rss", &value)) region->resident = value;
    if (find_counter(line, "Private_Dirty", &value) || find_counter(line, "Shared_Dirty", &value))
        region->dirty += value;
}

static void print_region(const struct region* region)
{
    const char* slash = strrchr(region->name, '/');
    const unsigned long kib = (region->last - region->first) / 1024;
    char rights[6];
    snprintf(rights, sizeof rights, "%.3s%c-", region->rights, region->rights[3] == 's' ? 's' : '-');
    if (extended)
        printf("%08lx %7lu %7llu %7llu %s %s\n", region->first, kib, region->resident, region->dirty, rights,
               slash ? slash + 1 : region->name);
    else
        printf("%08lx %6luK %s %s\n", region->first, kib, rights, slash ? slash + 1 : region->name);
}

struct totals {
    unsigned long kib;
    unsigned long long resident, dirty;
};

static void finish_region(struct region* region, struct totals* totals)
{
    if (!region->last) return;
    print_region(region);
    totals->kib += (region->last - region->first) / 1024;
    totals->resident += region->resident;
    totals->dirty += region->dirty;
    region->last = 0;
}

// smaps has maps' lines, and after each its details.
static void print_regions(char* text, struct totals* totals)
{
    struct region region, next;
    memset(&region, 0, sizeof region);
    for (char* line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        if (!parse_region(line, &next)) {
            take_detail(line, &region);
            continue;
        }
        finish_region(&region, totals);
        region = next;
    }
    finish_region(&region, totals);
}

static char* read_of_process(int pid, const char* file)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
    return read_whole_file(path, NULL);
}

static void print_title(int pid)
{
    char* command = read_of_process(pid, "cmdline");
    struct process_stat stat;
    const char* name = command && *command ? command : read_process_stat(pid, &stat) ? stat.name : "?";
    printf("%d:   %s\n", pid, name);
    free(command);
}

static void print_process(int pid)
{
    struct totals totals = {0, 0, 0};
    char* text = extended ? read_of_process(pid, "smaps") : NULL;
    if (!text) text = read_of_process(pid, "maps");
    if (!text) {
        tool_error("%d: no such process", pid);
        return;
    }
    print_title(pid);
    if (extended) puts("Address   Kbytes     RSS   Dirty Mode  Mapping");
    print_regions(text, &totals);
    if (extended)
        printf("total    %7lu %7llu %7llu\n", totals.kib, totals.resident, totals.dirty);
    else
        printf(" total   %6luK\n", totals.kib);
    free(text);
}

int main(int argc, char** argv)
{
    tool_begin(argc, argv, help);
    while (tool_option("x", NULL) != -1)
        extended = 1;
    tool_need_operands(1, -1);
    for (char** operand = tool_operands; *operand; operand++)
        print_process((int)tool_parse_number(*operand));
    return tool_end();
}
