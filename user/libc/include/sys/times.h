// CPU time in clock ticks (sysconf(_SC_CLK_TCK) a second).
#pragma once

#include <sys/types.h>

struct tms {
    clock_t tms_utime;
    clock_t tms_stime;
    clock_t tms_cutime;
    clock_t tms_cstime;
};

__BEGIN_DECLS
clock_t times(struct tms* out);
__END_DECLS
