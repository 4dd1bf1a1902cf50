// The machine's memory and load, in one call.
#pragma once

#include <sys/cdefs.h>

struct sysinfo {
    long uptime;
    unsigned long loads[3];  // 1, 5, 15 minutes, times 65536
    unsigned long totalram;
    unsigned long freeram;
    unsigned long sharedram;
    unsigned long bufferram;
    unsigned long totalswap;
    unsigned long freeswap;
    unsigned short procs;
    unsigned short pad;
    unsigned long totalhigh;
    unsigned long freehigh;
    unsigned int mem_unit;  // bytes in a unit of the sizes above
    char __pad[8];
};

__BEGIN_DECLS
int sysinfo(struct sysinfo* out);
int get_nprocs(void);
int get_nprocs_conf(void);
__END_DECLS
