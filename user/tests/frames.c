// `frames`: how many frames are in use (without page cache, empty slabs, cached kernel stacks).
#include "report.h"

int main(void)
{
    report("in_use", vmstat("nr_frames_in_use"));
    report("free", vmstat("nr_free_pages"));
    return 0;
}
