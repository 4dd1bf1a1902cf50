// Faults and page-table entries for the demos (see faults.h). All buffers are static and touched beforehand.
#include "user/lib/faults.h"

#include <errno.h>
#include <faultline.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { kPageSize = 4096, kTextSize = 8192 };

static const char* const action_names[kFaultActions] = {
    "fault_deny",      "fault_map_zero_page", "fault_zero_fill",     "fault_fetch",
    "fault_bus_error", "fault_retry",         "fault_make_writable", "fault_copy_frame"};

static const char* actions_file;  // null: this kernel counts no actions
static int entries_known;
static char text[kTextSize];

// ---- counters ----

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
    if (!actions_file || !read_text(actions_file)) return;
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

static const char* find_actions_file(void)  // this process's own counts before those of the machine
{
    static const char* const files[] = {"/proc/self/faults", "/proc/vmstat", NULL};
    unsigned long long number;
    for (const char* const* file = files; *file; file++)
        if (read_text(*file) && find_number("fault_zero_fill", &number)) return *file;
    return NULL;
}

void warm_up_measuring(void)
{
    struct fault_counts counts;
    begin_count(&counts);
    end_count(&counts);
}

void start_measuring(void)
{
    actions_file = find_actions_file();
    page_table_entry(getpid(), text, &entries_known);
    if (!actions_file)
        puts("(this kernel counts no fault actions in /proc/vmstat: only getrusage's numbers follow)");
    if (!entries_known) puts("(this kernel has no getpagetableentry: page-table entries are not shown)");
    fflush(stdout);
    warm_up_measuring();
}

int knows_entries(void)
{
    return entries_known;
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

// ---- page-table entries ----

unsigned page_table_entry(pid_t pid, const void* address, int* known)
{
    const unsigned entry = getpagetableentry(pid, address);
    *known = entry != (unsigned)-ENOSYS;
    return *known ? entry : 0;
}

const char* entry_text(pid_t pid, const void* address, char* buffer, size_t size)
{
    int known;
    const unsigned entry = page_table_entry(pid, address, &known);
    const unsigned page = (unsigned)(uintptr_t)address / kPageSize;
    if (!known)
        snprintf(buffer, size, "VPN 0x%05x -> ?", page);
    else if (!(entry & FL_PTE_P))
        snprintf(buffer, size, "VPN 0x%05x -> absent", page);
    else
        snprintf(buffer, size, "VPN 0x%05x -> PPN 0x%05x  P %c %c %c %c", page, FL_PTE_FRAME(entry),
                 entry & FL_PTE_W ? 'W' : '-', entry & FL_PTE_U ? 'U' : '-', entry & FL_PTE_A ? 'A' : '-',
                 entry & FL_PTE_D ? 'D' : '-');
    return buffer;
}

void print_entry(const char* what, pid_t pid, const void* address)
{
    char buffer[80];
    if (entries_known) printf("    %-24s %s\n", what, entry_text(pid, address, buffer, sizeof buffer));
}

int count_present(const void* start, const void* end)
{
    int present = 0, known;
    if (!entries_known) return -1;
    for (const char* at = start; at < (const char*)end; at += kPageSize)
        present += (page_table_entry(getpid(), at, &known) & FL_PTE_P) != 0;
    return present;
}

void print_regions(const char* name)
{
    if (!read_text("/proc/self/maps")) {
        puts("    (no /proc/self/maps)");
        return;
    }
    for (char* line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        char* end;
        const unsigned long first = strtoul(line, &end, 16);
        if (!strstr(line, name) || *end != '-') continue;
        const unsigned long last = strtoul(end + 1, &end, 16);
        const int present = count_present((const void*)first, (const void*)last);
        printf("    %08lx-%08lx %.4s  %5lu pages", first, last, *end ? end + 1 : "",
               (last - first) / kPageSize);
        if (present >= 0) printf(", %4d present", present);
        const char* path = strpbrk(end, "/[");
        printf("  %s\n", path ? path : "");
    }
}
