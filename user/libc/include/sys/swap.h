// Swap: disks that hold memory which programs have not used lately. Root only.
#pragma once

#include <sys/cdefs.h>

#define SWAP_FLAG_PREFER 0x8000
#define SWAP_FLAG_PRIO_MASK 0x7fff
#define SWAP_FLAG_PRIO_SHIFT 0
#define SWAP_FLAG_DISCARD 0x10000

__BEGIN_DECLS
int swapon(const char* path, int flags);
int swapoff(const char* path);
__END_DECLS
