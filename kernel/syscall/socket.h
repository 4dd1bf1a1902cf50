// What the system calls on sockets share.
#pragma once

#include "fs/socket.h"
#include "kernel/syscall/at.h"
#include "kernel/syscall/descriptor.h"

namespace faultline {

struct OpenSocket {
    Ref<File> file;
    UnixSocket* socket;
};

Result<OpenSocket> socket_of(Task& self, Descriptor fd);  // NotSocket

// A struct sockaddr_un of the program's. Invalid: none of AF_UNIX, or of no possible length.
Result<Ref<SocketName>> read_socket_name(UserAddr address, u32 length);
// Into the program's buffer, whose size stands at `length`; what does not fit is cut, and the whole length is told.
Result<void> write_socket_name(const SocketName* name, UserAddr address, UserPtr<i32> length);
// The bytes of it; returns how many.
u32 encode_socket_name(const SocketName* name, Span<u8> out);

constexpr u32 kSocketAddressMost = 110;

SocketCredentials credentials_of(Task& self);

Result<u32> send_message(Task& self, Descriptor fd, UserPtr<const MessageHeader> message, u32 flags);
Result<u32> receive_message(Task& self, Descriptor fd, UserPtr<MessageHeader> message, u32 flags);

void connect_sockets();  // at bring-up: gives fs/ what it asks about callers

// SIGPIPE where a stream's other side is gone, unless the flags forbid it.
Result<u32> finish_send(Task& self, const UnixSocket& socket, u32 flags, const Result<u32>& sent);

}  // namespace faultline
