// Pseudo-terminals: a terminal whose other end is a program.
//
//   master: write() --> backlog_ --> Tty (line discipline) --> slave: read()
//   master: read()  <-- shown_   <-- Tty (ONLCR, echo)     <-- slave: write()
//
// The slave is an ordinary Tty (136 + n/256 : n%256) whose port is the pair. The pair lives as long as its Tty is counted:
// by the master's open file, by the slave's, and by the session that it controls. Its number is free again only then.
//
// Lock: the slave's Tty::lock() guards everything here; the table of numbers has one of its own.
#pragma once

#include "core/wait_queue.h"
#include "dev/page_ring.h"
#include "dev/tty.h"
#include "lib/annotations.h"

namespace faultline {

class Pty {
public:
    static constexpr u32 kMost = 4096;
    static constexpr u32 kFirstMajor = 136;

    // A new pair with the lowest free number, its slave locked. The caller's count is the master's: give it back by
    // close_master(). NoSpace: there are kMost.
    static Result<Pty*> create();
    void close_master();

    static Ref<Tty> find_slave(u32 number);  // null where no master is open

    u32 number() const { return number_; }
    Tty& slave() { return slave_; }

    // The master's calls. They may sleep. read: Io once the last program at the slave has closed it and all is read.
    Result<u32> read(IoBuffer& to, IoMode mode);
    Result<u32> write(IoBuffer& from, IoMode mode);
    Result<u32> ioctl(u32 request, UserAddr argument, const TtyUse& use);

    struct Events {
        bool readable, writable, has_status, hung_up;
    };
    SpinLock& lock() RETURN_CAPABILITY(slave_.lock()) { return slave_.lock(); }
    Events poll_locked() REQUIRES(slave_.lock());
    WaitQueue& master_readable() { return master_readable_; }
    WaitQueue& master_writable() { return master_writable_; }

private:
    static constexpr u32 kShownPages =
        3;  // what Linux keeps: 4 KiB for the reader and 8 KiB on the way to him
    static constexpr u32 kBacklogPages = 2;

    Pty(u32 number, TtyLine::Ring& ring);
    ~Pty();
    template <class T, class... A> friend Result<T*> make(A&&...);
    template <class T> friend void destroy(T*);
    Result<void> allocate();
    TtyPort port();
    static void destroy_with(Tty& slave);

    Result<usize> wait_and_take(Span<u8> to, IoMode mode, bool may_wait);
    usize take_locked(Span<u8> to) REQUIRES(slave_.lock());
    Result<usize> wait_and_add(Span<const u8> from, IoMode mode);

    // As the slave's port, with its lock held.
    usize put(Span<const u8> bytes);
    usize room();
    void discard();
    void hold_output(bool hold);
    usize fetch(Span<u8> to);
    void input_flushed(bool of_port);
    void modes_changed(const Termios& before, Termios& after);
    Result<void> may_open();
    void opens_changed(u32 opens);
    void note_status(u8 status);

    Result<u32> ioctl_flag(u32 request, UserAddr argument);
    Result<u32> ioctl_queue(u32 request, UserAddr argument, const TtyUse& use);
    Result<u32> control_flow(u32 action);
    Result<u32> flush(u32 selector);
    Result<u32> send_signal(u32 signal);

    const u32 number_;
    TtyLine::Ring& ring_;
    Tty slave_;
    WaitQueue master_readable_;
    WaitQueue master_writable_;
    PageRing<kShownPages> shown_;
    PageRing<kBacklogPages> backlog_;
    bool locked_ = true;  // TIOCSPTLCK
    bool packets_ = false;
    bool master_open_ = true;
    bool master_held_ = false;  // tcflow at the master: what it writes waits
    bool left_ = false;         // the slave was open, and is so no more
    u8 status_ = 0;             // of TIOCPKT: what the next read says
};

}  // namespace faultline
