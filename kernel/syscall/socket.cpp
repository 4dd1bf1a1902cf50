// System calls on sockets: making, naming and connecting them, and their options. Messages are in socket_message.cpp.
#include "kernel/syscall/socket.h"

#include "kernel/syscall/table.h"
#include "kernel/syscall/time_values.h"
#include "lib/string.h"
#include "mm/heap.h"

namespace faultline {

namespace {

constexpr u32 kTypeMask = 15;
constexpr u32 kUnspecified = 0;

Result<SocketType> type_of(u32 type)
{
    if ((type & ~(kTypeMask | kOpenNonBlock | kOpenCloseOnExec)) != 0) return Errno::Invalid;
    switch (type & kTypeMask) {
    case 1:
        return SocketType::Stream;
    case 2:
    case 3:  // SOCK_RAW: as in Linux the same
        return SocketType::Datagram;
    case 5:
        return SocketType::Sequenced;
    default:
        return (type & kTypeMask) > 10 ? Errno::Invalid : Errno::SocketTypeNotSupported;
    }
}

Result<void> check_family(u32 family, u32 protocol)
{
    if (family != kFamilyUnix) return Errno::AddressFamily;
    if (protocol != 0 && protocol != kFamilyUnix) return Errno::ProtocolNotSupported;
    return {};
}

Result<u32> add_socket(Task& self, Ref<UnixSocket> socket, u32 flags)
{
    Ref<File> file = TRY(File::create(move(socket), Place{}, kOpenReadWrite | (flags & kOpenNonBlock)));
    return add_file(self, move(file), flags);
}

}  // namespace

Result<OpenSocket> socket_of(Task& self, Descriptor fd)
{
    Ref<File> file = TRY(file_of(self, fd));
    if (file->is_path_only()) return Errno::BadDescriptor;
    UnixSocket* const socket = file->like().as_socket();
    if (!socket) return Errno::NotSocket;
    return OpenSocket{move(file), socket};
}

SocketCredentials credentials_of(Task& self)
{
    const Process& process = self.process();
    return {process.pid(), process.credentials.uid, process.credentials.gid};
}

// ---- Names ----

Result<Ref<SocketName>> read_socket_name(UserAddr address, u32 length)
{
    constexpr u32 kFamilySize = sizeof(u16);
    if (static_cast<i32>(length) < 0 || length > 128) return Errno::Invalid;
    u8 bytes[kSocketAddressMost + 1] = {};
    if (length < kFamilySize || length > kSocketAddressMost) return Errno::Invalid;
    TRY(copy_from_user(bytes, address, length));
    u16 family;
    memcpy(&family, bytes, sizeof family);
    if (family != kFamilyUnix) return Errno::Invalid;
    Ref<SocketName> name = Ref<SocketName>::adopt(TRY(make<SocketName>()));
    name->length = length - kFamilySize;
    memcpy(name->bytes, bytes + kFamilySize, name->length);
    if (name->length != 0 && name->bytes[0] != 0)
        name->length = static_cast<u32>(StringView{name->bytes}.size()) + 1;  // a path ends with its NUL
    return name;
}

u32 encode_socket_name(const SocketName* name, Span<u8> out)
{
    const u16 family = kFamilyUnix;
    memcpy(out.data(), &family, sizeof family);
    if (!name) return sizeof family;
    memcpy(out.data() + sizeof family, name->bytes, name->length);
    return static_cast<u32>(sizeof family) + name->length;
}

Result<void> write_socket_name(const SocketName* name, UserAddr address, UserPtr<i32> length)
{
    u8 bytes[kSocketAddressMost + 1];
    const u32 size = encode_socket_name(name, Span<u8>{bytes, sizeof bytes});
    const i32 room = TRY(length.read());
    if (room < 0) return Errno::Invalid;
    TRY(copy_to_user(address, bytes, min(size, static_cast<u32>(room))));
    return length.write(static_cast<i32>(size));
}

// ---- Making ----

Result<u32> sys_socket(Task& self, u32 family, u32 type, u32 protocol)
{
    const SocketType wanted = TRY(type_of(type));
    TRY(check_family(family, protocol));
    return add_socket(self, TRY(UnixSocket::create(wanted)), type);
}

Result<void> sys_socketpair(Task& self, u32 family, u32 type, u32 protocol, UserPtr<i32> fds)
{
    const SocketType wanted = TRY(type_of(type));
    TRY(check_family(family, protocol));
    // One by one: where a TRY leaves in the midst of a list in braces, what stands before it is never destroyed.
    SocketPair pair;
    pair.first = TRY(UnixSocket::create(wanted));
    pair.second = TRY(UnixSocket::create(wanted));
    const u32 access = kOpenReadWrite | (type & kOpenNonBlock);
    Ref<File> files[2];
    files[0] = TRY(File::create(pair.first, Place{}, access));
    files[1] = TRY(File::create(pair.second, Place{}, access));
    UnixSocket::connect_pair(pair, credentials_of(self));
    const i32 first = static_cast<i32>(TRY(add_file(self, files[0], type)));
    const Result<u32> second = add_file(self, files[1], type);
    Result<void> told = second.ok() ? fds.write(first) : Result<void>{second.error()};
    if (told.ok()) told = fds.at(1).write(static_cast<i32>(second.value()));
    if (told.ok()) return told;
    static_cast<void>(self.process().files->close(first));
    if (second.ok()) static_cast<void>(self.process().files->close(static_cast<i32>(second.value())));
    return told;
}

Result<void> sys_bind(Task& self, Descriptor fd, UserAddr address, u32 length)
{
    const OpenSocket open = TRY(socket_of(self, fd));
    Ref<SocketName> socket_name = TRY(read_socket_name(address, length));
    Process& process = self.process();
    Name name{process};
    return open.socket->bind(name.here(), move(socket_name), 0777 & ~process.umask());
}

Result<void> sys_listen(Task& self, Descriptor fd, i32 backlog)
{
    const OpenSocket open = TRY(socket_of(self, fd));
    return open.socket->listen(static_cast<u32>(backlog), credentials_of(self));
}

Result<u32> sys_connect(Task& self, Descriptor fd, UserAddr address, u32 length)
{
    const OpenSocket open = TRY(socket_of(self, fd));
    u16 family = kFamilyUnix;
    if (length >= sizeof family) TRY(copy_from_user(&family, address, sizeof family));
    if (family == kUnspecified && open.socket->type() == SocketType::Datagram) {
        TRY(open.socket->disconnect());
        return 0u;
    }
    Ref<SocketName> socket_name = TRY(read_socket_name(address, length));
    if (socket_name->length == 0) return Errno::Invalid;
    Name name{self.process()};
    TRY(open.socket->connect(name.here(), move(socket_name), credentials_of(self), open.file->nonblocking()));
    return 0u;
}

Result<u32> sys_accept4(Task& self, Descriptor fd, UserAddr address, UserPtr<i32> length, u32 flags)
{
    if ((flags & ~(kOpenNonBlock | kOpenCloseOnExec)) != 0) return Errno::Invalid;
    const OpenSocket open = TRY(socket_of(self, fd));
    Ref<File> file = TRY(File::create(nullptr, Place{}, kOpenReadWrite | (flags & kOpenNonBlock)));
    TRY(self.process().files->prepare(self.process().limits[kLimitFiles].soft));
    const Ref<UnixSocket> accepted = TRY(open.socket->accept(open.file->nonblocking()));
    file->attach(Ref<FileLike>{accepted});
    if (!address.is_null()) {
        const Result<Ref<SocketName>> peer = accepted->peer_name();
        const Ref<SocketName> name = peer.ok() ? peer.value() : nullptr;
        TRY(write_socket_name(name.get(), address, length));
    }
    return add_file(self, move(file), flags);
}

Result<void> sys_getsockname(Task& self, Descriptor fd, UserAddr address, UserPtr<i32> length)
{
    const OpenSocket open = TRY(socket_of(self, fd));
    const Ref<SocketName> name = open.socket->name();
    return write_socket_name(name.get(), address, length);
}

Result<void> sys_getpeername(Task& self, Descriptor fd, UserAddr address, UserPtr<i32> length)
{
    const OpenSocket open = TRY(socket_of(self, fd));
    const Ref<SocketName> name = TRY(open.socket->peer_name());
    return write_socket_name(name.get(), address, length);
}

Result<void> sys_shutdown_socket(Task& self, Descriptor fd, u32 how)
{
    const OpenSocket open = TRY(socket_of(self, fd));
    return open.socket->shutdown(how);
}

// ---- Options ----

namespace {

constexpr u32 kSocketLevel = 1;

enum Option : u32 {
    kDebug = 1,
    kReuseAddress = 2,
    kType = 3,
    kError = 4,
    kDoNotRoute = 5,
    kBroadcast = 6,
    kSendBuffer = 7,
    kReceiveBuffer = 8,
    kKeepAlive = 9,
    kUrgentInline = 10,
    kPriority = 12,
    kLinger = 13,
    kReusePort = 15,
    kPassCredentials = 16,
    kPeerCredentials = 17,
    kReceiveLow = 18,
    kReceiveTimeout = 20,
    kSendTimeout = 21,
    kAcceptsConnections = 30,
    kSendBufferForce = 32,
    kReceiveBufferForce = 33,
    kProtocol = 38,
    kDomain = 39,
    kReceiveTimeout64 = 66,
    kSendTimeout64 = 67,
};

struct Timeval64 {
    i64 seconds, microseconds;
};

// What an option's value is made of; `size` bytes of it count.
struct OptionValue {
    u8 bytes[16];
    u32 size;
    template <class T> static OptionValue of(const T& value)
    {
        static_assert(sizeof(T) <= sizeof(bytes));
        OptionValue out{{}, sizeof(T)};
        memcpy(out.bytes, &value, sizeof value);
        return out;
    }
};

u64 timeout_us(u64 timeout_ns)
{
    return timeout_ns == kForever ? 0 : timeout_ns / 1000;
}

OptionValue timeout_value(u64 timeout_ns, bool wide)
{
    const u64 us = timeout_us(timeout_ns);
    const u64 seconds = us / 1000000;
    const u64 rest = us % 1000000;
    if (wide) return OptionValue::of(Timeval64{static_cast<i64>(seconds), static_cast<i64>(rest)});
    return OptionValue::of(Timeval32{static_cast<i32>(seconds), static_cast<i32>(rest)});
}

Result<OptionValue> option_of(UnixSocket& socket, u32 option)
{
    switch (option) {
    case kType:
        return OptionValue::of(static_cast<u32>(socket.type()));
    case kDomain:
        return OptionValue::of(kFamilyUnix);
    case kError:
        return OptionValue::of(socket.take_error());
    case kSendBuffer:
        return OptionValue::of(socket.send_buffer());
    case kReceiveBuffer:
        return OptionValue::of(socket.receive_buffer());
    case kPassCredentials:
        return OptionValue::of(u32{socket.passes_credentials});
    case kPeerCredentials:
        return OptionValue::of(socket.peer_credentials());
    case kAcceptsConnections:
        return OptionValue::of(u32{socket.is_listening()});
    case kReceiveTimeout:
    case kReceiveTimeout64:
        return timeout_value(socket.receive_timeout_ns, option == kReceiveTimeout64);
    case kSendTimeout:
    case kSendTimeout64:
        return timeout_value(socket.send_timeout_ns, option == kSendTimeout64);
    case kLinger:
        return OptionValue::of(u64{0});
    case kReceiveLow:
        return OptionValue::of(u32{1});
    case kDebug:
    case kReuseAddress:
    case kReusePort:
    case kDoNotRoute:
    case kBroadcast:
    case kKeepAlive:
    case kUrgentInline:
    case kPriority:
    case kProtocol:
        return OptionValue::of(u32{0});
    default:
        return Errno::NoProtocolOption;
    }
}

// Zero means for ever.
Result<u64> read_timeout(UserAddr value, u32 size, bool wide)
{
    constexpr i64 kMicroseconds = 1000000;
    Timeval64 time{};
    if (wide) {
        if (size < sizeof(Timeval64)) return Errno::Invalid;
        time = TRY(UserPtr<Timeval64>{value}.read());
    } else {
        if (size < sizeof(Timeval32)) return Errno::Invalid;
        const Timeval32 narrow = TRY(UserPtr<Timeval32>{value}.read());
        time = {narrow.seconds, narrow.microseconds};
    }
    if (time.microseconds < 0 || time.microseconds >= kMicroseconds) return Errno::Domain;
    if (time.seconds < 0) return u64{0};  // at once
    if (time.seconds == 0 && time.microseconds == 0) return kForever;
    if (time.seconds > 1000000000) return kForever;
    return static_cast<u64>(time.seconds) * kNsPerSecond + static_cast<u64>(time.microseconds) * 1000;
}

Result<void> set_option(UnixSocket& socket, u32 option, UserAddr value, u32 size)
{
    const bool is_time = option == kReceiveTimeout || option == kSendTimeout || option == kReceiveTimeout64 ||
                         option == kSendTimeout64;
    if (is_time) {
        const u64 timeout = TRY(read_timeout(value, size, option >= kReceiveTimeout64));
        const bool receives = option == kReceiveTimeout || option == kReceiveTimeout64;
        (receives ? socket.receive_timeout_ns : socket.send_timeout_ns) = timeout;
        return {};
    }
    if (size < sizeof(u32)) return Errno::Invalid;
    const u32 number = TRY(UserPtr<u32>{value}.read());
    switch (option) {
    case kPassCredentials:
        socket.passes_credentials = number != 0;
        return {};
    case kSendBuffer:
    case kSendBufferForce:
        socket.set_send_buffer(number);
        return {};
    case kReceiveBuffer:
    case kReceiveBufferForce:
        socket.set_receive_buffer(number);
        return {};
    case kDebug:
    case kReuseAddress:
    case kDoNotRoute:
    case kBroadcast:
    case kKeepAlive:
    case kUrgentInline:
    case kPriority:
    case kLinger:
    case kReceiveLow:
        return {};  // nothing that these change is here
    default:
        return Errno::NoProtocolOption;
    }
}

}  // namespace

Result<void> sys_setsockopt(Task& self, Descriptor fd, u32 level, u32 option, UserAddr value, u32 size)
{
    if (static_cast<i32>(size) < 0) return Errno::Invalid;
    const OpenSocket open = TRY(socket_of(self, fd));
    if (level != kSocketLevel) return Errno::NotSupported;
    return set_option(*open.socket, option, value, size);
}

Result<void> sys_getsockopt(Task& self, Descriptor fd, u32 level, u32 option, UserAddr value,
                            UserPtr<i32> size)
{
    const OpenSocket open = TRY(socket_of(self, fd));
    if (level != kSocketLevel) return Errno::NotSupported;
    const i32 room = TRY(size.read());
    if (room < 0) return Errno::Invalid;
    const OptionValue answer = TRY(option_of(*open.socket, option));
    const u32 length = min(answer.size, static_cast<u32>(room));
    TRY(copy_to_user(value, answer.bytes, length));
    return size.write(static_cast<i32>(length));
}

}  // namespace faultline
