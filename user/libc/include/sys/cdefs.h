// What every header shares: C linkage for C++ programs, and the attributes that make the compiler check callers.
#pragma once

#ifdef __cplusplus
#define __BEGIN_DECLS extern "C" {
#define __END_DECLS }
#else
#define __BEGIN_DECLS
#define __END_DECLS
#endif

#define __noreturn __attribute__((noreturn))
#define __printf_like(position, first) __attribute__((__format__(__printf__, position, first)))
#define __scanf_like(position, first) __attribute__((__format__(__scanf__, position, first)))
