// free: memory used and free, from /proc/meminfo.
#include "user/lib/proc.h"
#include "user/lib/tool.h"

#include <stdio.h>
#include <stdlib.h>

static const char help[] =
    "Usage: free [-bkmgh]\n"
    "Show how much memory is used and free, in KiB.\n"
    "  -b bytes   -m MiB   -g GiB   -h like 1.5G\n"
    "buff/cache is memory that holds files and can be given back; available is free and that.\n";

static int human;
static unsigned long long unit = 1024;

static void print_amount(unsigned long long kib)
{
    char text[8];
    if (human)
        printf(" %11s", tool_human_size(kib * 1024, text));
    else
        printf(" %11llu", kib * 1024 / unit);
}

static void print_row(const char* name, const unsigned long long* amounts, int count)
{
    printf("%-7s", name);
    for (int i = 0; i < count; i++)
        print_amount(amounts[i]);
    putchar('\n');
}

static unsigned long long get(const char* text, const char* name)
{
    unsigned long long value = 0;
    find_counter(text, name, &value);
    return value;
}

int main(int argc, char** argv)
{
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("bkmgh", NULL)) != -1;) {
        human = letter == 'h';
        if (letter == 'b') unit = 1;
        if (letter == 'k') unit = 1024;
        if (letter == 'm') unit = 1024 * 1024;
        if (letter == 'g') unit = 1024 * 1024 * 1024;
    }
    tool_need_operands(0, 0);
    char* text = read_whole_file("/proc/meminfo", NULL);
    if (!text) tool_die("cannot read /proc/meminfo: is /proc mounted?");
    const unsigned long long total = get(text, "MemTotal"), unused = get(text, "MemFree");
    const unsigned long long cached = get(text, "Buffers") + get(text, "Cached") + get(text, "SReclaimable");
    unsigned long long available;
    if (!find_counter(text, "MemAvailable", &available)) available = unused + cached;
    const unsigned long long used = total > unused + cached ? total - unused - cached : 0;
    const unsigned long long memory[] = {total, used, unused, get(text, "Shmem"), cached, available};
    const unsigned long long swap_total = get(text, "SwapTotal"), swap_free = get(text, "SwapFree");
    const unsigned long long swap[] = {swap_total, swap_total - swap_free, swap_free};
    puts("              total        used        free      shared  buff/cache   available");
    print_row("Mem:", memory, 6);
    print_row("Swap:", swap, 3);
    free(text);
    return tool_end();
}
