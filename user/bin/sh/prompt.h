// The text of PS1 and PS2.
#pragma once

const char* prompt_text(const char* variable);  // in memory of ours, until the next call
