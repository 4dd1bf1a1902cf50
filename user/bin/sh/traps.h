// Signals of the shell itself: what `trap` asks for, and what an interactive shell ignores.
#pragma once

#include <stdbool.h>

enum { TRAP_EXIT = 0, SIGNAL_LIMIT = 65 };

void signals_start(void);  // call when interactive or job control is switched on or off
// Around fork: a signal for the child must not arrive before the child has undone our settings.
void signals_hold(void);
void signals_release(void);      // in the parent and in the child
void signals_before_exec(void);  // in the process that is about to exec: ours are default again
void signals_after_failed_exec(void);
void traps_reset_in_child(void);  // a subshell starts without traps; ignored signals stay ignored

bool traps_set(void);    // is there any action to run, at exit too?
void run_traps(void);    // those that are due; also notices ^C. Between commands
bool trap_is_due(void);  // a signal with an action arrived
int last_trapped_signal(void);
void run_exit_trap(void);  // once

int signal_number(const char* name);  // "INT", "SIGINT", "2", "EXIT"; -1: unknown
const char* signal_name(int number);  // "INT"; null: unknown

int builtin_trap(int argc, char** argv);
