// bench: what system calls, faults and processes cost. One line an operation: name, ticks for each, faults for each.
// `bench [-d DIRECTORY] [-r REPEATS] [NAME...]`; `bench --tsc` prints the time-stamp counter (time since power-on).
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

const char* bench_directory = "/tmp";
const char* bench_program;

static const struct benchmark* const all_lists[] = {process_benchmarks, memory_benchmarks, file_benchmarks};
enum { kLists = 3, kMaxRepeats = 31 };

static int any_faults;  // another kernel may fault more or less often

static long faults_now(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt + usage.ru_majflt;
}

void begin_timing(struct sample* sample)
{
    sample->faults = faults_now();
    sample->ticks = ticks();
}

void end_timing(struct sample* sample, unsigned operations)
{
    sample->ticks = ticks() - sample->ticks;
    sample->faults = faults_now() - sample->faults;
    sample->operations = operations;
}

void fail(struct sample* sample, const char* what)
{
    if (!sample->wrong) sample->wrong = what;
}

void* map_pages(unsigned pages)
{
    void* start =
        mmap(NULL, (size_t)pages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) {
        perror("bench: mmap");
        exit(1);
    }
    return start;
}

void touch(char* start, unsigned pages)
{
    for (unsigned i = 0; i < pages; i++)
        ((volatile char*)start)[i * kPage] = 1;
}

static int compare_ticks(const void* a, const void* b)
{
    const unsigned long long x = *(const unsigned long long*)a, y = *(const unsigned long long*)b;
    return x < y ? -1 : x > y;
}

// Median over the repeats, after one that warms the caches up. Returns 1 where a check failed.
static int measure(const struct benchmark* benchmark, int repeats)
{
    unsigned long long each[kMaxRepeats];
    struct sample sample = {0, 0, 1, NULL};
    benchmark->run(&sample);
    for (int i = 0; i < repeats; i++) {
        memset(&sample, 0, sizeof(sample));
        benchmark->run(&sample);
        if (sample.operations == 0) {
            sample.operations = 1;
            fail(&sample, "not possible here");
        }
        each[i] = sample.ticks / sample.operations;
        if (sample.wrong) break;
        const long faults = (sample.faults + sample.operations / 2) / (long)sample.operations;
        if (!any_faults && benchmark->faults_per_operation >= 0 && faults != benchmark->faults_per_operation)
            fail(&sample, "fault count");
    }
    if (sample.wrong) {
        printf("%-44s WRONG: %s (%ld faults in %u operations)\n", benchmark->name, sample.wrong,
               sample.faults, sample.operations);
        return 1;
    }
    qsort(each, (size_t)repeats, sizeof(each[0]), compare_ticks);
    const long hundredths = sample.faults * 100 / (long)sample.operations;
    printf("%-44s %12llu %6ld.%02ld\n", benchmark->name, each[repeats / 2], hundredths / 100,
           hundredths % 100);
    fflush(stdout);
    return 0;
}

static int wanted(const char* name, char** names, int count)
{
    for (int i = 0; i < count; i++)
        if (names[i][0] == '=' ? strcmp(name, names[i] + 1) == 0 : strstr(name, names[i]) != NULL) return 1;
    return count == 0;
}

static void usage(void)
{
    puts("Usage: bench [-d DIRECTORY] [-r REPEATS] [NAME...]\n"
         "Times system calls, page faults, processes and files: ticks of the time-stamp counter and page\n"
         "faults for each operation, medians. NAME: only benchmarks whose name contains it; =NAME: is it.\n"
         "  -d DIRECTORY  where files are made (default /tmp)\n"
         "  -r REPEATS    1 to 31 (default 5)\n"
         "  --any-faults  do not check the number of page faults, which is Faultline's\n"
         "  --tsc         only print the time-stamp counter\n"
         "  --list        only print the names");
}

int main(int argc, char** argv)
{
    int repeats = 5, at = 1, list_only = 0, failures = 0;
    static char self[256];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    bench_program = length > 0 ? self : argv[0];
    for (; at < argc && argv[at][0] == '-'; at++) {
        if (strcmp(argv[at], "--exit") == 0) _exit(0);  // what exec benchmarks run
        if (strcmp(argv[at], "--big-exec") == 0) {      // what benchmarks under another policy run
            struct sample sample = {0, 0, 1, NULL};
            measure_big_exec(&sample);
            return write(STDOUT_FILENO, &sample, sizeof sample) == sizeof sample && !sample.wrong ? 0 : 1;
        }
        if (strcmp(argv[at], "--tsc") == 0) {
            printf("%llu\n", ticks());
            return 0;
        }
        if (strcmp(argv[at], "--help") == 0) {
            usage();
            return 0;
        }
        if (strcmp(argv[at], "--list") == 0)
            list_only = 1;
        else if (strcmp(argv[at], "--any-faults") == 0)
            any_faults = 1;
        else if (strcmp(argv[at], "-d") == 0 && at + 1 < argc)
            bench_directory = argv[++at];
        else if (strcmp(argv[at], "-r") == 0 && at + 1 < argc)
            repeats = atoi(argv[++at]);
        else {
            fprintf(stderr, "bench: unknown option %s; see bench --help\n", argv[at]);
            return 2;
        }
    }
    if (repeats < 1 || repeats > kMaxRepeats) {
        fprintf(stderr, "bench: repeats must be 1 to %d\n", kMaxRepeats);
        return 2;
    }
    for (int list = 0; list < kLists; list++)
        for (const struct benchmark* b = all_lists[list]; b->name; b++) {
            if (!wanted(b->name, argv + at, argc - at)) continue;
            if (list_only)
                puts(b->name);
            else
                failures += measure(b, repeats);
        }
    return failures ? 1 : 0;
}
