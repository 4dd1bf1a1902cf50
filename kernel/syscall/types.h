// The argument types of kernel/syscalls.def: what a register means before anybody has looked at what it points to.
//
// A UserPtr or UserString is a number that a stranger chose. Reading or writing through one can fail with Errno::Fault,
// and may sleep: no spin lock, and no lock of mm, may be held.
#pragma once

#include "arch/layout.h"
#include "lib/result.h"
#include "lib/span.h"
#include "mm/user_access.h"

namespace faultline {

struct Descriptor {
    i32 number;
};
constexpr i32 kCurrentDirectory = -100;  // AT_FDCWD

template <class T> struct RemoveConst {
    using Type = T;
};
template <class T> struct RemoveConst<const T> {
    using Type = T;
};

template <class T> class UserPtr {
    using Value = typename RemoveConst<T>::Type;

public:
    constexpr UserPtr() = default;
    constexpr explicit UserPtr(UserAddr address) : address_{address} {}

    UserAddr address() const { return address_; }
    bool is_null() const { return address_.is_null(); }
    explicit operator bool() const { return !is_null(); }
    UserPtr at(u32 index) const { return UserPtr{address_ + index * static_cast<u32>(sizeof(T))}; }

    Result<Value> read() const
    {
        Value value;
        TRY(copy_from_user(&value, address_, sizeof(T)));
        return value;
    }
    Result<void> write(const Value& value) const { return copy_to_user(address_, &value, sizeof(T)); }
    Result<void> write_if_given(const Value& value) const
    {
        return is_null() ? Result<void>{} : write(value);
    }

private:
    UserAddr address_;
};

class UserString {
public:
    constexpr explicit UserString(UserAddr address) : address_{address} {}
    UserAddr address() const { return address_; }
    bool is_null() const { return address_.is_null(); }

private:
    UserAddr address_;
};

template <class T> class UserSpan {
public:
    constexpr UserSpan(UserAddr start, u32 size_bytes) : start_{start}, size_bytes_{size_bytes} {}
    UserAddr start() const { return start_; }
    u32 size_bytes() const { return size_bytes_; }
    IoBuffer buffer() const { return IoBuffer::user(start_, size_bytes_); }

private:
    UserAddr start_;
    u32 size_bytes_;
};

}  // namespace faultline
