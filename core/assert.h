// assert: for our own bugs, in both builds. debug_assert: where the check is dear, in debug builds only.
// User input, file contents and an empty free list never reach either.
#pragma once

namespace faultline {

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace faultline

#undef assert
#define assert(condition)                                                                                    \
    (__builtin_expect(!!(condition), 1) ? static_cast<void>(0)                                               \
                                        : ::faultline::assertion_failed(#condition, __FILE__, __LINE__))

#ifdef FAULTLINE_DEBUG
#define debug_assert(condition) assert(condition)
#else
#define debug_assert(condition) static_cast<void>(0)
#endif
