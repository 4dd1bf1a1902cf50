// Clang's thread-safety annotations: which lock guards a field, which a function wants or must not hold. gcc sees nothing.
// (clang documentation, "Thread Safety Analysis")
#pragma once

#if defined(__clang__)
#define FAULTLINE_TSA(x) __attribute__((x))
#else
#define FAULTLINE_TSA(x)
#endif

#define CAPABILITY(name) FAULTLINE_TSA(capability(name))
#define SCOPED_CAPABILITY FAULTLINE_TSA(scoped_lockable)
#define GUARDED_BY(lock) FAULTLINE_TSA(guarded_by(lock))
#define PT_GUARDED_BY(lock) FAULTLINE_TSA(pt_guarded_by(lock))
#define REQUIRES(...) FAULTLINE_TSA(requires_capability(__VA_ARGS__))
#define ACQUIRE(...) FAULTLINE_TSA(acquire_capability(__VA_ARGS__))
#define RELEASE(...) FAULTLINE_TSA(release_capability(__VA_ARGS__))
#define TRY_ACQUIRE(...) FAULTLINE_TSA(try_acquire_capability(__VA_ARGS__))
#define EXCLUDES(...) FAULTLINE_TSA(locks_excluded(__VA_ARGS__))
#define RETURN_CAPABILITY(lock) FAULTLINE_TSA(lock_returned(lock))
#define NO_THREAD_SAFETY_ANALYSIS FAULTLINE_TSA(no_thread_safety_analysis)
