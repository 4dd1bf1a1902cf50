// The walk over the allocations of one call, and what is in use after each round.
#include "failtest.h"

enum { kRounds = 4, kMostAllocations = 400 };

// Objects of the kernel's heap that are in use.
static long heap_objects(void)
{
    char line[256];
    long sum = 0;
    FILE* file = fopen("/proc/slabinfo", "r");
    check(file);
    while (fgets(line, sizeof line, file)) {
        char* blank = strchr(line + strspn(line, " "), ' ');
        if (line[0] != '#' && blank) sum += atol(blank);
    }
    fclose(file);
    return sum;
}

struct outcome fail_each_once(const char* name, const struct call* call)
{
    struct outcome outcome = {0, 0};
    for (int n = 1; n < kMostAllocations; n++) {
        errno = 0;
        fail_nth(n);
        const int result = call->attempt();
        const int error = errno;
        const int left = fail_nth(0);
        if (result == 0 && call->undo) call->undo();
        if (left > 0) {
            check(result == 0);
            return outcome;
        }
        outcome.allocations++;
        if (result == 0) continue;  // it could do without
        if (error != ENOMEM && error != call->other_error)
            printf("failed: %s: allocation %d: errno %d (%s)\n", name, n, error, strerror(error));
        check(error == ENOMEM || error == call->other_error);
        outcome.errors++;
        if (call->attempt() != 0)
            printf("failed: %s: after allocation %d: errno %d\n", name, n, errno), _exit(1);
        if (call->undo) call->undo();
    }
    check(!"an end");
    return outcome;
}

static long frames_in_use(void)
{
    return vmstat("nr_frames_in_use");
}

static long least_growth(const long* counts)
{
    long least = counts[1] - counts[0];
    for (int i = 2; i < kRounds; i++)
        if (counts[i] - counts[i - 1] < least) least = counts[i] - counts[i - 1];
    return least;
}

// At least one round must not add to what is in use: caches fill, leaks go on. What ends in its own time, as a file system
// does that was detached, is given that time.
static void check_no_growth(const char* name, const char* what, long* counts, long (*count)(void))
{
    for (int i = 0; i < 500 && least_growth(counts) > 0; i++) {
        nap_ms(10);
        counts[kRounds - 1] = count();
    }
    if (least_growth(counts) > 0)
        printf("failed: %s: each round left %ld %s\n", name, least_growth(counts), what);
    check(least_growth(counts) <= 0);
}

void run_rounds(const char* name, void (*round)(void* context), void* context)
{
    long frames[kRounds], objects[kRounds];
    for (int i = 0; i < kRounds; i++) {
        round(context);
        objects[i] = heap_objects();
        frames[i] = frames_in_use();
    }
    check_no_growth(name, "frames", frames, frames_in_use);
    check_no_growth(name, "objects of the heap", objects, heap_objects);
}

struct call_walk {
    const char* name;
    struct call call;
    struct outcome outcome;
};

static void walk_call(void* context)
{
    struct call_walk* const walk = context;
    walk->outcome = fail_each_once(walk->name, &walk->call);
}

void fail_call(const char* name, struct call call)
{
    struct call_walk walk = {name, call, {0, 0}};
    check(call.attempt() == 0);  // what is made only once
    if (call.undo) call.undo();
    run_rounds(name, walk_call, &walk);
    printf("%s: allocations=%d errors=%d\n", name, walk.outcome.allocations, walk.outcome.errors);
}

static int end_of_child(int n, void (*attempt)(int n))
{
    const pid_t pid = fork();
    if (pid == 0) attempt(n);
    check(pid > 0);
    return status_of(pid);
}

struct child_walk {
    const char* name;
    void (*attempt)(int n);
    int allocations, errors, kills;
};

static void walk_children(void* context)
{
    struct child_walk* const walk = context;
    int status;
    walk->allocations = walk->errors = walk->kills = 0;
    while ((status = end_of_child(walk->allocations + 1, walk->attempt)) != kCountLeft << 8) {
        check(++walk->allocations < kMostAllocations);
        if (status != kReported << 8 && status != 0 && status != SIGKILL)
            printf("failed: %s: allocation %d: status 0x%x\n", walk->name, walk->allocations, status),
                _exit(1);
        walk->errors += status == kReported << 8;
        walk->kills += status == SIGKILL;
    }
}

void fail_in_child(const char* name, void (*attempt)(int n))
{
    struct child_walk walk = {name, attempt, 0, 0, 0};
    run_rounds(name, walk_children, &walk);
    printf("%s: allocations=%d errors=%d kills=%d\n", name, walk.allocations, walk.errors, walk.kills);
}

int main(int argc, char** argv)
{
    if (argc > 1 && strcmp(argv[1], "--executed") == 0) return fail_nth(0) > 0 ? 1 : 0;
    if (argc > 1 && strcmp(argv[1], "--leave-armed") == 0) return fail_nth(1000000) != 0;
    return run_parts(argc, argv);
}
