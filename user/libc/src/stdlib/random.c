// Pseudo-random numbers: a 64-bit linear congruential generator (Knuth's MMIX), whose upper bits are handed out.
#include <stdlib.h>

static unsigned long long state = 1;

void srand(unsigned seed)
{
    state = seed;
}

int rand(void)
{
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (int)(state >> 33);
}

int rand_r(unsigned* seed)
{
    *seed = *seed * 1103515245U + 12345U;
    return (int)(*seed >> 1);
}

long random(void)
{
    return rand();
}

void srandom(unsigned seed)
{
    srand(seed);
}
