// syscall() and the numbers SYS_name, generated from the kernel's table.
#pragma once

#include <faultline_syscalls.h>
#include <sys/cdefs.h>

__BEGIN_DECLS
long syscall(long number, ...);
__END_DECLS
