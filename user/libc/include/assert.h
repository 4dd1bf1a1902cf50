// assert(condition): ends the program with the place of a condition that does not hold. Off with NDEBUG.
// Included again, it obeys NDEBUG anew: no include guard.
#include <sys/cdefs.h>

#undef assert
#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition) ((condition) ? (void)0 : __assert_fail(#condition, __FILE__, __LINE__, __func__))
#endif

#if !defined(__cplusplus) && !defined(static_assert)
#define static_assert _Static_assert
#endif

__BEGIN_DECLS
__noreturn void __assert_fail(const char* condition, const char* file, unsigned line, const char* function);
__END_DECLS
