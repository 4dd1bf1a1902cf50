// Memory on the stack of the calling function, gone when it returns.
#pragma once

#define alloca(size) __builtin_alloca(size)
