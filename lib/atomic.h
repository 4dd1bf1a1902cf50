// Atomic<T>: a word that several CPUs change. All operations are sequentially consistent unless their name says less;
// on x86 the reads cost nothing extra.
#pragma once

#include "lib/types.h"

namespace faultline {

template <class T> class Atomic {
public:
    constexpr Atomic() = default;
    constexpr explicit Atomic(T value) : value_{value} {}
    Atomic(const Atomic&) = delete;
    Atomic& operator=(const Atomic&) = delete;

    T load() const { return __atomic_load_n(&value_, __ATOMIC_ACQUIRE); }
    T load_relaxed() const { return __atomic_load_n(&value_, __ATOMIC_RELAXED); }
    void store(T value) { __atomic_store_n(&value_, value, __ATOMIC_SEQ_CST); }
    void store_release(T value) { __atomic_store_n(&value_, value, __ATOMIC_RELEASE); }
    T exchange(T value) { return __atomic_exchange_n(&value_, value, __ATOMIC_SEQ_CST); }
    bool compare_exchange(T& expected, T desired)
    {
        return __atomic_compare_exchange_n(&value_, &expected, desired, false, __ATOMIC_SEQ_CST,
                                           __ATOMIC_SEQ_CST);
    }
    T fetch_add(T value) { return __atomic_fetch_add(&value_, value, __ATOMIC_SEQ_CST); }
    T fetch_sub(T value) { return __atomic_fetch_sub(&value_, value, __ATOMIC_SEQ_CST); }
    T fetch_or(T value) { return __atomic_fetch_or(&value_, value, __ATOMIC_SEQ_CST); }
    T fetch_and(T value) { return __atomic_fetch_and(&value_, value, __ATOMIC_SEQ_CST); }

private:
    T value_{};
};

// What was stored before is visible to all CPUs before anything after it is loaded.
inline void full_fence()
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

}  // namespace faultline
