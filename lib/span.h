// Span<T>: a pointer and a count, not owned. StringView: a Span of chars that need not end in NUL.
#pragma once

#include "lib/types.h"

namespace faultline {

template <class T> class Span {
public:
    constexpr Span() = default;
    constexpr Span(T* data, usize size) : data_{data}, size_{size} {}
    template <usize N> constexpr Span(T (&array)[N]) : data_{array}, size_{N} {}
    constexpr operator Span<const T>() const { return {data_, size_}; }

    constexpr T* data() const { return data_; }
    constexpr usize size() const { return size_; }
    constexpr bool empty() const { return size_ == 0; }
    constexpr T& operator[](usize i) const { return data_[i]; }
    constexpr T* begin() const { return data_; }
    constexpr T* end() const { return data_ + size_; }
    constexpr Span first(usize count) const { return {data_, count}; }
    constexpr Span from(usize start) const { return {data_ + start, size_ - start}; }
    constexpr Span part(usize start, usize count) const { return {data_ + start, count}; }

private:
    T* data_ = nullptr;
    usize size_ = 0;
};

class StringView : public Span<const char> {
public:
    constexpr StringView() = default;
    constexpr StringView(const char* data, usize size) : Span<const char>{data, size} {}
    constexpr StringView(const char* text) : Span<const char>{text, __builtin_strlen(text)} {}

    constexpr bool operator==(StringView other) const
    {
        if (size() != other.size()) return false;
        for (usize i = 0; i < size(); i++)
            if ((*this)[i] != other[i]) return false;
        return true;
    }
    constexpr bool operator!=(StringView other) const { return !(*this == other); }
    constexpr bool starts_with(StringView head) const
    {
        return size() >= head.size() && StringView{data(), head.size()} == head;
    }
};

}  // namespace faultline
