// Placement new, and moves. There is no other new: objects come from mm/heap.h, which can fail.
#pragma once

#include "lib/types.h"

#if defined(__STDC_HOSTED__) && __STDC_HOSTED__
#include <new>
#else
inline void* operator new(faultline::usize, void* at) noexcept
{
    return at;
}
inline void operator delete(void*, void*) noexcept {}
#endif

namespace faultline {

template <class T> struct RemoveReference {
    using Type = T;
};
template <class T> struct RemoveReference<T&> {
    using Type = T;
};
template <class T> struct RemoveReference<T&&> {
    using Type = T;
};

template <class T> constexpr typename RemoveReference<T>::Type&& move(T&& value)
{
    return static_cast<typename RemoveReference<T>::Type&&>(value);
}

template <class T> constexpr T&& forward(typename RemoveReference<T>::Type& value)
{
    return static_cast<T&&>(value);
}

template <class T> constexpr void swap(T& a, T& b)
{
    T saved = static_cast<T&&>(a);
    a = static_cast<T&&>(b);
    b = static_cast<T&&>(saved);
}

template <class T> constexpr T min(T a, T b)
{
    return b < a ? b : a;
}
template <class T> constexpr T max(T a, T b)
{
    return a < b ? b : a;
}

}  // namespace faultline
