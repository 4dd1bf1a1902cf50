// Sockets that only queues hold: two that were sent to each other and then closed keep each other alive, though no program
// can reach them. From time to time all are looked at: what somebody has open is marked, and what lies in the queues of
// what is marked; the files in the queues of the others are let go, and with them the others end.
//
// Lock: passing (may sleep) keeps files from entering and leaving queues, and sockets from coming and going, meanwhile.
#include "fs/socket.h"
#include "mm/frame.h"

namespace faultline {

SleepLock UnixSocket::passing{LockRank::Pipe};

namespace {

IntrusiveList<UnixSocket> all_sockets GUARDED_BY(UnixSocket::passing);
u32 count GUARDED_BY(UnixSocket::passing) = 0;
u32 next_look GUARDED_BY(UnixSocket::passing) = 256;  // sockets at which it is worth it again

}  // namespace

class SocketGarbage {
public:
    // Files of queues that nobody can read, to be let go when the lock is free.
    Ref<PassedFiles> collect() REQUIRES(UnixSocket::passing);

private:
    void count_in_flight() REQUIRES(UnixSocket::passing);
    void mark(UnixSocket& socket)
    {
        if (socket.is_marked_) return;
        socket.is_marked_ = true;
        socket.next_marked_ = pending_;
        pending_ = &socket;
    }
    void mark_reachable() REQUIRES(UnixSocket::passing);

    UnixSocket* pending_ = nullptr;
};

void SocketGarbage::count_in_flight()
{
    for (UnixSocket& socket : all_sockets) {
        socket.is_marked_ = false;
        socket.in_flight_ = 0;
    }
    for (UnixSocket& socket : all_sockets)
        socket.for_each_passed_file([](File& file) {
            if (UnixSocket* const passed = file.like().as_socket()) {
                passed->in_flight_++;
                passed->file_in_flight_ = &file;
            }
        });
}

void SocketGarbage::mark_reachable()
{
    for (UnixSocket& socket : all_sockets) {
        const bool held = socket.in_flight_ == 0 || socket.file_in_flight_->ref_count() > socket.in_flight_;
        if (held && !socket.is_offered_) mark(socket);
    }
    while (UnixSocket* const socket = pending_) {
        pending_ = socket->next_marked_;
        socket->for_each_passed_file([this](File& file) {
            if (UnixSocket* const passed = file.like().as_socket()) mark(*passed);
        });
        SpinGuard guard{socket->lock_};
        for (UnixSocket& offered : socket->offered_)
            mark(offered);
    }
}

Ref<PassedFiles> SocketGarbage::collect()
{
    count_in_flight();
    mark_reachable();
    Ref<PassedFiles> chain;
    for (UnixSocket& socket : all_sockets) {
        if (socket.is_marked_) continue;
        SpinGuard guard{socket.lock_};
        for (Packet* packet = socket.first_; packet; packet = packet->next) {
            if (!packet->files) continue;
            packet->files->next = move(chain);
            chain = move(packet->files);
        }
    }
    return chain;
}

void UnixSocket::enter_list()
{
    Ref<PassedFiles> garbage;  // goes after the lock
    SleepGuard guard{passing};
    if (count >= next_look) {
        garbage = SocketGarbage{}.collect();
        next_look = max(2 * count, 256u);
    }
    all_sockets.push_back(*this);
    count++;
}

void UnixSocket::leave_list()
{
    SleepGuard guard{passing};
    all_sockets.remove(*this);
    count--;
    next_look = max(min(next_look, 2 * count), 256u);
}

void UnixSocket::collect_garbage()
{
    Ref<PassedFiles> garbage;
    SleepGuard guard{passing};
    garbage = SocketGarbage{}.collect();
}

}  // namespace faultline
