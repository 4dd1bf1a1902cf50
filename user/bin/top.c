// top: who uses the CPUs, again and again. Shares are of one CPU, between two looks.
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "user/lib/proc.h"
#include "user/lib/tool.h"

static const char kHelp[] = "Usage: top [-b] [-d SECONDS] [-n COUNT]\n"
                            "Shows the processes that use the CPUs most. q ends it.\n"
                            "  -b           one list after the other, for files and pipes\n"
                            "  -d SECONDS   between two looks (2)\n"
                            "  -n COUNT     so many looks, then the end\n"
                            "      --help   this text";

enum { kHeadLines = 5, kPage = 4096 };

struct shown {
    struct process_stat stat;
    unsigned long long ticks;  // since the last look
};

static struct shown* before;
static size_t before_count;

static unsigned long long ticks_of(const struct process_stat* stat)
{
    return stat->user_ticks + stat->system_ticks;
}

static int compare_pids(const void* left, const void* right)
{
    const struct shown *a = left, *b = right;
    return a->stat.pid - b->stat.pid;
}

// The list is by pid; a number that was given out anew began later.
static unsigned long long ticks_before(const struct shown* one)
{
    const struct shown* found =
        before_count ? bsearch(one, before, before_count, sizeof *before, compare_pids) : NULL;
    return found && found->stat.start_ticks == one->stat.start_ticks ? ticks_of(&found->stat) : 0;
}

static int compare_use(const void* left, const void* right)
{
    const struct shown *a = left, *b = right;
    if (a->ticks != b->ticks) return a->ticks < b->ticks ? 1 : -1;
    return a->stat.pid - b->stat.pid;
}

static struct shown* look(size_t* count)
{
    size_t found;
    int* pids = list_processes(&found);
    struct shown* list = tool_allocate((found + 1) * sizeof *list);
    *count = 0;
    for (size_t i = 0; i < found; i++) {
        struct shown* one = &list[*count];
        if (!read_process_stat(pids[i], &one->stat)) continue;
        one->ticks = ticks_of(&one->stat) - ticks_before(one);
        (*count)++;
    }
    free(pids);
    return list;
}

static unsigned long long read_meminfo(const char* name)
{
    unsigned long long value = 0;
    read_counter("/proc/meminfo", name, &value);
    return value;
}

static void print_head(size_t processes)
{
    char* uptime = read_whole_file("/proc/uptime", NULL);
    char* load = read_whole_file("/proc/loadavg", NULL);
    const long up = uptime ? atol(uptime) : 0;
    char loads[3][12] = {"", "", ""};
    if (load) sscanf(load, "%11s %11s %11s", loads[0], loads[1], loads[2]);
    printf("top: up %ld:%02ld:%02ld, %zu processes, load average %s, %s, %s\n", up / 3600, up / 60 % 60,
           up % 60, processes, loads[0], loads[1], loads[2]);
    const unsigned long long total = read_meminfo("MemTotal"), free_kib = read_meminfo("MemFree");
    printf("memory: %llu KiB, %llu free, %llu cached; swap: %llu KiB, %llu free\n\n", total, free_kib,
           read_meminfo("Cached"), read_meminfo("SwapTotal"), read_meminfo("SwapFree"));
    puts("  PID  PPID S     VSZ     RSS  %CPU     TIME COMMAND");
    free(uptime);
    free(load);
}

static void print_process(const struct shown* one, double seconds)
{
    const unsigned long long all = ticks_of(&one->stat);
    printf("%5d %5d %c %7lu %7lu %5.1f %5llu.%02llu %s\n", one->stat.pid, one->stat.parent, one->stat.state,
           one->stat.virtual_bytes / 1024, one->stat.resident_pages * (kPage / 1024),
           seconds > 0 ? (double)one->ticks / seconds : 0.0, all / 100, all % 100, one->stat.name);
}

static size_t lines_of_terminal(void)
{
    struct winsize size;
    if (ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_row > kHeadLines) return size.ws_row;
    return 24;
}

// True: somebody pressed q.
static int wait_for_key(int milliseconds, int is_batch)
{
    char key = 0;
    struct pollfd keyboard = {is_batch ? -1 : 0, POLLIN, 0};
    if (poll(&keyboard, 1, milliseconds) <= 0) return 0;
    return read(0, &key, 1) != 1 || key == 'q';
}

static void show_once(int is_batch, double seconds)
{
    size_t count;
    struct shown* now = look(&count);
    struct shown* sorted = tool_allocate((count + 1) * sizeof *sorted);
    memcpy(sorted, now, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_use);
    if (!is_batch) fputs("\033[H\033[J", stdout);
    print_head(count);
    const size_t room = is_batch ? count : lines_of_terminal() - kHeadLines;
    for (size_t i = 0; i < count && i < room; i++)
        print_process(&sorted[i], seconds);
    fflush(stdout);
    free(sorted);
    free(before);
    before = now;
    before_count = count;
}

int main(int argc, char** argv)
{
    int is_batch = 0;
    long looks = -1, delay = 2;
    tool_begin(argc, argv, kHelp);
    for (int letter; (letter = tool_option("bd:n:", NULL)) != -1;) {
        if (letter == 'b') is_batch = 1;
        if (letter == 'd') delay = tool_parse_number(tool_argument);
        if (letter == 'n') looks = tool_parse_number(tool_argument);
    }
    tool_need_operands(0, 0);
    struct termios usual, raw;
    const int is_terminal = !is_batch && tcgetattr(0, &usual) == 0;
    if (is_terminal) {
        raw = usual;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        tcsetattr(0, TCSANOW, &raw);
    }
    for (double seconds = 0; looks != 0; seconds = (double)delay) {
        show_once(is_batch, seconds);
        if (looks > 0) looks--;
        if (looks == 0 || wait_for_key((int)delay * 1000, is_batch)) break;
        if (is_batch) putchar('\n');
    }
    if (is_terminal) tcsetattr(0, TCSANOW, &usual);
    return tool_end();
}
