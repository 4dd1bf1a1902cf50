// Where things are.
#pragma once

#define _PATH_BSHELL "/bin/sh"
#define _PATH_CONSOLE "/dev/console"
#define _PATH_DEFPATH "/bin:/usr/bin"
#define _PATH_DEVNULL "/dev/null"
#define _PATH_MOUNTED "/proc/mounts"
#define _PATH_TTY "/dev/tty"
