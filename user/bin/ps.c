// ps: one line for each process, from /proc/PID/stat and cmdline. All of them: there are no users to hide from.
#include "user/lib/names.h"
#include "user/lib/proc.h"
#include "user/lib/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char help[] = "Usage: ps [-ef | aux]\n"
                           "List all processes: PID, parent, state, resident KiB, CPU time, command.\n"
                           "  -f, -ef  with user, parent and start time, the whole command line\n"
                           "  aux      with user, memory sizes and start time, the whole command line\n"
                           "States: R running, S sleeping, D waiting for a disk, T stopped, Z ended.\n";

enum { kTicksPerSecond = 100 };

static unsigned long long total_kib;
static unsigned long long uptime_ticks;

static char* command_line(const struct process_stat* stat)
{
    char path[32];
    size_t length = 0;
    snprintf(path, sizeof path, "/proc/%d/cmdline", stat->pid);
    char* text = read_whole_file(path, &length);
    while (text && length > 0 && !text[length - 1])
        length--;
    if (!text || length == 0) {  // ended, or a kernel thread
        free(text);
        text = tool_allocate(sizeof stat->name + 3);
        sprintf(text, "[%s]", stat->name);
        return text;
    }
    for (size_t i = 0; i < length; i++)
        if (text[i] < ' ' && text[i] >= 0) text[i] = ' ';
    return text;
}

static const char* owner(int pid)
{
    char path[32];
    struct stat status;
    snprintf(path, sizeof path, "/proc/%d", pid);
    return stat(path, &status) == 0 ? user_name(status.st_uid) : "?";
}

static const char* cpu_time(const struct process_stat* stat)
{
    static char text[16];
    const unsigned seconds = (unsigned)((stat->user_ticks + stat->system_ticks) / kTicksPerSecond);
    snprintf(text, sizeof text, "%02u:%02u:%02u", seconds / 3600 % 100, seconds / 60 % 60, seconds % 60);
    return text;
}

static unsigned long long age_ticks(const struct process_stat* stat)
{
    return uptime_ticks > stat->start_ticks ? uptime_ticks - stat->start_ticks : 0;
}

static const char* start_time(const struct process_stat* stat)
{
    static char text[16];
    const time_t age = (time_t)(age_ticks(stat) / kTicksPerSecond);
    const time_t start = time(NULL) - age;
    strftime(text, sizeof text, age < 24 * 3600 ? "%H:%M" : "%b%d", localtime(&start));
    return text;
}

static const char* terminal(const struct process_stat* stat)
{
    static char text[16];
    const unsigned device = (unsigned)stat->terminal;
    const unsigned major = device >> 8 & 0xfff, minor = (device & 0xff) | (device >> 12 & 0xfff00);
    if (device == 0) return "?";
    if (major == 4 && minor >= 64)
        snprintf(text, sizeof text, "ttyS%u", minor - 64);
    else if (major == 4)
        snprintf(text, sizeof text, "tty%u", minor);
    else if (major == 5)
        return "console";
    else if (major >= 136 && major < 144)
        snprintf(text, sizeof text, "pts/%u", minor);
    else
        snprintf(text, sizeof text, "%u:%u", major, minor);
    return text;
}

static unsigned cpu_permille(const struct process_stat* stat)
{
    const unsigned long long age = age_ticks(stat);
    return age ? (unsigned)((stat->user_ticks + stat->system_ticks) * 1000 / age) : 0;
}

static unsigned long resident_kib(const struct process_stat* stat)
{
    return stat->resident_pages * ((unsigned long)sysconf(_SC_PAGESIZE) / 1024);
}

static void print_short(const struct process_stat* stat, const char* command)
{
    printf("%5d %5d %c    %6lu %s %s\n", stat->pid, stat->parent, stat->state, resident_kib(stat),
           cpu_time(stat), command);
}

static void print_full(const struct process_stat* stat, const char* command)
{
    printf("%-8s %5d %5d %2d %-5s %-8s %s %s\n", owner(stat->pid), stat->pid, stat->parent,
           (int)cpu_permille(stat) / 10, start_time(stat), terminal(stat), cpu_time(stat), command);
}

static void print_user(const struct process_stat* stat, const char* command)
{
    const unsigned long resident = resident_kib(stat);
    const unsigned memory = total_kib ? (unsigned)(1000ULL * resident / total_kib) : 0;
    const unsigned cpu = cpu_permille(stat);
    printf("%-8s %5d %2u.%u %2u.%u %6lu %6lu %-8s %c    %-5s %s %s\n", owner(stat->pid), stat->pid, cpu / 10,
           cpu % 10, memory / 10, memory % 10, stat->virtual_bytes / 1024, resident, terminal(stat),
           stat->state, start_time(stat), cpu_time(stat), command);
}

static void read_totals(void)
{
    char* uptime = read_whole_file("/proc/uptime", NULL);  // "SECONDS.HUNDREDTHS IDLE"
    unsigned seconds = 0, hundredths = 0;
    if (uptime && sscanf(uptime, "%u.%u", &seconds, &hundredths) == 2)
        uptime_ticks = (unsigned long long)seconds * kTicksPerSecond + hundredths;
    free(uptime);
    read_counter("/proc/meminfo", "MemTotal", &total_kib);
}

int main(int argc, char** argv)
{
    char format = 's';
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("efAalwuxdH", NULL)) != -1;) {
        if (letter == 'f' || letter == 'l') format = 'f';
        if (letter == 'u') format = 'u';
    }
    if (tool_operand_count && strchr(tool_operands[0], 'u')) format = 'u';
    if (tool_operand_count && strspn(tool_operands[0], "auxfwel") != strlen(tool_operands[0]))
        tool_usage_error("unknown operand '%s'", tool_operands[0]);
    read_totals();
    if (format == 's') puts("  PID  PPID STAT    RSS TIME     COMMAND");
    if (format == 'f') puts("UID        PID  PPID  C STIME TTY      TIME     CMD");
    if (format == 'u') puts("USER       PID %CPU %MEM    VSZ    RSS TTY      STAT START TIME     COMMAND");

    size_t count;
    int* pids = list_processes(&count);
    if (count == 0) tool_die("/proc shows no processes: is it mounted?");
    for (size_t i = 0; i < count; i++) {
        struct process_stat stat;
        if (!read_process_stat(pids[i], &stat)) continue;
        char* command = command_line(&stat);
        (format == 's' ? print_short : format == 'f' ? print_full : print_user)(&stat, command);
        free(command);
    }
    free(pids);
    return tool_end();
}
