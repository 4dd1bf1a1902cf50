// The lecture's exercise: a function with char a[32768] that touches all of it costs 8 frames, one fault each.
#include "report.h"

static long touch_array(void)
{
    volatile char array[32768 + kPage];
    // The array of the exercise, placed so that it does not straddle pages.
    volatile char* a = (volatile char*)(((unsigned long)array + kPage - 1) & ~(unsigned long)(kPage - 1));
    const long before = own_faults("fault_zero_fill");
    for (int i = 32768 - 1; i >= 0; i -= 1024)
        a[i] = 1;
    return own_faults("fault_zero_fill") - before;
}

// Runs at a depth where nothing has touched the stack yet, with room for own_faults() above.
static long deep(void)
{
    volatile char gap[16 * kPage];
    gap[0] = 0;
    return touch_array() + gap[0];
}

static void grow(unsigned kib)
{
    volatile char* low = __builtin_alloca(kib * 1024);
    low[0] = 5;
    report("grown_kib", low[0] == 5 ? (long)kib : 0);
}

int main(void)
{
    own_faults("fault_zero_fill");  // stdio's own memory is there from here on
    report("frames", deep());
    grow(4096);
    return 0;
}
