// Backslash escapes of echo -e, printf and tr.
#pragma once

// Reads one escape; *at stands after the backslash and is moved past the escape. The byte it means, or -1 for \c
// ("print nothing more"). What is no escape means the backslash itself, and *at stays.
int read_escape(const char** at);
