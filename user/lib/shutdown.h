// How the machine is brought down: shared by init and by poweroff, reboot, halt.
#pragma once

// Init stops starting shells when it gets this signal. Its default action is to be ignored, so whatever else may
// run as process 1 survives it.
#define SIGNAL_NO_MORE_SHELLS SIGWINCH

// Asks every process but the caller and process 1 to end, and kills those that did not.
void stop_all_processes(void);

// Writes everything to the disks and unmounts what can be unmounted; the root becomes read-only.
void release_file_systems(void);
