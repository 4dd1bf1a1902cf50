// Sending and receiving. A packet is made and filled with no lock held, then put into the receiver's queue; a reader copies
// out of the first packet while it stands in the queue, for nobody else takes it away.
#include "arch/clock.h"
#include "core/wait_queue.h"
#include "fs/poll.h"
#include "fs/socket.h"
#include "fs/socket_wait.h"
#include "fs/with_reclaim.h"
#include "mm/frame.h"
#include "mm/heap.h"

namespace faultline {

namespace {

constexpr u32 kMostWaiting = 10;  // datagrams that wait in one queue, as Linux's net.unix.max_dgram_qlen
constexpr u32 kReadableBytes = 0x541B, kUnreadBytes = 0x5411;  // FIONREAD, TIOCOUTQ
constexpr u32 kPollBand = 0x200;                               // POLLWRBAND
constexpr u32 kPollReadHangUp = 0x2000;

Atomic<u32> all_bytes;  // in all queues
Atomic<u32> all_passed_files;
SocketCredentials (*sender_credentials)() = nullptr;

bool too_much_in_all()
{
    return all_bytes.load() / kPageSize >= managed_frames() / 8;
}

}  // namespace

void set_sender_credentials(SocketCredentials (*of_caller)())
{
    sender_credentials = of_caller;
}

Result<void> PassedFiles::add(Ref<File> file)
{
    if (count == kMost) return Errno::Invalid;
    if (all_passed_files.fetch_add(1) >= managed_frames() / 4) {
        all_passed_files.fetch_sub(1);
        return Errno::TooManyReferences;
    }
    files[count++] = move(file);
    return {};
}

// A long list of them must not recurse.
PassedFiles::~PassedFiles()
{
    all_passed_files.fetch_sub(count);
    Ref<PassedFiles> rest = move(next);
    while (rest && rest->ref_count() == 1) {
        Ref<PassedFiles> behind = move(rest->next);
        rest = move(behind);
    }
}

void PassedFiles::last_ref_dropped()
{
    destroy(this);
}

// ---- Packets ----

void UnixSocket::free_packet(Packet* packet)
{
    if (packet->sender) {
        all_bytes.fetch_sub(packet->charge);
        packet->sender->give_back(*packet);
    }
    while (packet) {
        Packet* const more = packet->more;
        destroy(packet);
        packet = more;
    }
}

void UnixSocket::give_back(const Packet& packet)
{
    SpinGuard guard{lock_};
    sent_bytes_ -= packet.charge;
    if (packet.to_peer && packet.round == round_) sent_packets_--;
    if (!writable_.empty()) writable_.wake_all();
}

namespace {

Result<Packet*> make_piece(IoVectors& data, u32 size)
{
    const u32 bytes = static_cast<u32>(sizeof(Packet)) + size;
    void* const memory = TRY(with_reclaim([bytes] { return heap_allocate(bytes); }));
    Packet* const packet = new (memory) Packet;
    packet->size = packet->total = size;
    const Result<void> filled = data.get(packet->bytes(), size);
    if (filled.ok()) return packet;
    destroy(packet);
    return filled.error();
}

}  // namespace

// With the message's bytes in it. What it costs is charged to us when it is delivered.
Result<Packet*> UnixSocket::make_packet(IoVectors& data, u32 size_bytes, SendRequest& request)
{
    Packet* const packet = TRY(make_piece(data, min(size_bytes, Packet::capacity())));
    Packet* last = packet;
    for (u32 done = packet->size; done < size_bytes; done += last->size) {
        const Result<Packet*> piece = make_piece(data, min(size_bytes - done, Packet::capacity()));
        if (!piece.ok()) {
            free_packet(packet);
            return piece.error();
        }
        last = last->more = piece.value();
    }
    packet->total = size_bytes;
    packet->charge = size_bytes + static_cast<u32>(sizeof(Packet));
    packet->from = name_;
    packet->files = move(request.files);
    packet->credentials = request.credentials;
    return packet;
}

// ---- Room ----

// An empty buffer takes anything; while all sockets have too much, it takes no more than a page.
bool UnixSocket::has_room_locked(u32 size_bytes, bool to_peer) const
{
    if (to_peer && is_datagram() && sent_packets_ > kMostWaiting) return false;
    if (sent_bytes_ == 0) return true;
    const u32 most = too_much_in_all() ? kPageSize : send_buffer_;
    return sent_bytes_ < most && (!keeps_boundaries() || sent_bytes_ + size_bytes <= most);
}

Result<void> UnixSocket::wait_for_room(u32 size_bytes, bool to_peer, u64 deadline_ns, bool nonblocking)
{
    SpinGuard guard{lock_};
    const auto can_go_on = [&]() NO_THREAD_SAFETY_ANALYSIS {
        return send_shut_ || error_ != Errno{} || has_room_locked(size_bytes, to_peer);
    };
    if (!can_go_on() && nonblocking) return Errno::Again;
    TRY(restartable(wait_until(writable_, lock_, can_go_on, Wait::Interruptible, deadline_ns), deadline_ns));
    if (send_shut_) return Errno::Pipe;
    if (error_ == Errno{}) return {};
    const Errno error = error_;
    error_ = Errno{};
    return error;
}

// For who is not connected to the receiver: its queue of datagrams may be full of others'.
Result<void> UnixSocket::wait_for_place(UnixSocket& receiver, u64 deadline_ns, bool nonblocking)
{
    SpinGuard guard{receiver.lock_};
    const auto can_go_on = [&]() NO_THREAD_SAFETY_ANALYSIS {
        return receiver.is_closed_ || receiver.receive_shut_ || receiver.queued_packets_ <= kMostWaiting;
    };
    if (!can_go_on() && nonblocking) return Errno::Again;
    return restartable(
        wait_until(receiver.place_, receiver.lock_, can_go_on, Wait::Interruptible, deadline_ns),
        deadline_ns);
}

bool UnixSocket::may_send_to_locked(const UnixSocket& sender) const
{
    return !peer_ || peer_.get() == &sender;
}

// The packet is the receiver's, or freed.
Result<void> UnixSocket::deliver(UnixSocket& receiver, Packet& packet)
{
    {
        SpinGuard guard{lock_};
        sent_bytes_ += packet.charge;
        packet.round = round_;
        if (packet.to_peer) sent_packets_++;
    }
    all_bytes.fetch_add(packet.charge);
    packet.sender = Ref<UnixSocket>::share(this);
    Result<void> done;
    if (packet.files) {
        SleepGuard guard{passing};
        done = enqueue(receiver, packet);
    } else {
        done = enqueue(receiver, packet);
    }
    if (!done.ok()) free_packet(&packet);
    return done;
}

Result<void> UnixSocket::enqueue(UnixSocket& receiver, Packet& packet)
{
    Errno failed{};
    {
        SpinGuard guard{receiver.lock_};
        if (receiver.is_closed_)
            failed = is_datagram() ? Errno::ConnectionRefused : Errno::Pipe;
        else if (receiver.receive_shut_)
            failed = Errno::Pipe;
        else if (is_datagram() && !receiver.may_send_to_locked(*this))
            failed = Errno::Perm;
        if (failed == Errno{}) {
            (receiver.last_ ? receiver.last_->next : receiver.first_) = &packet;
            receiver.last_ = &packet;
            receiver.queued_bytes_ += packet.total;
            receiver.queued_packets_++;
            if (!receiver.readable_.empty()) receiver.readable_.wake_all();
        }
    }
    return failed == Errno{} ? Result<void>{} : Result<void>{failed};
}

// ---- Sending ----

Result<u32> UnixSocket::send_stream(IoVectors& data, SendRequest& request)
{
    const u64 deadline = deadline_from(send_timeout_ns);
    u32 sent = 0;
    const Ref<UnixSocket> receiver = peer();
    if (!receiver) {
        SpinGuard guard{lock_};
        if (state_ != State::Connected) return Errno::NotConnected;
        return Errno::Pipe;
    }
    while (data.remaining() != 0) {
        const u32 size = min(data.remaining(), Packet::capacity());
        Result<void> step = wait_for_room(size, true, deadline, request.nonblocking);
        if (step.ok()) {
            const Result<Packet*> packet = make_packet(data, size, request);
            step = packet.ok() ? deliver(*receiver, *packet.value()) : Result<void>{packet.error()};
        }
        if (!step.ok()) return sent != 0 ? Result<u32>{sent} : Result<u32>{step.error()};
        sent += size;
    }
    return sent;
}

Result<Ref<UnixSocket>> UnixSocket::receiver_of(SendRequest& request)
{
    if (is_datagram() && request.to) return find_receiver(*request.context, *request.to);
    Ref<UnixSocket> receiver = peer();
    if (receiver) return receiver;
    SpinGuard guard{lock_};
    if (state_ == State::Connected && !is_datagram()) return Errno::Pipe;
    return Errno::NotConnected;
}

Result<u32> UnixSocket::send_message(IoVectors& data, SendRequest& request)
{
    const u32 size = data.remaining();
    const u64 deadline = deadline_from(send_timeout_ns);
    const Ref<UnixSocket> receiver = TRY(receiver_of(request));
    if (size > send_buffer_ - 32) return Errno::MessageSize;
    const bool to_peer = !request.to;
    TRY(wait_for_room(size + static_cast<u32>(sizeof(Packet)), to_peer, deadline, request.nonblocking));
    if (!to_peer) TRY(wait_for_place(*receiver, deadline, request.nonblocking));
    Packet* const packet = TRY(make_packet(data, size, request));
    packet->to_peer = to_peer;
    const Result<void> done = deliver(*receiver, *packet);
    if (done.ok()) return size;
    if (done.error() == Errno::ConnectionRefused && to_peer) static_cast<void>(disconnect());
    return done.error();
}

Result<u32> UnixSocket::send(IoVectors& data, SendRequest& request)
{
    if ((request.flags & 1) != 0) return Errno::NotSupported;  // MSG_OOB
    if (!is_datagram() && request.to) {
        SpinGuard guard{lock_};
        return state_ == State::Connected ? Errno::IsConnected : Errno::NotSupported;
    }
    {
        SpinGuard guard{lock_};
        if (send_shut_) return Errno::Pipe;
    }
    return keeps_boundaries() ? send_message(data, request) : send_stream(data, request);
}

Result<u32> UnixSocket::write(File& file, u64, IoBuffer& buffer)
{
    SendRequest request;
    request.nonblocking = file.nonblocking();
    if (sender_credentials) request.credentials = sender_credentials();
    IoVectors data{buffer};
    return send(data, request);
}

// ---- Receiving ----

Packet* UnixSocket::head()
{
    SpinGuard guard{lock_};
    return first_;
}

Packet* UnixSocket::packet_behind(Packet& packet)
{
    SpinGuard guard{lock_};
    return packet.next;
}

void UnixSocket::account_read(u32 size_bytes)
{
    SpinGuard guard{lock_};
    queued_bytes_ -= size_bytes;
}

void UnixSocket::take_away(Packet& packet)
{
    {
        SpinGuard guard{lock_};
        first_ = packet.next;
        if (!first_) last_ = nullptr;
        queued_packets_--;
        if (!place_.empty()) place_.wake_all();
    }
    free_packet(&packet);
}

// False: nothing will come any more.
Result<bool> UnixSocket::wait_for_packet(u64 deadline_ns, bool nonblocking)
{
    SpinGuard guard{lock_};
    const auto can_go_on = [this]() NO_THREAD_SAFETY_ANALYSIS {
        return first_ != nullptr || receive_shut_ || error_ != Errno{};
    };
    if (first_) return true;
    if (error_ != Errno{}) {
        const Errno error = error_;
        error_ = Errno{};
        return error;
    }
    if (receive_shut_) return false;
    if (nonblocking) return Errno::Again;
    TRY(restartable(wait_until(readable_, lock_, can_go_on, Wait::Interruptible, deadline_ns), deadline_ns));
    return true;  // to be looked at again
}

namespace {

void note_packet(ReceiveRequest& request, const Packet& packet)
{
    request.from = packet.from;
    request.credentials = packet.credentials;
}

}  // namespace

// Of the packet that its reader alone may take away.
Ref<PassedFiles> UnixSocket::files_of(Packet& packet, bool peeks)
{
    SleepGuard guard{passing};
    if (peeks) return packet.files;
    return move(packet.files);
}

// Moves what fits of a stream's packet. True: the next one may follow in the same call.
Result<bool> UnixSocket::receive_piece(IoVectors& data, ReceiveRequest& request, Packet& packet, u32 skip,
                                       u32& done)
{
    const u32 start = packet.consumed + skip;
    const u32 size = min(data.remaining(), packet.size - start);
    TRY(data.put(packet.bytes() + start, size));
    done += size;
    const bool has_files = packet.files.get() != nullptr;
    const bool peeks = (request.flags & kMessagePeek) != 0;
    if (has_files) request.files = files_of(packet, peeks);
    if (peeks) return !has_files;
    packet.consumed += size;
    account_read(size);
    if (packet.consumed == packet.size) take_away(packet);
    return !has_files;
}

Result<u32> UnixSocket::receive_stream(IoVectors& data, ReceiveRequest& request)
{
    {
        SpinGuard guard{lock_};
        if (state_ != State::Connected) return Errno::Invalid;
    }
    const u64 deadline = deadline_from(receive_timeout_ns);
    const u32 least = (request.flags & kMessageWaitAll) != 0 ? data.remaining() : min(data.remaining(), 1u);
    const bool peeks = (request.flags & kMessagePeek) != 0;
    u32 done = 0;
    bool first = true;
    while (data.remaining() != 0 || first) {
        {
            SleepGuard guard{reading_};
            Packet* packet = head();
            while (packet && (data.remaining() != 0 || first)) {
                if (!first && passes_credentials && !(packet->credentials == request.credentials))
                    return done;
                if (first) note_packet(request, *packet);
                first = false;
                Packet* const next = peeks ? packet_behind(*packet) : nullptr;
                const Result<bool> moved = receive_piece(data, request, *packet, 0, done);
                if (!moved.ok()) return done != 0 ? Result<u32>{done} : Result<u32>{moved.error()};
                if (!moved.value()) return done;
                packet = peeks ? next : head();
            }
            if (done >= least && !first) return done;
            if (peeks && done != 0) return done;
        }
        const Result<bool> more = wait_for_packet(deadline, request.nonblocking);
        if (!more.ok()) return done != 0 ? Result<u32>{done} : Result<u32>{more.error()};
        if (!more.value() || least == 0) return done;
    }
    return done;
}

Result<u32> UnixSocket::receive_message(IoVectors& data, ReceiveRequest& request)
{
    if (!is_datagram()) {
        SpinGuard guard{lock_};
        if (state_ != State::Connected) return Errno::NotConnected;
    }
    const u64 deadline = deadline_from(receive_timeout_ns);
    for (;;) {
        {
            SleepGuard guard{reading_};
            if (Packet* const packet = head()) {
                u32 done = 0;
                Result<void> moved;
                for (Packet* piece = packet; piece && data.remaining() != 0 && moved.ok();
                     piece = piece->more) {
                    const u32 size = min(data.remaining(), piece->size);
                    moved = data.put(piece->bytes(), size);
                    done += size;
                }
                const u32 total = packet->total;
                note_packet(request, *packet);
                if (packet->files) request.files = files_of(*packet, (request.flags & kMessagePeek) != 0);
                if (done < total) request.flags_out |= kMessageCut;
                if (!is_datagram()) request.flags_out |= kMessageEnd;
                if ((request.flags & kMessagePeek) == 0) {
                    account_read(total);
                    take_away(*packet);
                }
                if (!moved.ok()) return moved.error();
                return (request.flags & kMessageCut) != 0 ? total : done;
            }
        }
        const Result<bool> more = wait_for_packet(deadline, request.nonblocking);
        if (!more.ok()) return more.error();
        if (!more.value()) return 0u;
    }
}

Result<u32> UnixSocket::receive(IoVectors& data, ReceiveRequest& request)
{
    if ((request.flags & 1) != 0) return Errno::NotSupported;  // MSG_OOB
    return keeps_boundaries() ? receive_message(data, request) : receive_stream(data, request);
}

Result<u32> UnixSocket::read(File& file, u64, IoBuffer& buffer)
{
    ReceiveRequest request;
    request.nonblocking = file.nonblocking();
    IoVectors data{buffer};
    return receive(data, request);
}

// ---- Looking ----

u32 UnixSocket::poll(File&, PollTable* table)
{
    SpinGuard guard{lock_};
    if (table) {
        table->watch(readable_, lock_);
        table->watch(writable_, lock_);
    }
    u32 events = 0;
    if (error_ != Errno{}) events |= kPollError;
    if (receive_shut_) events |= kPollReadHangUp | kPollIn | kPollReadNormal;
    if (receive_shut_ && send_shut_) events |= kPollHangUp;
    if (first_ || !offered_.empty()) events |= kPollIn | kPollReadNormal;
    if (!is_datagram() && state_ == State::Unconnected) events |= kPollHangUp;
    const bool roomy = sent_bytes_ == 0 || (sent_bytes_ * 4 <= send_buffer_ && !too_much_in_all());
    const bool waits = is_datagram() && peer_ && sent_packets_ > kMostWaiting;
    if (roomy && !waits) events |= kPollOut | kPollWriteNormal | kPollBand;
    return events;
}

Result<u32> UnixSocket::ioctl(File&, u32 request, UserAddr argument)
{
    if (request != kReadableBytes && request != kUnreadBytes) return Errno::NotTty;
    u32 bytes;
    {
        SpinGuard guard{lock_};
        if (request == kReadableBytes && state_ == State::Listening) return Errno::Invalid;
        if (request == kUnreadBytes)
            bytes = sent_bytes_;
        else if (is_datagram())
            bytes = first_ ? first_->total : 0;
        else
            bytes = queued_bytes_;
    }
    TRY(copy_to_user(argument, &bytes, sizeof bytes));
    return u32{0};
}

}  // namespace faultline
