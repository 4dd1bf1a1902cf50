// The kernel answers -errno; xv6 knows only -1.
#pragma once

static inline int __result(long answer)
{
    return answer < 0 ? -1 : (int)answer;
}
