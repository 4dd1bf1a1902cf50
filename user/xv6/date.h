// A moment, as the clock on the main board tells it.
#pragma once

#include "types.h"

struct rtcdate {
    uint second;
    uint minute;
    uint hour;
    uint day;
    uint month;
    uint year;
};
