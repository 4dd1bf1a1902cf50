// The kernel's log. Commands: 2 read (and wait), 3 read all, 4 read all and clear, 5 clear, 9 unread size, 10 size.
#pragma once

#include <sys/cdefs.h>

__BEGIN_DECLS
int klogctl(int command, char* buffer, int size);
__END_DECLS
