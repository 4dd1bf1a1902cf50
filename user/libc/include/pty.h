// Pseudo-terminals: both ends at once.
#pragma once

#include <sys/ioctl.h>
#include <sys/types.h>
#include <termios.h>

__BEGIN_DECLS
// `name`, `settings` and `size` may be null.
int openpty(int* master, int* slave, char* name, const struct termios* settings, const struct winsize* size);
// fork, with the child's session on a new terminal that is its descriptors 0, 1 and 2.
pid_t forkpty(int* master, char* name, const struct termios* settings, const struct winsize* size);
int login_tty(int fd);
__END_DECLS
