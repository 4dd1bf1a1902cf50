// A device number is a major (driver) and a minor (unit); the split is Linux's.
#pragma once

#include <sys/types.h>

#define major(dev) ((unsigned)((((dev) >> 8) & 0xfff) | (((dev) >> 32) & ~0xfffu)))
#define minor(dev) ((unsigned)(((dev)&0xff) | (((dev) >> 12) & ~0xffu)))
#define makedev(major, minor)                                                                                \
    ((((dev_t)(major)&0xfff) << 8) | (((dev_t)(major) & ~0xfffu) << 32) | ((dev_t)(minor)&0xff) |            \
     (((dev_t)(minor) & ~0xffu) << 12))
