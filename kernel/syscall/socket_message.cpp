// System calls that move messages over sockets, with their control data: passed files and credentials.
#include "kernel/syscall/socket.h"
#include "kernel/syscall/table.h"
#include "kernel/syscall/time_values.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/heap.h"

namespace faultline {

namespace {

constexpr u32 kMostVectors = 1024;
constexpr u32 kMostMessages = 1024;
constexpr u32 kMostBytes = 0x7ffff000;
constexpr u32 kSocketLevel = 1;
constexpr u32 kPassFiles = 1, kPassCredentials = 2;
constexpr u32 kWaitForOne = 0x10000;
constexpr u32 kNobody = 65534;  // who a message without credentials comes from

struct ControlHeader {
    u32 length;
    u32 level, type;
};
static_assert(sizeof(ControlHeader) == 12);

constexpr u32 align_control(u32 length)
{
    return (length + 3) & ~3u;
}

Result<u32> total_of(UserAddr vectors, u32 count)
{
    u32 total = 0;
    for (u32 i = 0; i < count; i++) {
        const Iovec vector = TRY(UserPtr<const Iovec>{vectors}.at(i).read());
        if (static_cast<i32>(vector.size_bytes) < 0) return Errno::Invalid;
        if (vector.start > kUserEnd || vector.size_bytes > kUserEnd - vector.start) return Errno::Fault;
        total = min(total + vector.size_bytes, kMostBytes);
    }
    return total;
}

Result<IoVectors> vectors_of(const MessageHeader& header)
{
    if (header.vector_count > kMostVectors) return Errno::MessageSize;
    const UserAddr vectors{header.vectors};
    return IoVectors{vectors, header.vector_count, TRY(total_of(vectors, header.vector_count))};
}

Result<IoVectors> buffer_of(UserAddr start, u32 size)
{
    if (start.value() > kUserEnd || size > kUserEnd - start.value()) return Errno::Fault;
    return IoVectors{IoBuffer::user(start, min(size, kMostBytes))};
}

// ---- Control data on its way in ----

Result<void> take_files(Task& self, UserAddr data, u32 size, SendRequest& request)
{
    const u32 count = size / sizeof(i32);
    if (!request.files) request.files = Ref<PassedFiles>::adopt(TRY(make<PassedFiles>()));
    PassedFiles& files = *request.files;
    if (count > PassedFiles::kMost - files.count) return Errno::Invalid;  // before any is looked at
    for (u32 i = 0; i < count; i++) {
        const i32 fd = TRY(UserPtr<i32>{data}.at(i).read());
        Ref<File> file = TRY(self.process().files->find(fd));
        TRY(files.add(move(file)));
    }
    return {};
}

// Who is not root may claim only to be what he is.
Result<void> take_credentials(Task& self, UserAddr data, u32 size, SendRequest& request)
{
    if (size != 3 * sizeof(u32)) return Errno::Invalid;
    u32 claim[3];
    TRY(copy_from_user(claim, data, sizeof claim));
    const Process& process = self.process();
    const auto is_mine = [](u32 id, u32 effective, const UserIds& ids) {
        return id == effective || id == ids.real || id == ids.saved;
    };
    const bool is_true = claim[0] == process.pid() &&
                         is_mine(claim[1], process.credentials.uid, process.uids) &&
                         is_mine(claim[2], process.credentials.gid, process.gids);
    if (!is_true && !process.credentials.is_root()) return Errno::Perm;
    if (claim[0] != process.pid() && !find_process(claim[0])) return Errno::NoProcess;
    request.credentials = {claim[0], claim[1], claim[2]};
    return {};
}

Result<void> take_control(Task& self, UserAddr control, u32 length, SendRequest& request)
{
    if (static_cast<i32>(length) < 0) return Errno::NoBuffers;
    for (u32 at = 0; length - at >= sizeof(ControlHeader);) {
        const ControlHeader header = TRY(UserPtr<ControlHeader>{control + at}.read());
        if (header.length < sizeof header || header.length > length - at) return Errno::Invalid;
        const UserAddr data = control + at + static_cast<u32>(sizeof header);
        const u32 size = header.length - static_cast<u32>(sizeof header);
        if (header.level == kSocketLevel && header.type == kPassFiles)
            TRY(take_files(self, data, size, request));
        else if (header.level == kSocketLevel && header.type == kPassCredentials)
            TRY(take_credentials(self, data, size, request));
        else if (header.level == kSocketLevel)
            return Errno::Invalid;
        if (align_control(header.length) >= length - at) break;
        at += align_control(header.length);
    }
    if (request.files && request.files->count == 0) request.files = nullptr;
    return {};
}

// ---- ... and out ----

// Where the program wants it, and how much is left there.
struct ControlRoom {
    UserAddr at;
    u32 left;
    u32 used = 0;
    u32 flags = 0;  // kMessageControlCut

    Result<void> put(u32 type, const void* data, u32 size)
    {
        u32 length = static_cast<u32>(sizeof(ControlHeader)) + size;
        if (left < sizeof(ControlHeader)) {
            flags |= kMessageControlCut;
            return {};
        }
        if (left < length) {
            flags |= kMessageControlCut;
            length = left;
        }
        const ControlHeader header{length, kSocketLevel, type};
        TRY(copy_to_user(at, &header, sizeof header));
        TRY(copy_to_user(at + static_cast<u32>(sizeof header), data,
                         length - static_cast<u32>(sizeof header)));
        const u32 taken = min(align_control(length), left);
        at = at + taken;
        left -= taken;
        used += taken;
        return {};
    }
};

// As many as there is room for; the others are let go.
Result<void> put_files(Task& self, PassedFiles& files, u32 flags, ControlRoom& room)
{
    const u32 header_size = static_cast<u32>(sizeof(ControlHeader));
    const u32 most = room.left > header_size ? (room.left - header_size) / static_cast<u32>(sizeof(i32)) : 0;
    const u32 open_flags = (flags & kMessageCloseOnExec) != 0 ? kOpenCloseOnExec : 0;
    u32 count = 0;
    while (count < min(most, files.count)) {
        const Result<u32> fd = add_file(self, files.files[count], open_flags);
        if (!fd.ok()) break;
        const UserAddr where = room.at + header_size + count * static_cast<u32>(sizeof(i32));
        const Result<void> told = UserPtr<i32>{where}.write(static_cast<i32>(fd.value()));
        if (!told.ok()) {
            static_cast<void>(self.process().files->close(static_cast<i32>(fd.value())));
            break;
        }
        count++;
    }
    if (count < files.count) room.flags |= kMessageControlCut;
    if (count == 0) return {};
    const u32 length = header_size + count * static_cast<u32>(sizeof(i32));
    TRY(UserPtr<ControlHeader>{room.at}.write({length, kSocketLevel, kPassFiles}));
    room.used += min(align_control(length), room.left);
    return {};
}

Result<void> put_control(Task& self, const UnixSocket& socket, const ReceiveRequest& request,
                         ControlRoom& room)
{
    if (socket.passes_credentials) {
        SocketCredentials who = request.credentials;
        if (who.uid == ~0u) who = {0, kNobody, kNobody};
        TRY(room.put(kPassCredentials, &who, sizeof who));
    }
    return request.files ? put_files(self, *request.files, request.flags, room) : Result<void>{};
}

SocketCredentials sender_of(const Task& self)
{
    const Process& process = self.process();
    return {process.pid(), process.uids.real, process.gids.real};
}

bool is_nonblocking(const OpenSocket& open, u32 flags)
{
    return open.file->nonblocking() || (flags & kMessageDontWait) != 0;
}

Result<u32> send(Task& self, const OpenSocket& open, IoVectors& data, SendRequest& request, u32 flags)
{
    Name name{self.process()};
    const PathContext context = name.here();
    request.context = &context;
    request.flags = flags;
    request.nonblocking = is_nonblocking(open, flags);
    return finish_send(self, *open.socket, flags, open.socket->send(data, request));
}

}  // namespace

Result<u32> finish_send(Task& self, const UnixSocket& socket, u32 flags, const Result<u32>& sent)
{
    const bool broken = !sent.ok() && sent.error() == Errno::Pipe && socket.type() == SocketType::Stream;
    if (broken && (flags & kMessageNoSignal) == 0) {
        SpinGuard guard{process_lock};
        send_task_signal_locked(self, SignalInfo::from_task(kSigPipe, kCodeUser, self));
    }
    return sent;
}

void connect_sockets()
{
    set_sender_credentials([] { return sender_of(current_task()); });
}

// ---- One message ----

Result<u32> send_message(Task& self, Descriptor fd, UserPtr<const MessageHeader> message, u32 flags)
{
    const OpenSocket open = TRY(socket_of(self, fd));
    const MessageHeader header = TRY(message.read());
    SendRequest request;
    request.credentials = sender_of(self);
    if (header.name != 0 && header.name_length != 0)
        request.to = TRY(read_socket_name(UserAddr{header.name}, static_cast<u32>(header.name_length)));
    IoVectors data = TRY(vectors_of(header));
    if (header.control != 0 && header.control_length != 0)
        TRY(take_control(self, UserAddr{header.control}, header.control_length, request));
    return send(self, open, data, request, flags);
}

Result<u32> receive_message(Task& self, Descriptor fd, UserPtr<MessageHeader> message, u32 flags)
{
    const OpenSocket open = TRY(socket_of(self, fd));
    MessageHeader header = TRY(message.read());
    ReceiveRequest request;
    request.flags = flags;
    request.nonblocking = is_nonblocking(open, flags);
    IoVectors data = TRY(vectors_of(header));
    const u32 done = TRY(open.socket->receive(data, request));
    ControlRoom room{UserAddr{header.control}, header.control != 0 ? header.control_length : 0};
    TRY(put_control(self, *open.socket, request, room));
    if (header.name != 0) {
        u8 name[kSocketAddressMost + 1];
        const u32 size =
            request.from ? encode_socket_name(request.from.get(), Span<u8>{name, sizeof name}) : 0;
        if (header.name_length < 0) return Errno::Invalid;
        TRY(copy_to_user(UserAddr{header.name}, name, min(size, static_cast<u32>(header.name_length))));
        header.name_length = static_cast<i32>(size);
    }
    header.control_length = room.used;
    header.flags = request.flags_out | room.flags | (flags & kMessageCloseOnExec);
    TRY(UserPtr<MessageHeader>{message}.write(header));
    return done;
}

Result<u32> sys_sendmsg(Task& self, Descriptor fd, UserPtr<const MessageHeader> message, u32 flags)
{
    return send_message(self, fd, message, flags);
}

Result<u32> sys_recvmsg(Task& self, Descriptor fd, UserPtr<MessageHeader> message, u32 flags)
{
    return receive_message(self, fd, message, flags);
}

Result<u32> sys_sendto(Task& self, Descriptor fd, UserSpan<const u8> bytes, u32 flags, UserAddr address,
                       u32 length)
{
    const OpenSocket open = TRY(socket_of(self, fd));
    SendRequest request;
    request.credentials = sender_of(self);
    if (!address.is_null()) request.to = TRY(read_socket_name(address, length));
    IoVectors data = TRY(buffer_of(bytes.start(), bytes.size_bytes()));
    return send(self, open, data, request, flags);
}

Result<u32> sys_recvfrom(Task& self, Descriptor fd, UserSpan<u8> bytes, u32 flags, UserAddr address,
                         UserPtr<i32> length)
{
    const OpenSocket open = TRY(socket_of(self, fd));
    ReceiveRequest request;
    request.flags = flags;
    request.nonblocking = is_nonblocking(open, flags);
    IoVectors data = TRY(buffer_of(bytes.start(), bytes.size_bytes()));
    const u32 done = TRY(open.socket->receive(data, request));
    if (address.is_null()) return done;
    if (request.from)
        TRY(write_socket_name(request.from.get(), address, length));
    else
        TRY(length.write(0));
    return done;
}

// ---- Several at once ----

namespace {

struct CountedMessage {
    MessageHeader header;
    u32 length;
};

template <class Move> Result<u32> each_message(UserPtr<CountedMessage> messages, u32 count, Move move_one)
{
    u32 done = 0;
    for (; done < min(count, kMostMessages); done++) {
        const UserAddr at = messages.at(done).address();
        const Result<u32> moved = move_one(at, done);
        if (!moved.ok()) {
            if (done == 0) return moved.error();
            break;
        }
        TRY(UserPtr<u32>{at + static_cast<u32>(sizeof(MessageHeader))}.write(moved.value()));
    }
    return done;
}

Result<u32> receive_messages(Task& self, Descriptor fd, UserPtr<CountedMessage> messages, u32 count,
                             u32 flags, u64 deadline_ns)
{
    return each_message(messages, count, [&](UserAddr at, u32 done) -> Result<u32> {
        if (done != 0 && deadline_ns <= now_ns()) return Errno::Again;
        const u32 now = (flags & kWaitForOne) != 0 && done != 0 ? kMessageDontWait : 0;
        return receive_message(self, fd, UserPtr<MessageHeader>{at}, (flags & ~kWaitForOne) | now);
    });
}

}  // namespace

Result<u32> sys_sendmmsg(Task& self, Descriptor fd, UserAddr messages, u32 count, u32 flags)
{
    return each_message(UserPtr<CountedMessage>{messages}, count, [&](UserAddr at, u32) {
        return send_message(self, fd, UserPtr<const MessageHeader>{at}, flags);
    });
}

Result<u32> sys_recvmmsg(Task& self, Descriptor fd, UserAddr messages, u32 count, u32 flags,
                         UserPtr<const Timespec32> timeout)
{
    const u64 deadline = timeout ? deadline_after(TRY(read_ns(timeout))) : kForever;
    return receive_messages(self, fd, UserPtr<CountedMessage>{messages}, count, flags, deadline);
}

Result<u32> sys_recvmmsg_time64(Task& self, Descriptor fd, UserAddr messages, u32 count, u32 flags,
                                UserPtr<const Timespec64> timeout)
{
    const u64 deadline = timeout ? deadline_after(TRY(read_ns(timeout))) : kForever;
    return receive_messages(self, fd, UserPtr<CountedMessage>{messages}, count, flags, deadline);
}

// ---- The old call for all of them ----

namespace {

enum SocketCall : u32 {
    kSocket = 1,
    kBind,
    kConnect,
    kListen,
    kAccept,
    kGetName,
    kGetPeer,
    kPair,
    kSend,
    kReceive,
    kSendTo,
    kReceiveFrom,
    kShutdown,
    kSetOption,
    kGetOption,
    kSendMessage,
    kReceiveMessage,
    kAccept4,
    kReceiveMany,
    kSendMany,
};

constexpr u8 kArgumentCounts[] = {0, 3, 3, 3, 2, 3, 3, 3, 4, 4, 4, 6, 6, 2, 5, 5, 3, 3, 4, 5, 4};

Result<u32> no_value(const Result<void>& done)
{
    return done.ok() ? Result<u32>{0u} : Result<u32>{done.error()};
}

Result<u32> name_call(Task& self, u32 call, const u32* a)
{
    const Descriptor fd{static_cast<i32>(a[0])};
    const UserAddr second{a[1]};
    switch (call) {
    case kSocket:
        return sys_socket(self, a[0], a[1], a[2]);
    case kBind:
        return no_value(sys_bind(self, fd, second, a[2]));
    case kConnect:
        return sys_connect(self, fd, second, a[2]);
    case kListen:
        return no_value(sys_listen(self, fd, static_cast<i32>(a[1])));
    case kAccept:
        return sys_accept4(self, fd, second, UserPtr<i32>{UserAddr{a[2]}}, 0);
    case kAccept4:
        return sys_accept4(self, fd, second, UserPtr<i32>{UserAddr{a[2]}}, a[3]);
    case kGetName:
        return no_value(sys_getsockname(self, fd, second, UserPtr<i32>{UserAddr{a[2]}}));
    case kGetPeer:
        return no_value(sys_getpeername(self, fd, second, UserPtr<i32>{UserAddr{a[2]}}));
    case kPair:
        return no_value(sys_socketpair(self, a[0], a[1], a[2], UserPtr<i32>{UserAddr{a[3]}}));
    case kShutdown:
        return no_value(sys_shutdown_socket(self, fd, a[1]));
    case kSetOption:
        return no_value(sys_setsockopt(self, fd, a[1], a[2], UserAddr{a[3]}, a[4]));
    default:
        return no_value(sys_getsockopt(self, fd, a[1], a[2], UserAddr{a[3]}, UserPtr<i32>{UserAddr{a[4]}}));
    }
}

Result<u32> message_call(Task& self, u32 call, const u32* a)
{
    const Descriptor fd{static_cast<i32>(a[0])};
    const UserAddr second{a[1]};
    switch (call) {
    case kSend:
        return sys_sendto(self, fd, {second, a[2]}, a[3], UserAddr{}, 0);
    case kReceive:
        return sys_recvfrom(self, fd, {second, a[2]}, a[3], UserAddr{}, {});
    case kSendTo:
        return sys_sendto(self, fd, {second, a[2]}, a[3], UserAddr{a[4]}, a[5]);
    case kReceiveFrom:
        return sys_recvfrom(self, fd, {second, a[2]}, a[3], UserAddr{a[4]}, UserPtr<i32>{UserAddr{a[5]}});
    case kSendMessage:
        return send_message(self, fd, UserPtr<const MessageHeader>{second}, a[2]);
    case kReceiveMessage:
        return receive_message(self, fd, UserPtr<MessageHeader>{second}, a[2]);
    case kSendMany:
        return sys_sendmmsg(self, fd, second, a[2], a[3]);
    default:
        return sys_recvmmsg(self, fd, second, a[2], a[3], UserPtr<const Timespec32>{UserAddr{a[4]}});
    }
}

}  // namespace

Result<u32> sys_socketcall(Task& self, u32 call, UserAddr arguments)
{
    if (call < kSocket || call > kSendMany) return Errno::Invalid;
    u32 a[6] = {};
    TRY(copy_from_user(a, arguments, kArgumentCounts[call] * static_cast<u32>(sizeof(u32))));
    const bool moves = (call >= kSend && call <= kReceiveFrom) || call == kSendMessage ||
                       call == kReceiveMessage || call == kReceiveMany || call == kSendMany;
    return moves ? message_call(self, call, a) : name_call(self, call, a);
}

}  // namespace faultline
