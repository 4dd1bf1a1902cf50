// Commands that need a copy of the shell: pipelines, subshells, background lists, $(...).
#include "execute.h"

#include "jobs.h"
#include "output.h"
#include "redirect.h"
#include "traps.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

// In the child: runs the command as this process's last deed.
static void run_and_exit(const struct node* node) __attribute__((noreturn));
static void run_and_exit(const struct node* node)
{
    execute(node, SHELL_ENDS);
    exit_shell(shell.status);
}

// The pipes of one stage: what it reads from, what it writes to, and the other end of the latter.
struct stage {
    int input;
    int output;
    int next_input;
};

// A pipe whose ends are not among 0, 1 and 2, even where those are closed.
static bool open_pipe(int ends[2])
{
    if (pipe(ends) < 0) return false;
    for (int i = 0; i < 2; i++) {
        if (ends[i] <= 2) ends[i] = move_to_private_descriptor(ends[i]);
    }
    return true;
}

static bool open_stage(struct stage* stage, const struct node* next)
{
    int ends[2] = {-1, -1};
    if (next && !open_pipe(ends)) return false;
    stage->next_input = ends[0];
    stage->output = ends[1];
    return true;
}

static void close_if_open(int fd)
{
    if (fd >= 0) close(fd);
}

static void replace_descriptor(int from, int to)
{
    if (from < 0) return;
    dup2(from, to);
    close(from);
}

static void run_stage(const struct stage* stage, const struct node* node)
{
    close_if_open(stage->next_input);
    replace_descriptor(stage->input, 0);
    replace_descriptor(stage->output, 1);
    run_and_exit(node);
}

static void start_stages(const struct node* pipeline, struct job* job)
{
    struct stage stage = {.input = -1};
    for (const struct node* node = pipeline->children; node; node = node->next) {
        if (!open_stage(&stage, node->next)) {
            warn("pipe: %s", strerror(errno));
            break;
        }
        const pid_t pid = job_fork(job);
        if (pid == 0) run_stage(&stage, node);
        close_if_open(stage.input);
        close_if_open(stage.output);
        stage.input = stage.next_input;
        if (pid < 0) break;
    }
    close_if_open(stage.input);  // open only after an error
}

void execute_pipeline(const struct node* node)
{
    struct job* job = job_create(node->text, JOB_FOREGROUND);
    start_stages(node, job);
    shell.status = job_wait(job);
}

// Runs `( list )` in this process, which does nothing else any more.
static void become_subshell(const struct node* node)
{
    struct prepared_redirect* redirects;
    if (!redirects_prepare(node->redirects, &redirects) || !redirects_apply(redirects, NULL)) exit_shell(1);
    shell.loop_depth = 0;
    run_and_exit(node->first);
}

void execute_subshell(const struct node* node, enum afterwards afterwards)
{
    if (afterwards == SHELL_ENDS && shell.subshell && !traps_set()) become_subshell(node);
    struct job* job = job_create(node->text, JOB_FOREGROUND);
    if (job_fork(job) == 0) become_subshell(node);
    shell.status = job_wait(job);
}

void execute_background(const struct node* node)
{
    struct job* job = job_create(node->text, JOB_BACKGROUND);
    const pid_t pid = job_fork(job);
    if (pid == 0) run_and_exit(node->first);
    shell.status = pid < 0;
    job_left_in_background(job);
}

static void read_all(int fd, struct buffer* output)
{
    char block[512];
    for (;;) {
        const ssize_t length = read(fd, block, sizeof block);
        if (length < 0 && errno == EINTR && !shell.interrupted) continue;
        if (length <= 0) return;
        for (ssize_t i = 0; i < length; i++) {
            if (block[i]) buffer_append_char(output, block[i]);  // strings cannot hold a NUL
        }
    }
}

void substitute_command(const struct node* node, struct buffer* output)
{
    int ends[2];
    shell.substitution_status = 0;
    if (!node) return;
    if (!open_pipe(ends)) {
        fail(2, "pipe: %s", strerror(errno));
        return;
    }
    struct job* job = job_create(NULL, JOB_INTERNAL);
    const pid_t pid = job_fork(job);
    if (pid == 0) {
        close(ends[0]);
        replace_descriptor(ends[1], 1);
        run_and_exit(node);
    }
    close(ends[1]);
    if (pid > 0) read_all(ends[0], output);
    close(ends[0]);
    shell.substitution_status = shell.status = job_wait(job);
}
