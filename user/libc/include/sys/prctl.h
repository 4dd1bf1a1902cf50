// Properties of this process.
#pragma once

#include <sys/cdefs.h>

#define PR_SET_PDEATHSIG 1
#define PR_SET_NAME 15
#define PR_GET_NAME 16
#define PR_SET_FAULT_AROUND                                                                                  \
    0x464c0001  // Faultline's own: bytes that one fault may map, from the next exec on
#define PR_SET_RECEIPT                                                                                       \
    0x464c0002  // Faultline's own: 1, keep /proc/PID/receipt at exit; fork and exec inherit it

#define PR_GET_DUMPABLE 3
#define PR_SET_DUMPABLE 4

__BEGIN_DECLS
int prctl(int option, ...);
__END_DECLS
