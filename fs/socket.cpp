// Names, connections and the end of sockets. Moving bytes is in fs/socket_transfer.cpp.
#include "fs/socket.h"
#include "fs/socket_wait.h"

#include "arch/clock.h"
#include "core/wait_queue.h"
#include "fs/namespace.h"
#include "fs/with_reclaim.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/heap.h"

namespace faultline {

namespace {

constexpr u32 kDefaultBuffer = 212992;  // as Linux's
constexpr u32 kMostBacklog = 4096;      // Linux's somaxconn
constexpr u32 kReceiveShut = 1, kSendShut = 2;

Atomic<u32> socket_count;
Atomic<u32> next_number{1};

}  // namespace

// ---- The table of names ----

// Which socket has which name: an abstract one by its bytes, one in the file system by its inode.
class SocketNames {
public:
    // Exists: another socket has it.
    Result<void> add_abstract(UnixSocket& socket, Ref<SocketName> name);
    void add_inode(UnixSocket& socket, Ref<Inode> inode, Ref<SocketName> name);
    void remove(UnixSocket& socket);
    Ref<UnixSocket> find_abstract(const SocketName& name);
    Ref<UnixSocket> find_inode(const Inode& inode);

private:
    static constexpr u32 kBuckets = 256;
    static u32 bucket_of(const SocketName& name) { return hashed(name.text()).hash % kBuckets; }
    static u32 bucket_of(const Inode& inode)
    {
        return static_cast<u32>(reinterpret_cast<usize>(&inode) / 64 % kBuckets);
    }
    UnixSocket* find_abstract_locked(const SocketName& name) REQUIRES(lock_);
    void put_locked(UnixSocket& socket, u32 bucket) REQUIRES(lock_);

    SpinLock lock_{LockRank::Leaf};
    UnixSocket* buckets_[kBuckets] GUARDED_BY(lock_) = {};
};

namespace {

SocketNames names;

}  // namespace

UnixSocket* SocketNames::find_abstract_locked(const SocketName& name)
{
    for (UnixSocket* socket = buckets_[bucket_of(name)]; socket; socket = socket->next_named_)
        if (!socket->inode_ && same_bytes(socket->name_->text(), name.text())) return socket;
    return nullptr;
}

void SocketNames::put_locked(UnixSocket& socket, u32 bucket)
{
    socket.next_named_ = buckets_[bucket];
    buckets_[bucket] = &socket;
}

Result<void> SocketNames::add_abstract(UnixSocket& socket, Ref<SocketName> name)
{
    SpinGuard guard{lock_};
    if (find_abstract_locked(*name)) return Errno::AddressInUse;
    const u32 bucket = bucket_of(*name);
    socket.name_ = move(name);
    put_locked(socket, bucket);
    return {};
}

void SocketNames::add_inode(UnixSocket& socket, Ref<Inode> inode, Ref<SocketName> name)
{
    SpinGuard guard{lock_};
    const u32 bucket = bucket_of(*inode);
    socket.inode_ = move(inode);
    socket.name_ = move(name);
    put_locked(socket, bucket);
}

void SocketNames::remove(UnixSocket& socket)
{
    SpinGuard guard{lock_};
    const u32 bucket = socket.inode_ ? bucket_of(*socket.inode_) : bucket_of(*socket.name_);
    for (UnixSocket** link = &buckets_[bucket]; *link; link = &(*link)->next_named_) {
        if (*link != &socket) continue;
        *link = socket.next_named_;
        return;
    }
}

Ref<UnixSocket> SocketNames::find_abstract(const SocketName& name)
{
    SpinGuard guard{lock_};
    UnixSocket* const socket = find_abstract_locked(name);
    return socket && socket->retain_if_live() ? Ref<UnixSocket>::adopt(socket) : nullptr;
}

Ref<UnixSocket> SocketNames::find_inode(const Inode& inode)
{
    SpinGuard guard{lock_};
    for (UnixSocket* socket = buckets_[bucket_of(inode)]; socket; socket = socket->next_named_)
        if (socket->inode_.get() == &inode && socket->retain_if_live()) return Ref<UnixSocket>::adopt(socket);
    return nullptr;
}

void SocketName::last_ref_dropped()
{
    destroy(this);
}

// ---- Life ----

UnixSocket::UnixSocket(SocketType type)
    : type_{type}, send_buffer_{kDefaultBuffer},
      receive_buffer_{kDefaultBuffer}, number_{next_number.fetch_add(1)}
{
    socket_count.fetch_add(1);
}

void UnixSocket::last_ref_dropped()
{
    destroy(this);
}

UnixSocket::~UnixSocket()
{
    leave_list();
    drop_queue();
    socket_count.fetch_sub(1);
}

Result<Ref<UnixSocket>> UnixSocket::create(SocketType type)
{
    const u32 most = managed_frames() / 8;
    if (socket_count.load() >= most) collect_garbage();
    if (socket_count.load() >= most) return Errno::TableFull;
    Ref<UnixSocket> socket =
        Ref<UnixSocket>::adopt(TRY(with_reclaim([type] { return make<UnixSocket>(type); })));
    socket->enter_list();
    return socket;
}

void UnixSocket::connect_pair(const SocketPair& pair, const SocketCredentials& who)
{
    pair.first->become_connected(pair.second, who);
    pair.second->become_connected(pair.first, who);
}

void UnixSocket::become_connected(Ref<UnixSocket> peer, const SocketCredentials& peer_is)
{
    SpinGuard guard{lock_};
    state_ = State::Connected;
    round_++;
    sent_packets_ = 0;
    if (!receive_shut_ || is_datagram()) swap(peer_, peer);  // else it has gone already
    peer_credentials_ = peer_is;
    writable_.wake_all();
}

void UnixSocket::drop_queue()
{
    for (;;) {
        Packet* packet;
        {
            SpinGuard guard{lock_};
            packet = first_;
            if (!packet) break;
            first_ = packet->next;
            if (!first_) last_ = nullptr;
            queued_packets_--;
        }
        free_packet(packet);
    }
    SpinGuard guard{lock_};
    queued_bytes_ = 0;
    place_.wake_all();
}

// The last descriptor is gone. Who is connected to it, waits for it or was offered to it hears of that.
void UnixSocket::closed(File&)
{
    Ref<UnixSocket> peer;
    Ref<SocketName> peer_name;
    bool had_unread;
    if (name_) names.remove(*this);
    {
        SpinGuard guard{lock_};
        is_closed_ = receive_shut_ = send_shut_ = true;
        had_unread = first_ != nullptr;
        swap(peer_, peer);
        place_.wake_all();
    }
    if (peer && !is_datagram()) peer->peer_has_gone(*this, had_unread);
    for (;;) {
        Ref<UnixSocket> offered;
        {
            SpinGuard guard{lock_};
            UnixSocket* const first = offered_.pop_front();
            if (!first) break;
            offered = Ref<UnixSocket>::adopt(first);
        }
        Ref<UnixSocket> client = offered->peer();
        {
            SpinGuard guard{offered->lock_};
            swap(offered->peer_, peer);
        }
        if (client) client->peer_has_gone(*offered, true);
        peer = nullptr;
    }
    drop_queue();
}

void UnixSocket::peer_has_gone(UnixSocket& peer, bool had_unread)
{
    Ref<UnixSocket> freed;
    SpinGuard guard{lock_};
    if (peer_.get() == &peer) {
        freed = move(peer_);
        former_peer_name_ = freed->name_;
    }
    receive_shut_ = send_shut_ = true;
    if (had_unread) error_ = Errno::ConnectionReset;
    readable_.wake_all();
    writable_.wake_all();
}

Ref<UnixSocket> UnixSocket::peer()
{
    SpinGuard guard{lock_};
    return peer_;
}

// ---- Names ----

namespace {

// Five hexadecimal digits behind a NUL, as Linux gives.
Result<void> make_any_name(SocketName& name, u32 number)
{
    char digits[8];
    format(digits, "%05x", number & 0xfffff);
    name.bytes[0] = 0;
    memcpy(name.bytes + 1, digits, 5);
    name.length = 6;
    return {};
}

}  // namespace

Result<void> UnixSocket::bind(const PathContext& context, Ref<SocketName> name, u32 mode)
{
    if (name_) return Errno::Invalid;
    if (name->length == 0) {
        constexpr u32 kNumbers = 1 << 20;
        static Atomic<u32> next;
        for (u32 tries = 0; tries < kNumbers; tries++) {
            TRY(make_any_name(*name, next.fetch_add(1)));
            if (names.add_abstract(*this, name).ok()) return {};
        }
        return Errno::NoSpace;
    }
    if (name->is_abstract()) return names.add_abstract(*this, move(name));
    const StringView path{name->bytes, name->length - 1};
    const Result<void> made = make_node(context, path, kModeSocket | mode, DeviceNumber{});
    if (!made.ok()) return made.error() == Errno::Exists ? Errno::AddressInUse : made.error();
    const Place place = TRY(resolve(context, path, Walk::NoFollow));
    names.add_inode(*this, Ref<Inode>::share(&place.inode()), move(name));
    return {};
}

Result<Ref<UnixSocket>> UnixSocket::find_receiver(const PathContext& context, const SocketName& name) const
{
    Ref<UnixSocket> found;
    if (name.is_abstract()) {
        found = names.find_abstract(name);
    } else {
        const Place place = TRY(resolve(context, StringView{name.bytes, name.length - 1}, Walk::Follow));
        TRY(place.inode().check_permission(context.credentials, Permission::Write));
        if ((place.inode().mode() & kModeTypeMask) != kModeSocket) return Errno::ConnectionRefused;
        found = names.find_inode(place.inode());
    }
    if (!found) return Errno::ConnectionRefused;
    if (found->type_ != type_) return Errno::WrongProtocol;
    return found;
}

Ref<SocketName> UnixSocket::name()
{
    return name_;
}

Result<Ref<SocketName>> UnixSocket::peer_name()
{
    SpinGuard guard{lock_};
    if (state_ != State::Connected) return Errno::NotConnected;
    return peer_ ? peer_->name_ : former_peer_name_;
}

SocketCredentials UnixSocket::peer_credentials()
{
    SpinGuard guard{lock_};
    return peer_credentials_;
}

// ---- Listening and connecting ----

Result<void> UnixSocket::listen(u32 backlog, const SocketCredentials& who)
{
    if (is_datagram()) return Errno::NotSupported;
    if (!name_) return Errno::Invalid;
    SpinGuard guard{lock_};
    if (state_ != State::Unconnected && state_ != State::Listening) return Errno::Invalid;
    state_ = State::Listening;
    backlog_ = min(backlog, kMostBacklog);
    own_credentials_ = who;
    peer_credentials_ = who;
    place_.wake_all();
    return {};
}

bool UnixSocket::is_listening()
{
    SpinGuard guard{lock_};
    return state_ == State::Listening;
}

Result<void> UnixSocket::begin_connecting()
{
    SpinGuard guard{lock_};
    switch (state_) {
    case State::Unconnected:
        state_ = State::Connecting;
        return {};
    case State::Connected:
        return Errno::IsConnected;
    case State::Listening:
        return Errno::Invalid;
    case State::Connecting:
        return Errno::Already;
    }
    return Errno::Invalid;
}

void UnixSocket::connection_failed()
{
    SpinGuard guard{lock_};
    state_ = State::Unconnected;
}

// The child waits at the listener to be accepted.
Result<void> UnixSocket::offer(UnixSocket& listener, const Ref<UnixSocket>& child, u64 deadline_ns,
                               bool nonblocking)
{
    SpinGuard guard{listener.lock_};
    const auto refused = [&]() NO_THREAD_SAFETY_ANALYSIS {
        return listener.state_ != State::Listening || listener.receive_shut_;
    };
    const auto can_go_on = [&]() NO_THREAD_SAFETY_ANALYSIS {
        return refused() || listener.offered_count_ <= listener.backlog_;
    };
    if (!can_go_on() && nonblocking) return Errno::Again;
    TRY(restartable(wait_until(listener.place_, listener.lock_, can_go_on, Wait::Interruptible, deadline_ns),
                    deadline_ns));
    if (refused()) return Errno::ConnectionRefused;
    child->name_ = listener.name_;
    child->inode_ = listener.inode_;
    child->retain();
    listener.offered_.push_back(*child);
    listener.offered_count_++;
    listener.readable_.wake_all();
    return {};
}

Result<void> UnixSocket::connect_datagram(const PathContext& context, const SocketName& name,
                                          const SocketCredentials& who)
{
    Ref<UnixSocket> receiver = TRY(find_receiver(context, name));
    {
        SpinGuard guard{receiver->lock_};
        if (!receiver->may_send_to_locked(*this)) return Errno::Perm;
    }
    become_connected(move(receiver), who);
    return {};
}

Result<void> UnixSocket::connect(const PathContext& context, Ref<SocketName> name,
                                 const SocketCredentials& who, bool nonblocking)
{
    if (passes_credentials && !name_) {
        Ref<SocketName> any = Ref<SocketName>::adopt(TRY(make<SocketName>()));
        TRY(bind(context, move(any), 0));
    }
    if (is_datagram()) return connect_datagram(context, *name, who);
    const Ref<UnixSocket> child = TRY(create(type_));
    TRY(begin_connecting());
    Result<Ref<UnixSocket>> listener = find_receiver(context, *name);
    Result<void> offered = listener.ok() ? Result<void>{} : Result<void>{listener.error()};
    if (offered.ok()) {
        child->is_offered_ = true;
        child->become_connected(Ref<UnixSocket>::share(this), who);
        offered = offer(*listener.value(), child, deadline_from(send_timeout_ns), nonblocking);
    }
    if (!offered.ok()) {
        Ref<UnixSocket> freed;
        connection_failed();
        SpinGuard guard{child->lock_};
        swap(child->peer_, freed);
        return offered;
    }
    become_connected(child, listener.value()->own_credentials_);
    return {};
}

Result<void> UnixSocket::disconnect()
{
    if (!is_datagram()) return Errno::Invalid;
    Ref<UnixSocket> freed;
    SpinGuard guard{lock_};
    state_ = State::Unconnected;
    round_++;
    sent_packets_ = 0;
    swap(peer_, freed);
    writable_.wake_all();
    return {};
}

Result<Ref<UnixSocket>> UnixSocket::accept(bool nonblocking)
{
    if (is_datagram()) return Errno::NotSupported;
    const u64 deadline = deadline_from(receive_timeout_ns);
    SpinGuard guard{lock_};
    if (state_ != State::Listening) return Errno::Invalid;
    const auto can_go_on = [this]() NO_THREAD_SAFETY_ANALYSIS { return !offered_.empty() || receive_shut_; };
    if (!can_go_on() && nonblocking) return Errno::Again;
    TRY(restartable(wait_until(readable_, lock_, can_go_on, Wait::Interruptible, deadline), deadline));
    UnixSocket* const first = offered_.pop_front();
    if (!first) return Errno::Invalid;
    offered_count_--;
    first->is_offered_ = false;
    place_.wake_all();
    return Ref<UnixSocket>::adopt(first);
}

// ---- Shutdown ----

void UnixSocket::hear_shutdown(u32 how)
{
    SpinGuard guard{lock_};
    if ((how & kReceiveShut) != 0) receive_shut_ = true;
    if ((how & kSendShut) != 0) send_shut_ = true;
    readable_.wake_all();
    writable_.wake_all();
    place_.wake_all();
}

Result<void> UnixSocket::shutdown(u32 how)
{
    if (how > 2) return Errno::Invalid;
    const u32 sides = how + 1;
    hear_shutdown(sides);
    const Ref<UnixSocket> other = peer();
    if (!other || is_datagram()) return {};
    other->hear_shutdown(((sides & kReceiveShut) != 0 ? kSendShut : 0) |
                         ((sides & kSendShut) != 0 ? kReceiveShut : 0));
    return {};
}

// ---- What fstat and /proc show ----

void UnixSocket::attributes(Attributes& out) const
{
    out = Attributes{};
    out.inode_number = number_;
    out.mode = kModeSocket | 0777;
    out.link_count = 1;
    out.block_size = kPageSize;
    out.accessed = out.modified = out.changed = made_;
}

void UnixSocket::describe(Span<char> text) const
{
    format(text, "socket:[%u]", number_);
}

void UnixSocket::set_send_buffer(u32 size_bytes)
{
    SpinGuard guard{lock_};
    send_buffer_ = max(min(size_bytes, kDefaultBuffer) * 2, 4608u);  // Linux doubles, and has a least
    writable_.wake_all();
}

void UnixSocket::set_receive_buffer(u32 size_bytes)
{
    receive_buffer_ = max(min(size_bytes, kDefaultBuffer) * 2, 2304u);
}

u32 UnixSocket::take_error()
{
    SpinGuard guard{lock_};
    const Errno error = error_;
    error_ = Errno{};
    return static_cast<u32>(error);
}

}  // namespace faultline
