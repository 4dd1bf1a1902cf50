// What C++ programs need besides C: new and delete on the heap. There are no exceptions: a program that runs out of
// memory ends.
#include <stdlib.h>

void* operator new(size_t size)
{
    if (void* memory = malloc(size ? size : 1)) return memory;
    abort();
}

void* operator new[](size_t size)
{
    return operator new(size);
}

void operator delete(void* memory) noexcept
{
    free(memory);
}

void operator delete[](void* memory) noexcept
{
    free(memory);
}

void operator delete(void* memory, size_t) noexcept
{
    free(memory);
}

void operator delete[](void* memory, size_t) noexcept
{
    free(memory);
}

extern "C" __noreturn void __cxa_pure_virtual()
{
    abort();
}
