// The job table, the terminal's foreground group, and waiting (see jobs.h).
#include "jobs.h"

#include "output.h"
#include "redirect.h"
#include "shell.h"
#include "traps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct job* jobs;
static bool inherited;     // a subshell: these are our parent's, to be listed, not waited for
static int terminal = -1;  // open where there is job control
static pid_t shell_group;
static pid_t first_group;  // what we were started in
static struct termios shell_modes;

// ---- Job control ----

bool job_control_start(void)
{
    if (terminal >= 0) return true;
    const int tty = open("/dev/tty", O_RDWR);
    const int fd = move_to_private_descriptor(tty >= 0 ? tty : isatty(0) ? dup(0) : -1);
    if (fd < 0) return false;
    first_group = getpgrp();
    // Started in the background: wait until somebody brings us to the foreground. Who leads the
    // session has nobody to wait for.
    for (pid_t owner; getsid(0) != getpid() && (owner = tcgetpgrp(fd)) != getpgrp();) {
        if (owner < 0) {
            close(fd);
            return false;
        }
        kill(0, SIGTTIN);
    }
    shell.option[OPTION_MONITOR] = true;
    signals_start();
    shell_group = getpid();
    if (getpgrp() != shell_group) setpgid(0, shell_group);
    if (getpgrp() != shell_group || tcsetpgrp(fd, shell_group) < 0) {
        close(fd);
        shell.option[OPTION_MONITOR] = false;
        signals_start();
        return false;
    }
    terminal = fd;
    return true;
}

void job_control_stop(void)
{
    if (terminal < 0) return;
    if (first_group != shell_group) {
        tcsetpgrp(terminal, first_group);
        setpgid(0, first_group);
    }
    close(terminal);
    terminal = -1;
    shell.option[OPTION_MONITOR] = false;
    signals_start();
}

// ---- The table ----

struct job* jobs_first(void)
{
    return jobs;
}

static void unlink_job(const struct job* job)
{
    struct job** link = &jobs;
    while (*link != job)
        link = &(*link)->next;
    *link = job->next;
}

void job_remove(struct job* job)
{
    unlink_job(job);
    free(job->processes);
    free(job->text);
    free(job);
}

struct job* job_create(const char* text, enum job_place place)
{
    while (inherited && jobs)
        job_remove(jobs);
    inherited = false;
    struct job* job = allocate(sizeof *job);
    *job = (struct job){.next = jobs, .place = place};
    job->controlled = terminal >= 0 && !shell.subshell && place != JOB_INTERNAL;
    job->text = text ? copy_string(text) : NULL;
    if (job->controlled && place == JOB_FOREGROUND) tcgetattr(terminal, &shell_modes);
    jobs = job;
    return job;
}

static void move_to_front(struct job* job)
{
    unlink_job(job);
    job->next = jobs;
    jobs = job;
}

static void give_number(struct job* job)
{
    if (job->number) return;
    int highest = 0;
    for (const struct job* other = jobs; other; other = other->next) {
        if (other->number > highest) highest = other->number;
    }
    job->number = highest + 1;
}

enum process_state job_state(const struct job* job)
{
    enum process_state state = PROCESS_DONE;
    for (int i = 0; i < job->count; i++) {
        if (job->processes[i].state == PROCESS_RUNNING) return PROCESS_RUNNING;
        if (job->processes[i].state == PROCESS_STOPPED) state = PROCESS_STOPPED;
    }
    return state;
}

static int last_status(const struct job* job)
{
    return job->count ? job->processes[job->count - 1].status : 2 << 8;
}

int job_exit_status(const struct job* job)
{
    for (int i = 0; i < job->count; i++) {
        if (job->processes[i].state == PROCESS_STOPPED) return 128 + WSTOPSIG(job->processes[i].status);
    }
    const int status = last_status(job);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool jobs_refuse_exit(void)
{
    static int told_at = -1;  // the line that was refused: right behind it the user means it
    if (!shell.interactive || (told_at >= 0 && shell.line <= told_at + 1)) return false;
    for (const struct job* job = jobs; job; job = job->next) {
        if (job_state(job) != PROCESS_STOPPED) continue;
        told_at = shell.line;
        error_format("You have stopped jobs.\n");
        return true;
    }
    return false;
}

static struct job* find_numbered(int skip)
{
    for (struct job* job = jobs; job; job = job->next) {
        if (job->number && skip-- == 0) return job;
    }
    return NULL;
}

static bool is_called(const struct job* job, const char* name)
{
    if (!job->number) return false;
    if (*name >= '0' && *name <= '9') return job->number == atoi(name);
    if (!job->text) return false;
    return *name == '?' ? strstr(job->text, name + 1) != NULL : strncmp(job->text, name, strlen(name)) == 0;
}

struct job* job_find(const char* specification)
{
    if (specification[0] != '%') {
        const pid_t pid = atoi(specification);
        for (struct job* job = jobs; job; job = job->next) {
            for (int i = 0; i < job->count; i++) {
                if (job->processes[i].pid == pid) return job;
            }
        }
        return NULL;
    }
    const char* name = specification + 1;
    if (!*name || strcmp(name, "%") == 0 || strcmp(name, "+") == 0) return find_numbered(0);
    if (strcmp(name, "-") == 0) return find_numbered(1);
    for (struct job* job = jobs; job; job = job->next) {
        if (is_called(job, name)) return job;
    }
    return NULL;
}

// ---- Starting processes ----

void job_enroll(struct job* job, pid_t pid)
{
    signals_release();
    if (pid < 0) {
        warn("cannot fork: %s", strerror(errno));
        return;
    }
    job->processes = reallocate(job->processes, ((size_t)job->count + 1) * sizeof *job->processes);
    job->processes[job->count++] = (struct process){.pid = pid};
    if (!job->controlled) return;
    // Parent and child both do this: whoever is first, the group exists when either needs it.
    const bool first = !job->group;
    if (first) job->group = pid;
    setpgid(pid, job->group);
    if (first && job->place == JOB_FOREGROUND) tcsetpgrp(terminal, job->group);
}

static void enter_group(const struct job* job)
{
    if (!job->controlled) return;
    const pid_t group = job->group ? job->group : getpid();
    setpgid(0, group);
    if (job->place == JOB_FOREGROUND) tcsetpgrp(terminal, group);
}

void job_child_before_exec(const struct job* job)
{
    enter_group(job);
    signals_before_exec();
    signals_release();
}

static void detach_from_keyboard(void)
{
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    const int null = open("/dev/null", O_RDONLY);
    if (null > 0) {
        dup2(null, 0);
        close(null);
    }
}

static void become_subshell(const struct job* job)
{
    enter_group(job);
    const bool detached = job->place == JOB_BACKGROUND && !job->controlled;
    shell.subshell = true;
    shell.interactive = false;
    shell.loop_depth = 0;
    shell.option[OPTION_MONITOR] = shell.option[OPTION_INTERACTIVE] = false;
    if (terminal >= 0) close(terminal);
    terminal = -1;
    inherited = true;
    traps_reset_in_child();
    if (detached) detach_from_keyboard();
    signals_release();
}

pid_t job_fork(struct job* job)
{
    signals_hold();
    const pid_t pid = fork();
    if (pid == 0) {
        become_subshell(job);
    } else {
        job_enroll(job, pid);
    }
    return pid;
}

void job_left_in_background(struct job* job)
{
    if (!job->count) {
        job_remove(job);
        return;
    }
    give_number(job);
    shell.last_background = job->processes[job->count - 1].pid;
    if (shell.interactive) error_format("[%d] %d\n", job->number, (int)shell.last_background);
}

// ---- Waiting ----

static void record(pid_t pid, int status)
{
    for (struct job* job = jobs; job; job = job->next) {
        for (int i = 0; i < job->count; i++) {
            struct process* process = &job->processes[i];
            if (process->pid != pid || process->state == PROCESS_DONE) continue;
            process->status = status;
            process->state = WIFSTOPPED(status) ? PROCESS_STOPPED : PROCESS_DONE;
            job->changed = true;
            return;
        }
    }
}

enum reap_result jobs_reap(enum reap_patience patience)
{
    int status;
    const int options = (patience == REAP_NOW ? WNOHANG : 0) | (terminal >= 0 ? WUNTRACED : 0);
    const pid_t pid = waitpid(-1, &status, options);
    if (pid > 0) record(pid, status);
    return pid > 0 ? REAP_CHILD : pid < 0 && errno == EINTR ? REAP_INTERRUPTED : REAP_NOTHING;
}

static void take_terminal_back(struct job* job)
{
    const bool stopped = job_state(job) == PROCESS_STOPPED;
    tcsetpgrp(terminal, shell_group);
    if (stopped) job->modes_saved = tcgetattr(terminal, &job->modes) == 0;
    // A program that ended well may have changed the modes on purpose (stty).
    if (stopped || WIFSIGNALED(last_status(job))) tcsetattr(terminal, TCSADRAIN, &shell_modes);
}

static void tell_about_signal(const struct job* job)
{
    const int status = last_status(job);
    if (!shell.interactive || !WIFSIGNALED(status)) return;
    const int number = WTERMSIG(status);
    if (number == SIGINT) {
        error_format("\n");
        abort_command(128 + number);
    } else if (number != SIGPIPE) {
        error_format("%s\n", strsignal(number));
    }
}

// A ^C that came before the terminal was the job's reached only the shell: it was meant for the job.
static void pass_on_interrupt(const struct job* job)
{
    if (!shell.interrupted || !job->controlled || !job->group) return;
    shell.interrupted = 0;
    kill(-job->group, SIGINT);
}

int job_wait(struct job* job)
{
    pass_on_interrupt(job);
    while (job_state(job) == PROCESS_RUNNING && jobs_reap(REAP_WAIT) != REAP_NOTHING)
        continue;
    if (job->controlled && job->count) take_terminal_back(job);
    const int status = job_exit_status(job);
    if (job_state(job) == PROCESS_STOPPED) {
        give_number(job);
        move_to_front(job);
        job->place = JOB_BACKGROUND;
        error_format("\n");
        jobs_report_changes();
    } else {
        tell_about_signal(job);
        job_remove(job);
    }
    return status;
}

int job_continue(struct job* job, enum job_place place)
{
    for (int i = 0; i < job->count; i++) {
        if (job->processes[i].state == PROCESS_STOPPED) job->processes[i].state = PROCESS_RUNNING;
    }
    job->place = place;
    job->changed = false;
    move_to_front(job);
    if (place == JOB_FOREGROUND) {
        tcgetattr(terminal, &shell_modes);
        tcsetpgrp(terminal, job->group);
        if (job->modes_saved) tcsetattr(terminal, TCSADRAIN, &job->modes);
        job->modes_saved = false;
    }
    kill(-job->group, SIGCONT);
    return place == JOB_FOREGROUND ? job_wait(job) : 0;
}

// ---- Telling the user ----

static const char* state_text(const struct job* job, char* text, size_t size)
{
    const int status = last_status(job);
    switch (job_state(job)) {
    case PROCESS_RUNNING:
        return "Running";
    case PROCESS_STOPPED:
        return "Stopped";
    case PROCESS_DONE:
        break;
    }
    if (WIFSIGNALED(status)) return strsignal(WTERMSIG(status));
    if (WEXITSTATUS(status) == 0) return "Done";
    snprintf(text, size, "Done(%d)", WEXITSTATUS(status));
    return text;
}

void job_describe(const struct job* job, struct buffer* line)
{
    char start[64], state[16];
    const char mark = job == find_numbered(0) ? '+' : job == find_numbered(1) ? '-' : ' ';
    snprintf(start, sizeof start, "[%d]%c  %-22s ", job->number, mark, state_text(job, state, sizeof state));
    buffer_append_string(line, start);
    buffer_append_string(line, job->text ? job->text : "");
    buffer_append_char(line, '\n');
}

void jobs_report_changes(void)
{
    while (jobs_reap(REAP_NOW) == REAP_CHILD)
        continue;
    for (struct job *job = jobs, *next; job; job = next) {
        next = job->next;
        if (!job->number || !job->changed) continue;
        job->changed = false;
        struct buffer line = {.arena = NULL};
        job_describe(job, &line);
        if (shell.interactive) error_format("%s", line.data);
        buffer_free(&line);
        if (job_state(job) == PROCESS_DONE) job_remove(job);
    }
}
