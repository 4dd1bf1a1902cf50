// jobs, fg, bg, wait and kill.
#include "builtins.h"

#include "expand.h"
#include "jobs.h"
#include "output.h"
#include "shell.h"
#include "traps.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static struct job* find_or_warn(const char* command, const char* specification)
{
    struct job* job = job_find(specification);
    if (!job) warn("%s: %s: no such job", command, specification);
    return job;
}

// ---- jobs ----

static void list_job(struct job* job, char format)
{
    if (!job->number) return;
    if (format == 'p') {
        out_format("%d\n", (int)job->processes[0].pid);
        return;
    }
    struct buffer line = {.arena = &shell.scratch};
    job_describe(job, &line);
    if (format == 'l') {
        const char* rest = line.data + strcspn(line.data, " ") + 2;
        out_bytes(line.data, (unsigned long)(rest - line.data));
        out_format("%d %s", (int)job->processes[0].pid, rest);
    } else {
        out_string(line.data);
    }
    job->changed = false;
}

// In the order of their numbers.
static void list_all(char format)
{
    int highest = 0;
    for (const struct job* job = jobs_first(); job; job = job->next) {
        if (job->number > highest) highest = job->number;
    }
    for (int number = 1; number <= highest; number++) {
        struct job* job = jobs_first();
        while (job && job->number != number)
            job = job->next;
        if (job) list_job(job, format);
    }
}

static void forget_done_jobs(void)
{
    for (struct job *job = jobs_first(), *next; job; job = next) {
        next = job->next;
        if (job->number && !job->changed && job_state(job) == PROCESS_DONE) job_remove(job);
    }
}

int builtin_jobs(int argc, char** argv)
{
    char format = 0;
    int i = 1, status = 0;
    for (; i < argc && argv[i][0] == '-'; i++)
        format = argv[i][1];
    while (jobs_reap(REAP_NOW) == REAP_CHILD)
        continue;
    if (i == argc) list_all(format);
    for (; i < argc; i++) {
        struct job* job = find_or_warn("jobs", argv[i]);
        if (job) list_job(job, format);
        if (!job) status = 2;
    }
    forget_done_jobs();
    return status;
}

// ---- fg and bg ----

static int continue_job(const char* command, const char* specification, enum job_place place)
{
    struct job* job = find_or_warn(command, specification);
    if (!job) return 2;
    if (!job->controlled) {
        warn("%s: job not created under job control", command);
        return 2;
    }
    if (job_state(job) == PROCESS_DONE) {
        warn("%s: job has ended", command);
        return 2;
    }
    if (place == JOB_BACKGROUND) out_format("[%d] ", job->number);
    out_format("%s\n", job->text ? job->text : "");
    out_flush();
    return job_continue(job, place);
}

static int continue_jobs(int argc, char** argv, enum job_place place)
{
    if (!shell.option[OPTION_MONITOR]) {
        warn("%s: no job control", argv[0]);
        return 2;
    }
    if (argc == 1) return continue_job(argv[0], "%+", place);
    int status = 0;
    for (int i = 1; i < argc; i++)
        status = continue_job(argv[0], argv[i], place);
    return status;
}

int builtin_fg(int argc, char** argv)
{
    return continue_jobs(argc, argv, JOB_FOREGROUND);
}

int builtin_bg(int argc, char** argv)
{
    return continue_jobs(argc, argv, JOB_BACKGROUND);
}

// ---- wait ----

static bool background_job_runs(void)
{
    for (const struct job* job = jobs_first(); job; job = job->next) {
        if (job->number && job_state(job) == PROCESS_RUNNING) return true;
    }
    return false;
}

// Waits for one job, or for all where it is null. False: a signal that is trapped came first.
static bool wait_until_done(const struct job* job)
{
    while (job ? job_state(job) == PROCESS_RUNNING : background_job_runs()) {
        const enum reap_result result = jobs_reap(REAP_WAIT);
        if (result == REAP_NOTHING) break;
        if (result == REAP_INTERRUPTED && (trap_is_due() || shell.interrupted)) return false;
    }
    return true;
}

static int interrupted_status(void)
{
    return 128 + (shell.interrupted ? SIGINT : last_trapped_signal());
}

static int wait_for(const char* specification)
{
    struct job* job = job_find(specification);
    if (!job) return 127;
    if (!wait_until_done(job)) return interrupted_status();
    const int status = job_exit_status(job);
    if (job_state(job) == PROCESS_DONE) job_remove(job);
    return status;
}

int builtin_wait(int argc, char** argv)
{
    int status = 0;
    if (argc == 1) {
        if (!wait_until_done(NULL)) return interrupted_status();
        for (struct job *job = jobs_first(), *next; job; job = next) {
            next = job->next;
            if (job->number && job_state(job) == PROCESS_DONE && !shell.interactive) job_remove(job);
        }
    }
    for (int i = 1; i < argc; i++)
        status = wait_for(argv[i]);
    return status;
}

// ---- kill ----

static void list_signals(void)
{
    for (int i = 1; signal_name(i); i++)
        out_format("%2d %-9s%s", i, signal_name(i), i % 8 ? "" : "\n");
    out_char('\n');
}

// `kill -l 130` names the signal that a status of 130 tells of.
static int name_signals(int count, char** operands)
{
    if (count == 0) list_signals();
    for (int i = 0; i < count; i++) {
        long long number;
        const bool numeric = parse_number(operands[i], &number);
        if (!numeric) number = signal_number(operands[i]);
        if (numeric && number > 128) number -= 128;
        const char* name = number > 0 && number < SIGNAL_LIMIT ? signal_name((int)number) : NULL;
        if (!name) {
            warn("kill: %s: no such signal", operands[i]);
            return 1;
        }
        if (numeric) out_format("%s\n", name);
        if (!numeric) out_format("%lld\n", number);
    }
    return 0;
}

static int kill_one(const char* target, int signal)
{
    long long pid;
    if (target[0] == '%') {
        const struct job* job = find_or_warn("kill", target);
        if (!job) return 1;
        pid = job->controlled ? -job->group : job->processes[0].pid;
        // A stopped job sees the signal only when it goes on.
        if (job->controlled && job_state(job) == PROCESS_STOPPED && signal != SIGCONT && signal != SIGSTOP) {
            kill((pid_t)pid, signal);
            signal = SIGCONT;
        }
    } else if (!parse_number(target, &pid)) {
        warn("kill: %s: illegal pid", target);
        return 1;
    }
    if (kill((pid_t)pid, signal) == 0) return 0;
    warn("kill: %s: %s", target, strerror(errno));
    return 1;
}

int builtin_kill(int argc, char** argv)
{
    int signal = SIGTERM, i = 1, status = 0;
    const char* name = NULL;
    if (argc > 1 && strcmp(argv[1], "-l") == 0) return name_signals(argc - 2, argv + 2);
    if (argc > 2 && strcmp(argv[1], "-s") == 0) {
        name = argv[2];
        i = 3;
    } else if (argc > 1 && argv[1][0] == '-' && strcmp(argv[1], "--") != 0) {
        name = argv[1] + 1;
        i = 2;
    }
    if (name) signal = strcmp(name, "0") == 0 ? 0 : signal_number(name);
    if (signal < 0) {
        warn("kill: %s: no such signal", name);
        return 2;
    }
    if (i < argc && strcmp(argv[i], "--") == 0) i++;
    if (i == argc) {
        warn("usage: kill [-SIGNAL] PID|JOB...");
        return 2;
    }
    for (; i < argc; i++)
        status |= kill_one(argv[i], signal);
    return status;
}
