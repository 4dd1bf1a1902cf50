// Optional<T>: a value or nothing, for answers where nothing is no error. T is cheap to copy.
#pragma once

#include "lib/new.h"

namespace faultline {

template <class T> class [[nodiscard]] Optional {
public:
    constexpr Optional() : value_{}, holds_{false} {}
    constexpr Optional(const T& value) : value_{value}, holds_{true} {}
    constexpr Optional(T&& value) : value_{move(value)}, holds_{true} {}

    constexpr bool has_value() const { return holds_; }
    constexpr explicit operator bool() const { return holds_; }
    constexpr T& value() { return value_; }
    constexpr const T& value() const { return value_; }
    constexpr const T& operator*() const { return value_; }
    constexpr const T* operator->() const { return &value_; }
    constexpr T value_or(T otherwise) const { return holds_ ? value_ : otherwise; }

private:
    T value_;
    bool holds_;
};

}  // namespace faultline
