// The console terminal: which ports are part of it. `console=ttyS<n>` names a serial line, `console=tty0` screen and
// keyboard; the option may stand several times. Without it COM1, screen and keyboard stand side by side.
#pragma once

#include "lib/types.h"

namespace faultline {

bool console_has_serial(u32 line);  // 0: COM1
bool console_has_screen();

}  // namespace faultline
