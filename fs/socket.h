// Sockets of the family AF_UNIX: byte streams, datagrams and sequenced packets between processes of this machine.
//
// What is sent waits as packets in the receiver's queue; a packet is memory of its sender, whose send buffer bounds it, until
// it was read. All sockets together have at most an eighth of memory; beyond it each gets one page.
// Two connected sockets count each other until one is closed: that cuts both ways.
//
// Locks: lock_ (spin) guards everything of one socket but its queue's head, and is the lock of its wait queues; two are never
// held together. reading_ (may sleep: a copy may fault) makes readers follow each other: only its holder takes packets away.
#pragma once

#include "core/sleep_lock.h"
#include "fs/file.h"
#include "fs/io_vectors.h"
#include "lib/intrusive_list.h"

namespace faultline {

constexpr u32 kFamilyUnix = 1;

enum class SocketType : u8 { Stream = 1, Datagram = 2, Sequenced = 5 };

// MSG_...
constexpr u32 kMessagePeek = 2;
constexpr u32 kMessageControlCut = 8;
constexpr u32 kMessageCut = 0x20;
constexpr u32 kMessageDontWait = 0x40;
constexpr u32 kMessageEnd = 0x80;
constexpr u32 kMessageWaitAll = 0x100;
constexpr u32 kMessageNoSignal = 0x4000;
constexpr u32 kMessageCloseOnExec = 0x40000000;

// A name in the file system (with its NUL) or an abstract one (which begins with one).
struct SocketName : RefCounted {
    static constexpr u32 kMost = 108;
    u32 length = 0;
    char bytes[kMost + 1] = {};

    bool is_abstract() const { return length != 0 && bytes[0] == 0; }
    StringView text() const { return {bytes, length}; }
    void last_ref_dropped();
};

struct SocketCredentials {
    u32 pid = 0, uid = ~0u, gid = ~0u;
    bool operator==(const SocketCredentials& other) const
    {
        return pid == other.pid && uid == other.uid && gid == other.gid;
    }
};

// Who sends by plain write(): kernel/ knows. Set at bring-up.
void set_sender_credentials(SocketCredentials (*of_caller)());

// Open files on their way from one process to another.
struct PassedFiles : RefCounted {
    static constexpr u32 kMost = 253;  // as Linux's SCM_MAX_FD
    PassedFiles() = default;
    ~PassedFiles();
    Result<void> add(Ref<File> file);  // Invalid: too many; TooManyReferences: too many in all
    u32 count = 0;
    Ref<File> files[kMost];
    Ref<PassedFiles> next;  // of a list of them
    void last_ref_dropped();
};

class UnixSocket;

// One message, or a piece of a stream. Its bytes follow it; what does not fit there is in `more`.
struct Packet;

struct SendRequest {
    u32 flags = 0;
    bool nonblocking = false;
    Ref<SocketName> to;  // null: the peer
    const PathContext* context = nullptr;
    Ref<PassedFiles> files;
    SocketCredentials credentials;
};

struct ReceiveRequest {
    u32 flags = 0;
    bool nonblocking = false;
    // Answers:
    u32 flags_out = 0;
    Ref<SocketName> from;
    Ref<PassedFiles> files;
    SocketCredentials credentials;
};

struct SocketPair {
    Ref<UnixSocket> first, second;
};

struct AcceptTag;

class UnixSocket final : public FileLike, public ListNode<AcceptTag>, public ListNode<> {
public:
    static Result<Ref<UnixSocket>> create(SocketType type);  // TableFull: there are too many
    // When each has its open file, whose end parts them: unseen, they would hold each other for ever.
    static void connect_pair(const SocketPair& pair, const SocketCredentials& who);
    explicit UnixSocket(SocketType type);
    ~UnixSocket();

    SocketType type() const { return type_; }
    UnixSocket* as_socket() override { return this; }

    // ---- Names and connections (fs/socket.cpp)
    Result<void> bind(const PathContext& context, Ref<SocketName> name,
                      u32 mode);  // an empty name: any free one
    Result<void> listen(u32 backlog, const SocketCredentials& who);
    Result<void> connect(const PathContext& context, Ref<SocketName> name, const SocketCredentials& who,
                         bool nonblocking);
    Result<void> disconnect();  // connect() to AF_UNSPEC
    Result<Ref<UnixSocket>> accept(bool nonblocking);
    Result<void> shutdown(u32 how);
    Ref<SocketName> name();
    Result<Ref<SocketName>> peer_name();  // NotConnected; null: it has none
    SocketCredentials peer_credentials();

    // ---- Moving bytes (fs/socket_transfer.cpp)
    Result<u32> send(IoVectors& data, SendRequest& request);
    Result<u32> receive(IoVectors& data, ReceiveRequest& request);
    Result<u32> read(File& file, u64 offset, IoBuffer& buffer) override;
    Result<u32> write(File& file, u64 offset, IoBuffer& buffer) override;
    u32 poll(File& file, PollTable* table) override;
    Result<u32> ioctl(File& file, u32 request, UserAddr argument) override;

    // ---- Options: single words
    u32 send_buffer() const { return send_buffer_; }
    u32 receive_buffer() const { return receive_buffer_; }
    void set_send_buffer(u32 size_bytes);
    void set_receive_buffer(u32 size_bytes);
    u64 send_timeout_ns = kForever, receive_timeout_ns = kForever;
    bool passes_credentials = false;
    u32 take_error();  // SO_ERROR
    bool is_listening();

    void attributes(Attributes& out) const override;
    void describe(Span<char> text) const override;
    void closed(File& file) override;
    void last_ref_dropped() override;

    // Held while files enter or leave a queue (fs/socket_garbage.cpp).
    static SleepLock passing;
    static void collect_garbage();
    // f(file) for each file that lies in the queue; passing is held.
    template <class F> void for_each_passed_file(F f);

private:
    friend class SocketNames;
    friend class SocketGarbage;
    void enter_list();
    void leave_list();
    enum class State : u8 { Unconnected, Connecting, Listening, Connected };

    bool is_datagram() const { return type_ == SocketType::Datagram; }
    bool keeps_boundaries() const { return type_ != SocketType::Stream; }
    // names, connections
    Result<Ref<UnixSocket>> find_receiver(const PathContext& context, const SocketName& name) const;
    Result<void> connect_datagram(const PathContext& context, const SocketName& name,
                                  const SocketCredentials& who);
    Result<void> begin_connecting();
    Result<void> offer(UnixSocket& listener, const Ref<UnixSocket>& child, u64 deadline_ns, bool nonblocking);
    void become_connected(Ref<UnixSocket> peer, const SocketCredentials& peer_is);
    void connection_failed();
    void peer_has_gone(UnixSocket& peer, bool had_unread);
    void hear_shutdown(u32 how);
    void drop_queue();
    Ref<UnixSocket> peer();
    // sending
    Result<Packet*> make_packet(IoVectors& data, u32 size_bytes, SendRequest& request);
    Result<void> wait_for_room(u32 size_bytes, bool to_peer, u64 deadline_ns, bool nonblocking);
    Result<void> wait_for_place(UnixSocket& receiver, u64 deadline_ns, bool nonblocking);
    static Ref<PassedFiles> files_of(Packet& packet, bool peeks);
    Result<void> enqueue(UnixSocket& receiver, Packet& packet);
    Result<void> deliver(UnixSocket& receiver, Packet& packet);
    Result<u32> send_stream(IoVectors& data, SendRequest& request);
    Result<u32> send_message(IoVectors& data, SendRequest& request);
    Result<Ref<UnixSocket>> receiver_of(SendRequest& request);
    bool has_room_locked(u32 size_bytes, bool to_peer) const;
    bool may_send_to_locked(const UnixSocket& sender) const;
    void give_back(const Packet& packet);
    // receiving
    Packet* head();
    Packet* packet_behind(Packet& packet);
    void take_away(Packet& packet);
    void account_read(u32 size_bytes);
    Result<bool> wait_for_packet(u64 deadline_ns, bool nonblocking);
    Result<u32> receive_stream(IoVectors& data, ReceiveRequest& request);
    Result<bool> receive_piece(IoVectors& data, ReceiveRequest& request, Packet& packet, u32 skip, u32& done);
    Result<u32> receive_message(IoVectors& data, ReceiveRequest& request);
    static void free_packet(Packet* packet);
    friend struct Packet;

    SpinLock lock_{LockRank::Pipe};
    SleepLock reading_{LockRank::Pipe};
    const SocketType type_;
    State state_ = State::Unconnected;
    bool receive_shut_ = false, send_shut_ = false;
    bool is_closed_ = false;
    Errno error_{};
    Ref<UnixSocket> peer_;
    u32 round_ = 0;  // of connecting: datagrams to a former peer do not count
    SocketCredentials own_credentials_, peer_credentials_;

    Ref<SocketName> name_, former_peer_name_;
    Ref<Inode> inode_;                  // of a name in the file system
    UnixSocket* next_named_ = nullptr;  // the table of names' lock

    // passing
    bool is_marked_ = false;
    bool is_offered_ = false;  // nobody has accepted it yet
    u32 in_flight_ = 0;
    File* file_in_flight_ = nullptr;
    UnixSocket* next_marked_ = nullptr;

    Packet* first_ = nullptr;
    Packet* last_ = nullptr;
    u32 queued_bytes_ = 0, queued_packets_ = 0;
    IntrusiveList<UnixSocket, AcceptTag> offered_;  // connected from outside, to be accepted; each counted
    u32 offered_count_ = 0, backlog_ = 0;

    u32 send_buffer_, receive_buffer_;
    u32 sent_bytes_ = 0;    // that nobody has read yet
    u32 sent_packets_ = 0;  // the same, to the peer; datagrams
    WaitQueue readable_;    // packets, offers, shutdown
    WaitQueue writable_;    // room in the send buffer
    WaitQueue place_;       // room among queued_packets_, or for an offer

    const u32 number_;
    FileTime made_ = current_file_time();
};

struct Packet {
    Packet* next = nullptr;
    Packet* more = nullptr;
    Ref<UnixSocket> sender;
    Ref<SocketName> from;
    Ref<PassedFiles> files;
    SocketCredentials credentials;
    u32 size = 0;      // of the bytes here
    u32 consumed = 0;  // of them
    u32 total = 0;     // with what is in `more`
    u32 charge = 0;    // what the sender pays
    u32 round = 0;
    bool to_peer = false;

    u8* bytes() { return reinterpret_cast<u8*>(this + 1); }
    static constexpr u32 capacity() { return kPageSize - static_cast<u32>(sizeof(Packet)); }
};

template <class F> void UnixSocket::for_each_passed_file(F f)
{
    SpinGuard guard{lock_};
    for (Packet* packet = first_; packet; packet = packet->next)
        for (u32 i = 0; packet->files && i < packet->files->count; i++)
            f(*packet->files->files[i]);
}

}  // namespace faultline
