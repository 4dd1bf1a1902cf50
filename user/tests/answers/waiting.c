// Waiting for descriptors, and what is waited on: poll, select, epoll, eventfd, timerfd, signalfd, sockets.
#include "answers.h"

#include <poll.h>

PART(poll_answers)
{
    int ends[2];
    check(pipe(ends) == 0);
    struct pollfd fds[3] = {{ends[0], POLLIN, 0}, {ends[1], POLLOUT, 0}, {99, POLLIN, 0}};
    const int zero[2] = {0, 0}, wrong[2] = {0, -1};
    unsigned long long set = 0;
    say(poll, fds, 3, 0);
    note("%x %x %x", fds[0].revents, fds[1].revents, fds[2].revents);
    say(poll, kNowhere, 1, 0);
    say(poll, fds, -1, 0);
    say(poll, 0, 0, 1);
    fds[0].fd = -5;
    say(poll, fds, 1, 0);
    note("%x", fds[0].revents);
    say(ppoll, fds, 2, zero, &set, 8);
    say(ppoll, fds, 2, zero, &set, 4);
    say(ppoll, fds, 2, wrong, 0, 8);
    say(ppoll, fds, 2, kNowhere, 0, 8);
    say(ppoll, fds, 2, zero, kNowhere, 8);
    close(ends[1]);
    fds[0].fd = ends[0];
    say(poll, fds, 1, 0);
    note("%x", fds[0].revents);
    const long long wide[2] = {0, 0};
    say(ppoll_time64, fds, 1, wide, 0, 8);
    struct pollfd file = {file_of("f", "x"), POLLIN | POLLOUT | POLLPRI, 0};
    say(poll, &file, 1, 0);
    note("%x", file.revents);
}

PART(select_answers)
{
    int ends[2];
    check(pipe(ends) == 0);
    int zero[2] = {0, 0}, wrong[2] = {-1, 0};
    unsigned reads[32] = {0}, writes[32] = {0};
    reads[0] = 1u << ends[0], writes[0] = 1u << ends[1];
    say(_newselect, 10, reads, writes, 0, zero);
    note("%x %x", reads[0] == 0, writes[0] == 1u << ends[1]);
    say(_newselect, -1, 0, 0, 0, zero);
    say(_newselect, 10, kNowhere, 0, 0, zero);
    say(_newselect, 10, 0, 0, 0, wrong);
    say(_newselect, 0, 0, 0, 0, kNowhere);
    reads[0] = 1u << 30;
    say(_newselect, 31, reads, 0, 0, zero);
    reads[0] = 0;
    say(pselect6, 5, reads, 0, 0, zero, 0);
    say(pselect6, 5, reads, 0, 0, kNowhere, 0);
    say(pselect6, 5, reads, 0, 0, zero, kNowhere);
    const long long wide[2] = {0, 0};
    say(pselect6_time64, 5, reads, 0, 0, wide, 0);
    const unsigned old[5] = {5, (unsigned)reads, 0, 0, (unsigned)zero};
    say(select, old);
    say(select, kNowhere);
}

PART(memory_descriptors)
{
    say_ok(memfd_create, "name", 0);
    const int fd = say_ok(memfd_create, "name", 3);
    say(memfd_create, kNowhere, 0);
    say(memfd_create, "name", 0x100);
    say(memfd_create, long_name(250), 0);
    say(fcntl64, fd, 1034, 0);
    say(fcntl64, fd, 1033, 2);
    say(ftruncate, fd, 4096);
    say(fcntl64, fd, 1034, 0);
    say(fcntl64, fd, 1033, 1);
    say(fcntl64, fd, 1033, 4);
}

PART(socket_errors)
{
    enum { Unix = 1, Internet = 2, Stream = 1, Datagram = 2, Raw = 3 };
    int pair[2] = {-1, -1}, value = 0, size = sizeof value;
    char buffer[16];
    struct {
        unsigned short family;
        char path[108];
    } name = {Unix, "socket"}, nobody = {Unix, "nobody"}, odd = {77, "x"};
    say(socket, 99, Stream, 0);
    say(socket, Unix, 77, 0);
    say(socket, Unix, Stream, 5);
    const int fd = say_ok(socket, Unix, Stream, 0);
    say(connect, fd, &nobody, 9);
    say(connect, fd, &odd, 9);
    say(connect, fd, &nobody, 1);
    say(connect, fd, kNowhere, 9);
    say(connect, 99, &nobody, 9);
    say(connect, 0, &nobody, 9);
    say(listen, 99, 1);
    say(accept4, fd, 0, 0, 0);
    say(bind, fd, &odd, 9);
    say(bind, fd, &name, 9);
    const int second = say_ok(socket, Unix, Stream, 0);
    say(bind, second, &name, 9);
    say(connect, second, &name, 9);
    say(listen, fd, 1);
    say(connect, second, &name, 9);
    say(connect, second, &name, 9);
    say_ok(accept4, fd, 0, 0, 0);
    say(accept4, fd, 0, 0, 0x1);
    say(getsockname, fd, &odd, &size);
    say(getpeername, fd, &odd, &size);
    say(socketpair, Unix, Stream, 0, pair);
    say(socketpair, Unix, Stream, 0, kNowhere);
    say(socketpair, Unix, Stream | 0x10, 0, pair);
    say(sendto, pair[0], "abc", 3, 0, 0, 0);
    say(recvfrom, pair[1], buffer, 16, 2, 0, 0);
    say(recvfrom, pair[1], buffer, 16, 0, 0, 0);
    say(recvfrom, pair[1], buffer, 16, 0x40, 0, 0);
    say(sendto, 0, "abc", 3, 0, 0, 0);
    say(sendto, 99, "abc", 3, 0, 0, 0);
    say(sendto, fd, "abc", 3, 0, 0, 0);
    say(shutdown, pair[0], 1);
    say(shutdown, pair[0], 9);
    say(read, pair[1], buffer, 16);
    say(sendto, pair[0], "abc", 3, 0x4000, 0, 0);
    say(getsockopt, pair[0], 1, 3, &value, &size);
    note("type %d", value);
    say(getsockopt, 0, 1, 3, &value, &size);
    say(getsockopt, pair[0], 1, 999, &value, &size);
    say(setsockopt, pair[0], 1, 999, &value, 4);
    say(sendmsg, pair[0], kNowhere, 0);
    say(recvmsg, pair[0], kNowhere, 0);
    say(lseek, pair[0], 0, 0);
    say(open, "socket", O_RDWR, 0);
    const long words[3] = {Unix, Stream, 0};
    say_ok(socketcall, 1, words);
    say(socketcall, 99, words);
    say(socketcall, 1, kNowhere);
}

PART(epoll_answers)
{
    struct {
        unsigned events;
        unsigned long long data;
    } __attribute__((packed)) event = {POLLIN, 42}, got[4];
    int ends[2];
    check(pipe(ends) == 0);
    say(epoll_create, 0);
    say(epoll_create, -1);
    say(epoll_create1, 1);
    const int fd = say_ok(epoll_create1, O_CLOEXEC);
    say_ok(epoll_create, 1);
    say(epoll_ctl, fd, 1, ends[0], &event);
    say(epoll_ctl, fd, 1, ends[0], &event);
    say(epoll_ctl, fd, 1, fd, &event);
    say(epoll_ctl, fd, 1, 99, &event);
    say(epoll_ctl, 99, 1, ends[0], &event);
    say(epoll_ctl, ends[0], 1, ends[1], &event);
    say(epoll_ctl, fd, 3, ends[1], &event);
    say(epoll_ctl, fd, 2, ends[1], 0);
    say(epoll_ctl, fd, 9, ends[1], &event);
    say(epoll_ctl, fd, 1, ends[1], kNowhere);
    say(epoll_ctl, fd, 1, file_of("f", "x"), &event);
    say(epoll_wait, fd, got, 4, 0);
    write(ends[1], "x", 1);
    say(epoll_wait, fd, got, 4, 0);
    note("%x %llu", got[0].events, got[0].data);
    say(epoll_wait, fd, got, 0, 0);
    say(epoll_wait, fd, got, -1, 0);
    say(epoll_wait, 99, got, 4, 0);
    say(epoll_wait, ends[0], got, 4, 0);
    say(epoll_wait, fd, kNowhere, 4, 0);
    say(epoll_pwait, fd, got, 4, 0, 0, 8);
    say(epoll_pwait, fd, got, 4, 0, kNowhere, 8);
    say(epoll_ctl, fd, 2, ends[0], 0);
    say(epoll_wait, fd, got, 4, 0);
}

PART(event_descriptors)
{
    unsigned long long value = 3;
    say(eventfd2, 0, 0x10);
    const int fd = say_ok(eventfd2, 5, O_NONBLOCK);
    say(read, fd, &value, 8);
    note("%llu", value);
    say(read, fd, &value, 8);
    say(read, fd, &value, 4);
    value = ~0ull;
    say(write, fd, &value, 8);
    value = ~0ull - 1;
    say(write, fd, &value, 8);
    value = 1;
    say(write, fd, &value, 8);
    say(write, fd, &value, 4);
    say(write, fd, kNowhere, 8);
    say_ok(eventfd, 0);
    const int counts = say_ok(eventfd2, 2, 1);
    say(read, counts, &value, 8);
    note("%llu", value);
}

PART(timer_descriptors)
{
    const int once[4] = {0, 0, 100, 0}, wrong[4] = {0, 0, 0, 1000000000}, at_once[4] = {0, 0, 0, 1};
    int old[4];
    unsigned long long value;
    say(timerfd_create, 99, 0);
    say(timerfd_create, 1, 1);
    const int fd = say_ok(timerfd_create, 1, O_NONBLOCK);
    say(timerfd_settime, fd, 0, once, old);
    say(timerfd_settime, fd, 0, wrong, old);
    say(timerfd_settime, fd, 9, once, old);
    say(timerfd_settime, 0, 0, once, old);
    say(timerfd_settime, 99, 0, once, old);
    say(timerfd_settime, fd, 0, kNowhere, old);
    say(timerfd_gettime, fd, old);
    note("%d", old[2] >= 99);
    say(timerfd_gettime, 99, old);
    say(timerfd_gettime, fd, kNowhere);
    say(read, fd, &value, 8);
    say(read, fd, &value, 4);
    say(timerfd_settime, fd, 0, at_once, 0);
    struct pollfd one = {fd, POLLIN, 0};
    say(poll, &one, 1, 1000);
    say(read, fd, &value, 8);
    note("%llu", value);
}

// struct signalfd_siginfo: the words that say something of any signal.
static void note_record(const unsigned* word)
{
    note("signal %u code %d value %d status %d address %x", word[0], (int)word[2], (int)word[11],
         (int)word[10], word[18]);
}

PART(signal_descriptors)
{
    unsigned long long set =
        1ull << (SIGUSR1 - 1) | 1ull << (SIGSEGV - 1) | 1ull << (SIGCHLD - 1) | 1ull << 39;
    unsigned record[64] = {0};
    int info[32] = {SIGUSR1, 0, SI_QUEUE, 1, 2, 55};
    say(signalfd4, -1, &set, 4, 0);
    say(signalfd4, -1, kNowhere, 8, 0);
    say(signalfd4, -1, &set, 8, 1);
    say(signalfd4, 99, &set, 8, 0);
    say(signalfd4, 0, &set, 8, 0);
    say_ok(signalfd, -1, &set, 8);
    const int fd = say_ok(signalfd4, -1, &set, 8, O_NONBLOCK | O_CLOEXEC);
    say(rt_sigprocmask, 0, &set, 0, 8);
    say(read, fd, record, 128);
    say(read, fd, record, 127);
    say(write, fd, record, 128);
    say(kill, getpid(), SIGUSR1);
    struct pollfd one = {fd, POLLIN | POLLOUT, 0};
    say(poll, &one, 1, 0);
    note("%x", one.revents);
    say(read, fd, record, 256);
    note_record(record);
    say(rt_sigqueueinfo, getpid(), 40, info);
    info[5] = 56;
    say(rt_sigqueueinfo, getpid(), 40, info);
    say(rt_sigqueueinfo, getpid(), SIGUSR1, info);
    say(tkill, getpid(), SIGSEGV);
    say(read, fd, record, 255);
    note_record(record);
    say(read, fd, record, 256);
    note_record(record);
    note_record(record + 32);
    say(read, fd, kNowhere, 128);
    say(read, fd, record, 128);
    set = 1;
    if (fork() == 0) _exit(7);
    say(poll, &one, 1, 10000);
    say(read, fd, record, 128);
    note_record(record);
    say_ok(signalfd4, fd, &set, 8, 0);
}
