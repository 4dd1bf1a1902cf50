// Times as people write them on a command line.
#pragma once

#include <time.h>

// "now", @SECONDS or YYYY-MM-DD[ HH:MM[:SS]]; anything else ends the program with a message.
struct timespec tool_parse_time(const char* text);
