// How open() shall open. O_CREATE has another value than in xv6, whose 0x200 means O_TRUNC to this kernel: programs use
// the names. Files are never cut off by O_CREATE, as in xv6.
#pragma once

#define O_RDONLY 0x000
#define O_WRONLY 0x001
#define O_RDWR 0x002
#define O_CREATE 0x040
#define O_TRUNC 0x200  // not in xv6 for x86: empty the file
