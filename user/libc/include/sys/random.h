// Random bytes from the kernel.
#pragma once

#include <sys/types.h>

#define GRND_NONBLOCK 1
#define GRND_RANDOM 2

__BEGIN_DECLS
ssize_t getrandom(void* memory, size_t size, unsigned flags);
int getentropy(void* memory, size_t size);
__END_DECLS
