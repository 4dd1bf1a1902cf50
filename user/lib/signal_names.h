// Names of signals, as kill takes and prints them.
#pragma once

const char* signal_name(int number);  // "KILL"; null when it has none
int find_signal(const char* name);    // "9", "KILL" or "SIGKILL"; -1 when there is none
