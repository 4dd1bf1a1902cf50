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
