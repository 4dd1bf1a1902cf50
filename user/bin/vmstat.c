// vmstat: what the memory manager does, a line each interval, from /proc/vmstat, meminfo and stat.
#include "user/lib/proc.h"
#include "user/lib/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char help[] =
    "Usage: vmstat [-s] [INTERVAL [COUNT]]\n"
    "Print a line about memory, faults and CPUs: since boot; then, every INTERVAL seconds, since the line "
    "before.\n"
    "  -s  every counter of /proc/vmstat\n"
    "Columns: processes running and waiting; KiB free, cached, anonymous; faults, major faults, copies (COW) "
    "and\n"
    "zero fills; pages evicted; context switches; user, system and idle time in percent.\n";

struct sample {
    unsigned long long running, blocked, free, cached, anonymous;             // as they are
    unsigned long long faults, major, copies, zero_fills, evicted, switches;  // counted since boot
    unsigned long long user, system, idle;
};

static unsigned long long get(const char* text, const char* name)
{
    unsigned long long value = 0;
    if (text) find_counter(text, name, &value);
    return value;
}

static void read_vmstat(struct sample* sample)
{
    char* text = read_whole_file("/proc/vmstat", NULL);
    if (!text) tool_die("cannot read /proc/vmstat: is /proc mounted?");
    sample->faults = get(text, "pgfault");
    sample->major = get(text, "pgmajfault");
    sample->copies = get(text, "fault_copy_frame");
    sample->zero_fills = get(text, "fault_zero_fill");
    sample->evicted = get(text, "pgsteal_kswapd") + get(text, "pgsteal_direct");
    free(text);
}

static void read_meminfo(struct sample* sample)
{
    char* text = read_whole_file("/proc/meminfo", NULL);
    sample->free = get(text, "MemFree");
    sample->cached = get(text, "Cached") + get(text, "Buffers");
    sample->anonymous = get(text, "AnonPages");
    free(text);
}

static void read_stat(struct sample* sample)  // "cpu user nice system idle iowait irq softirq"
{
    unsigned long long nice = 0, waiting = 0, interrupts = 0, soft = 0;
    char* text = read_whole_file("/proc/stat", NULL);
    if (!text) return;
    sscanf(text, "cpu %llu %llu %llu %llu %llu %llu %llu", &sample->user, &nice, &sample->system,
           &sample->idle, &waiting, &interrupts, &soft);
    sample->user += nice;
    sample->system += interrupts + soft;
    sample->idle += waiting;
    sample->switches = get(text, "ctxt");
    sample->running = get(text, "procs_running");
    sample->blocked = get(text, "procs_blocked");
    free(text);
}

static struct sample take_sample(void)
{
    struct sample sample;
    memset(&sample, 0, sizeof sample);
    read_vmstat(&sample);
    read_meminfo(&sample);
    read_stat(&sample);
    return sample;
}

static void print_title(void)
{
    puts("-procs- ----------memory---------- ------------faults------------ evict  -sched- ----cpu----\n"
         " r  b       free    cached     anon  faults  major   copy   zero  pages     cs   us  sy  id");
}

static void print_difference(const struct sample* now, const struct sample* before)
{
    const unsigned long long user = now->user - before->user, system = now->system - before->system;
    const unsigned long long idle = now->idle - before->idle;
    const unsigned long long all = user + system + idle ? user + system + idle : 1;
    printf("%2llu %2llu %10llu %9llu %8llu ", now->running, now->blocked, now->free, now->cached,
           now->anonymous);
    printf("%7llu %6llu %6llu %6llu %6llu %6llu ", now->faults - before->faults, now->major - before->major,
           now->copies - before->copies, now->zero_fills - before->zero_fills, now->evicted - before->evicted,
           now->switches - before->switches);
    printf("%4llu %3llu %3llu\n", user * 100 / all, system * 100 / all, idle * 100 / all);
    fflush(stdout);
}

static void print_counters(void)
{
    char* text = read_whole_file("/proc/vmstat", NULL);
    if (!text) tool_die("cannot read /proc/vmstat: is /proc mounted?");
    for (char* line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        char* space = strchr(line, ' ');
        if (!space) continue;
        *space = 0;
        printf("%14s %s\n", space + 1, line);
    }
    free(text);
}

int main(int argc, char** argv)
{
    struct sample before;
    int counters = 0;
    tool_begin(argc, argv, help);
    while (tool_option("s", NULL) != -1)
        counters = 1;
    tool_need_operands(0, 2);
    if (counters) {
        print_counters();
        return tool_end();
    }
    const struct timespec interval = {tool_operand_count ? tool_parse_number(tool_operands[0]) : 0, 0};
    long left = tool_operand_count == 2 ? tool_parse_number(tool_operands[1]) : tool_operand_count ? -1 : 1;
    if (tool_operand_count && interval.tv_sec < 1) tool_die("the interval is at least one second");
    memset(&before, 0, sizeof before);
    for (int row = 0; left != 0; row++) {
        if (row) nanosleep(&interval, NULL);
        if (row % 20 == 0) print_title();
        const struct sample now = take_sample();
        print_difference(&now, &before);
        before = now;
        if (left > 0) left--;
    }
    return tool_end();
}
