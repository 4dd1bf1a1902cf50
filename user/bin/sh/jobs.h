// Every child belongs to a job: the processes of one pipeline. With job control (set -m) each job
// is a process group of its own, and the terminal belongs to the one in the foreground.
#pragma once

#include "arena.h"

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

enum job_place {
    JOB_FOREGROUND,
    JOB_BACKGROUND,
    JOB_INTERNAL  // $(...): stays in the shell's process group
};

enum process_state { PROCESS_RUNNING, PROCESS_STOPPED, PROCESS_DONE };

struct process {
    pid_t pid;
    enum process_state state;
    int status;  // as wait gives it
};

struct job {
    struct job* next;  // most recently used first
    int number;        // for the user; 0 while nobody needs one
    enum job_place place;
    bool controlled;  // has a process group
    bool changed;     // the user was not told of its state yet
    pid_t group;
    struct process* processes;
    int count;
    char* text;
    bool modes_saved;  // stopped: the terminal's modes that it wants back
    struct termios modes;
};

bool job_control_start(void);  // false: no terminal, or it is not ours
void job_control_stop(void);

struct job* job_create(const char* text, enum job_place place);
pid_t job_fork(struct job* job);  // in the child, everything is set for a subshell
void job_enroll(struct job* job, pid_t pid);
void job_child_before_exec(const struct job* job);  // in a child made by (v)fork that only execs
int job_wait(struct job* job);                      // until it is done or stopped; its exit status
void job_left_in_background(struct job* job);

enum reap_result { REAP_CHILD, REAP_INTERRUPTED, REAP_NOTHING };
enum reap_patience { REAP_NOW, REAP_WAIT };
enum reap_result jobs_reap(enum reap_patience patience);

struct job* jobs_first(void);
struct job* job_find(const char* specification);  // %1 %+ %- %name or a pid; null: none
enum process_state job_state(const struct job* job);
int job_exit_status(const struct job* job);
int job_continue(struct job* job, enum job_place place);  // fg and bg
void job_remove(struct job* job);
void jobs_report_changes(void);  // tells an interactive user; forgets jobs that are done
void job_describe(const struct job* job, struct buffer* line);
bool jobs_refuse_exit(void);  // true once, with a message, while jobs are stopped
