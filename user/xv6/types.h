// The short names of types that xv6's programs use.
#pragma once

typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef uint pde_t;  // a page-directory entry
