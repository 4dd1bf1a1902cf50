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

template <class T> class [[nodiscard]] Result {
public:
    Result(Errno error) : error_{error} {}
    Result(const T& value) : error_{}, holds_{true} { new (&storage_) T(value); }
    Result(T&& value) : error_{}, holds_{true} { new (&storage_) T(move(value)); }
    Result(const Result& other) : error_{other.error_}, holds_{other.holds_}
    {
        if (holds_) new (&storage_) T(other.value());
    }
    Result(Result&& other) : error_{other.error_}, holds_{other.holds_}
    {
        if (holds_) new (&storage_) T(move(other.value()));
    }
    Result& operator=(const Result&) = delete;
    ~Result()
    {
        if (holds_) value().~T();
    }

    bool ok() const { return holds_; }
    Errno error() const { return error_; }
    T& value() { return *reinterpret_cast<T*>(&storage_); }
    const T& value() const { return *reinterpret_cast<const T*>(&storage_); }
    T value_or(T otherwise) const { return holds_ ? value() : otherwise; }
    T take() { return move(value()); }  // for TRY

private:
    Errno error_;
    bool holds_ = false;
    alignas(T) u8 storage_[sizeof(T)];
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
