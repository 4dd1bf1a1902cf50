// Result<T>: a value, or an Errno that says why there is none. Everything that can fail returns one.
//
// `TRY(expression)` takes the value, or returns the error from the calling function. Errno's numbers are Linux's for
// i386 (include/uapi/asm-generic/errno.h), so that the dispatcher only negates them.
#pragma once

#include "lib/new.h"
#include "lib/types.h"

namespace faultline {

enum class Errno : u32 {
    Perm = 1,
    NoEntry = 2,
    NoProcess = 3,
    Intr = 4,
    Io = 5,
    NoDeviceOrAddress = 6,
    TooBig = 7,
    NoExec = 8,
    BadDescriptor = 9,
    NoChild = 10,
    Again = 11,
    NoMemory = 12,
    Access = 13,
    Fault = 14,
    NotBlock = 15,
    Busy = 16,
    Exists = 17,
    CrossDevice = 18,
    NoDevice = 19,
    NotDirectory = 20,
    IsDirectory = 21,
    Invalid = 22,
    TableFull = 23,
    TooManyFiles = 24,
    NotTty = 25,
    TextBusy = 26,
    FileTooBig = 27,
    NoSpace = 28,
    IllegalSeek = 29,
    ReadOnly = 30,
    TooManyLinks = 31,
    Pipe = 32,
    Domain = 33,
    Range = 34,
    Deadlock = 35,
    NameTooLong = 36,
    NoLock = 37,
    NoSystemCall = 38,
    NotEmpty = 39,
    Loop = 40,
    NoData = 61,
    Overflow = 75,
    NotSocket = 88,
    DestinationRequired = 89,
    MessageSize = 90,
    WrongProtocol = 91,
    NoProtocolOption = 92,
    ProtocolNotSupported = 93,
    SocketTypeNotSupported = 94,
    LibBad = 80,
    NotSupported = 95,
    AddressFamily = 97,
    AddressInUse = 98,
    ConnectionAborted = 103,
    ConnectionReset = 104,
    NoBuffers = 105,
    IsConnected = 106,
    NotConnected = 107,
    TooManyReferences = 109,
    TimedOut = 110,
    ConnectionRefused = 111,
    Already = 114,
    // Linux's own, never seen by a program: the call is to be restarted after a signal (include/linux/errno.h).
    RestartSys = 512,
    RestartNoIntr = 513,
    RestartNoHandler = 514,
    RestartBlock = 516,
};

// What a Result<T> holds where T has a copy constructor or a destructor of its own.
template <class T, bool is_plain> class ResultOf {
public:
    ResultOf(Errno error) : error_{error} {}
    ResultOf(const T& value) : error_{} { new (&value_) T(value); }
    ResultOf(T&& value) : error_{} { new (&value_) T(move(value)); }
    ResultOf(const ResultOf& other) : error_{other.error_}
    {
        if (other.ok()) new (&value_) T(other.value_);
    }
    ResultOf(ResultOf&& other) : error_{other.error_}
    {
        if (other.ok()) new (&value_) T(move(other.value_));
    }
    ResultOf& operator=(const ResultOf&) = delete;
    ~ResultOf()
    {
        if (ok()) value_.~T();
    }

    bool ok() const { return error_ == Errno{}; }
    Errno error() const { return error_; }
    T& value() { return value_; }
    const T& value() const { return value_; }

private:
    Errno error_;  // 0: there is a value
    union {
        T value_;
    };
};

// Plain values are copied as they are, so a word or a pointer is returned in two registers.
template <class T> class ResultOf<T, true> {
public:
    ResultOf(Errno error) : error_{error} {}
    ResultOf(const T& value) : error_{}, value_{value} {}
    ResultOf(const ResultOf&) = default;
    ResultOf& operator=(const ResultOf&) = delete;

    bool ok() const { return error_ == Errno{}; }
    Errno error() const { return error_; }
    T& value() { return value_; }
    const T& value() const { return value_; }

private:
    Errno error_;
    union {
        T value_;
    };
};

template <class T> class [[nodiscard]] Result : public ResultOf<T, __is_trivially_copyable(T)> {
    using Base = ResultOf<T, __is_trivially_copyable(T)>;

public:
    using Base::Base;
    T value_or(T otherwise) const { return this->ok() ? this->value() : otherwise; }
    T take() { return move(this->value()); }  // for TRY
};

template <> class [[nodiscard]] Result<void> {
public:
    Result() : error_{} {}
    Result(Errno error) : error_{error} {}

    bool ok() const { return error_ == Errno{}; }
    Errno error() const { return error_; }
    void value() const {}
    void take() const {}  // for TRY

private:
    Errno error_;
};

}  // namespace faultline

// A GNU statement expression that returns. Never behind an object in the same {...}: a return leaves that undestroyed.
#define TRY(expression)                                                                                      \
    ({                                                                                                       \
        auto try_result_ = (expression);                                                                     \
        if (!try_result_.ok()) return try_result_.error();                                                   \
        try_result_.take();                                                                                  \
    })
