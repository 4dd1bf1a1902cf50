// What sockets of AF_UNIX promise.
#include "parts.h"

#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static int make_socket(int type)
{
    const int fd = socket(AF_UNIX, type, 0);
    check(fd >= 0);
    return fd;
}

static void make_pair(int type, int fds[2])
{
    check(socketpair(AF_UNIX, type, 0, fds) == 0);
}

static struct sockaddr_un named;

// "@name" stands for an abstract name. Returns the address's length.
static socklen_t name_it(const char* name)
{
    memset(&named, 0, sizeof named);
    named.sun_family = AF_UNIX;
    strcpy(named.sun_path, name);
    if (name[0] == '@') named.sun_path[0] = 0;
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name) + (name[0] == '@' ? 0 : 1));
}

static int bind_to(int fd, const char* name)
{
    const socklen_t length = name_it(name);
    return bind(fd, (struct sockaddr*)&named, length);
}

static int connect_to(int fd, const char* name)
{
    const socklen_t length = name_it(name);
    return connect(fd, (struct sockaddr*)&named, length);
}

static int listener_at(const char* name, int type, int backlog)
{
    const int fd = make_socket(type);
    if (name[0] != '@') unlink(name);
    check(bind_to(fd, name) == 0 && listen(fd, backlog) == 0);
    return fd;
}

static int events_of(int fd)
{
    struct pollfd one = {fd, POLLIN | POLLOUT | 0x2000, 0};
    check(poll(&one, 1, 0) >= 0);
    return one.revents;
}

PART(stream_pairs)
{
    int fds[2];
    char text[32];
    make_pair(SOCK_STREAM, fds);
    check(events_of(fds[0]) == POLLOUT);
    check(write(fds[0], "hello", 5) == 5 && send(fds[0], " you", 4, 0) == 4);
    int bytes;
    check(ioctl(fds[1], FIONREAD, &bytes) == 0 && bytes == 9);
    check(recv(fds[1], text, 3, MSG_PEEK) == 3 && memcmp(text, "hel", 3) == 0);
    check(read(fds[1], text, sizeof text) == 9 && memcmp(text, "hello you", 9) == 0);
    check_errno(recv(fds[1], text, 1, MSG_DONTWAIT), EAGAIN);
    const pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < 4; i++) {
            nap_ms(5);
            check(write(fds[0], "part", 4) == 4);
        }
        _exit(0);
    }
    check(recv(fds[1], text, 16, MSG_WAITALL) == 16 && memcmp(text, "partpartpartpart", 16) == 0);
    check_child(pid);
    check(shutdown(fds[0], SHUT_WR) == 0);
    check(events_of(fds[1]) == (POLLIN | POLLOUT | 0x2000));
    check(read(fds[1], text, 4) == 0 && write(fds[1], "back", 4) == 4 && read(fds[0], text, 4) == 4);
    signal(SIGPIPE, SIG_IGN);
    check_errno(write(fds[0], "x", 1), EPIPE);
    close(fds[0]);
    check(events_of(fds[1]) == (POLLIN | POLLOUT | POLLHUP | 0x2000));
    check_errno(write(fds[1], "x", 1), EPIPE);
    check_errno(send(fds[1], "x", 1, MSG_NOSIGNAL), EPIPE);
    signal(SIGPIPE, SIG_DFL);
    const pid_t killed = fork();
    if (killed == 0) {
        send(fds[1], "x", 1, MSG_NOSIGNAL);
        write(fds[1], "x", 1);
        _exit(0);
    }
    check(WTERMSIG(status_of(killed)) == SIGPIPE);
    close(fds[1]);
    make_pair(SOCK_STREAM, fds);
    check(write(fds[0], "unread", 6) == 6 && write(fds[1], "unread", 6) == 6);
    close(fds[0]);
    check(read(fds[1], text, 32) == 6);
    check_errno(read(fds[1], text, 32), ECONNRESET);  // the other side left without reading
    check(read(fds[1], text, 32) == 0);
}

PART(bounded)
{
    int fds[2];
    static char bytes[4096];
    make_pair(SOCK_STREAM | SOCK_NONBLOCK, fds);
    long total = 0;
    for (ssize_t done; (done = write(fds[0], bytes, sizeof bytes)) > 0;)
        total += done;
    check(errno == EAGAIN && total > 16 * 1024 && total < 1024 * 1024 && (events_of(fds[0]) & POLLOUT) == 0);
    long got = 0;
    for (ssize_t done; (done = read(fds[1], bytes, sizeof bytes)) > 0;)
        got += done;
    check(got == total && (events_of(fds[0]) & POLLOUT) != 0);
    make_pair(SOCK_DGRAM | SOCK_NONBLOCK, fds);
    int count = 0;
    while (write(fds[0], "datagram", 8) == 8)
        count++;
    check(errno == EAGAIN && count > 3 && count < 600 && (events_of(fds[0]) & POLLOUT) == 0);
    for (int i = 0; i < count; i++)
        check(read(fds[1], bytes, 8) == 8);
    check((events_of(fds[0]) & POLLOUT) != 0);
    static char huge[1 << 20];
    check_errno(write(fds[0], huge, sizeof huge), EMSGSIZE);
}

PART(messages)
{
    int fds[2];
    char text[32];
    for (int type = SOCK_DGRAM; type <= SOCK_SEQPACKET; type += SOCK_SEQPACKET - SOCK_DGRAM) {
        make_pair(type, fds);
        check(write(fds[0], "one", 3) == 3 && write(fds[0], "", 0) == 0 && write(fds[0], "three", 5) == 5);
        check(recv(fds[1], text, 2, MSG_TRUNC) == 3);
        check(read(fds[1], text, 32) == 0);
        struct iovec vectors[2] = {{text, 2}, {text + 10, 2}};
        struct msghdr message = {.msg_iov = vectors, .msg_iovlen = 2};
        check(recvmsg(fds[1], &message, 0) == 4 && (message.msg_flags & MSG_TRUNC) != 0);
        check(memcmp(text, "th", 2) == 0 && memcmp(text + 10, "re", 2) == 0);
        static char big[20000], back[20000];
        for (int i = 0; i < 20000; i++)
            big[i] = (char)(i * 7);
        check(write(fds[0], big, sizeof big) == sizeof big && read(fds[1], back, sizeof back) == sizeof back);
        check(memcmp(big, back, sizeof big) == 0);
        close(fds[0]);
        if (type == SOCK_SEQPACKET) check(read(fds[1], text, 32) == 0);
        close(fds[1]);
    }
}

static void talk(const char* name, int type)
{
    char text[64];
    const int listener = listener_at(name, type, 5);
    const pid_t pid = fork();
    if (pid == 0) {
        const int fd = make_socket(type);
        check(connect_to(fd, name) == 0);
        check_errno(connect_to(fd, name), EISCONN);
        check(write(fd, "ask", 3) == 3 && read(fd, text, 64) == 6 && memcmp(text, "answer", 6) == 0);
        struct sockaddr_un peer;
        socklen_t length = sizeof peer;
        check(getpeername(fd, (struct sockaddr*)&peer, &length) == 0 && length == name_it(name));
        check(memcmp(&peer, &named, length) == 0);
        struct ucred who;
        length = sizeof who;
        check(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length) == 0 && who.pid == getppid());
        _exit(0);
    }
    struct sockaddr_un peer;
    socklen_t length = sizeof peer;
    const int fd = accept4(listener, (struct sockaddr*)&peer, &length, SOCK_CLOEXEC);
    check(fd >= 0 && length == 2 && peer.sun_family == AF_UNIX && fcntl(fd, F_GETFD) == FD_CLOEXEC);
    struct ucred who;
    length = sizeof who;
    check(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length) == 0 && who.pid == pid &&
          who.uid == getuid());
    check(read(fd, text, 64) == 3 && write(fd, "answer", 6) == 6);
    check_child(pid);
    close(fd);
    close(listener);
}

PART(connections)
{
    talk("/tmp/socket-test", SOCK_STREAM);
    talk("@abstract", SOCK_STREAM);
    talk("/tmp/socket-test", SOCK_SEQPACKET);
    const int fd = make_socket(SOCK_STREAM);
    check_errno(connect_to(fd, "/tmp/socket-test"), ECONNREFUSED);  // nobody listens any more
    check_errno(bind_to(fd, "/tmp/socket-test"), EADDRINUSE);
    struct stat info;
    check(stat("/tmp/socket-test", &info) == 0 && S_ISSOCK(info.st_mode));
    check_errno(open("/tmp/socket-test", O_RDWR), ENXIO);
    check(unlink("/tmp/socket-test") == 0);
    check_errno(connect_to(fd, "/tmp/socket-test"), ENOENT);
    check_errno(connect_to(fd, "/etc/passwd"), ECONNREFUSED);
    check_errno(connect_to(fd, "@abstract"), ECONNREFUSED);
    const int listener = listener_at("/tmp/socket-test", SOCK_STREAM, 1);
    const int datagram = make_socket(SOCK_DGRAM);
    check_errno(connect_to(datagram, "/tmp/socket-test"), EPROTOTYPE);
    check_errno(listen(datagram, 1), EOPNOTSUPP);
    check_errno(accept(datagram, NULL, NULL), EOPNOTSUPP);
    check_errno(listen(make_socket(SOCK_STREAM), 1), EINVAL);
    check_errno(bind_to(listener, "/tmp/other"), EINVAL);
    check_errno(accept(fd, NULL, NULL), EINVAL);
    check_errno(accept4(listener, NULL, NULL, 1), EINVAL);
    check(unlink("/tmp/socket-test") == 0);
    if (getuid() == 0) {
        check(mkdir("/tmp/socket-dir", 0700) == 0 || errno == EEXIST);
        const int closed = listener_at("/tmp/socket-dir/s", SOCK_STREAM, 1);
        const pid_t pid = fork();
        if (pid == 0) {
            check(setuid(1000) == 0);
            check_errno(connect_to(fd, "/tmp/socket-dir/s"), EACCES);
            _exit(0);
        }
        check_child(pid);
        check(unlink("/tmp/socket-dir/s") == 0 && rmdir("/tmp/socket-dir") == 0);
        close(closed);
    }
}

PART(backlog)
{
    const int listener = listener_at("@backlog", SOCK_STREAM, 1);
    check(fcntl(listener, F_SETFL, O_NONBLOCK) == 0);
    check_errno(accept(listener, NULL, NULL), EAGAIN);
    int clients[3];
    for (int i = 0; i < 2; i++) {
        clients[i] = make_socket(SOCK_STREAM | SOCK_NONBLOCK);
        check(connect_to(clients[i], "@backlog") == 0 && write(clients[i], "early", 5) == 5);
    }
    clients[2] = make_socket(SOCK_STREAM | SOCK_NONBLOCK);
    check_errno(connect_to(clients[2], "@backlog"), EAGAIN);
    check(events_of(listener) & POLLIN);
    const pid_t pid = fork();
    if (pid == 0) {
        check(fcntl(clients[2], F_SETFL, 0) == 0);
        check(connect_to(clients[2], "@backlog") == 0);  // waits for a place
        _exit(0);
    }
    nap_ms(20);
    char text[8];
    const int fd = accept(listener, NULL, NULL);
    check(fd >= 0 && read(fd, text, 8) == 5);
    check_child(pid);
    close(listener);
    check_errno(read(clients[1], text, 8), ECONNRESET);  // never accepted
    check_errno(connect_to(make_socket(SOCK_STREAM), "@backlog"), ECONNREFUSED);
}

PART(datagrams)
{
    char text[16];
    struct sockaddr_un from;
    socklen_t length = sizeof from;
    const int receiver = make_socket(SOCK_DGRAM), sender = make_socket(SOCK_DGRAM);
    check(bind_to(receiver, "@receiver") == 0 && bind_to(sender, "@sender") == 0);
    const socklen_t to = name_it("@receiver");
    check(sendto(sender, "letter", 6, 0, (struct sockaddr*)&named, to) == 6);
    check(recvfrom(receiver, text, 16, 0, (struct sockaddr*)&from, &length) == 6);
    check(length == name_it("@sender") && memcmp(&from, &named, length) == 0);
    check_errno(send(sender, "x", 1, 0), ENOTCONN);
    check(connect_to(sender, "@receiver") == 0 && send(sender, "two", 3, 0) == 3 &&
          read(receiver, text, 16) == 3);
    check(connect_to(receiver, "@sender") == 0);
    const int stranger = make_socket(SOCK_DGRAM);
    check_errno(connect_to(stranger, "@receiver"), EPERM);  // it listens to its peer only
    check_errno(connect_to(stranger, "@nobody"), ECONNREFUSED);
    close(receiver);
    check_errno(send(sender, "x", 1, 0), ECONNREFUSED);
    named.sun_family = AF_UNIX;
    check(bind(stranger, (struct sockaddr*)&named, 2) == 0);  // any free name
    length = sizeof from;
    check(getsockname(stranger, (struct sockaddr*)&from, &length) == 0 && length == 8 &&
          from.sun_path[0] == 0);
}

static ssize_t send_files(int fd, const int* files, int count)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(300 * sizeof(int))];
    } control;
    struct iovec vector = {"F", 1};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control};
    message.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
    control.header = (struct cmsghdr){CMSG_LEN((size_t)count * sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.header), files, (size_t)count * sizeof(int));
    return sendmsg(fd, &message, 0);
}

// How many files came; the flags of the message.
static int receive_files(int fd, int* files, int room, int flags, int* flags_out)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(300 * sizeof(int))];
    } control;
    char byte;
    struct iovec vector = {&byte, 1};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control};
    message.msg_controllen = CMSG_SPACE((size_t)room * sizeof(int));
    check(recvmsg(fd, &message, flags) == 1 && byte == 'F');
    *flags_out = message.msg_flags;
    if (message.msg_controllen < sizeof(struct cmsghdr)) return 0;
    check(control.header.cmsg_level == SOL_SOCKET && control.header.cmsg_type == SCM_RIGHTS);
    const int count = (int)((control.header.cmsg_len - CMSG_LEN(0)) / sizeof(int));
    memcpy(files, CMSG_DATA(&control.header), (size_t)count * sizeof(int));
    return count;
}

PART(passing_files)
{
    int fds[2], ends[2], got[8], flags;
    char text[8];
    make_pair(SOCK_STREAM, fds);
    check(pipe(ends) == 0);
    check(send_files(fds[0], ends, 2) == 1 && close(ends[0]) == 0 && close(ends[1]) == 0);
    check(receive_files(fds[1], got, 2, MSG_CMSG_CLOEXEC, &flags) == 2 &&
          fcntl(got[0], F_GETFD) == FD_CLOEXEC);
    check(write(got[1], "through", 7) == 7 && read(got[0], text, 8) == 7);
    check(send_files(fds[0], got, 2) == 1 && receive_files(fds[1], got + 2, 1, 0, &flags) == 1);
    check((flags & MSG_CTRUNC) != 0);
    check(send_files(fds[0], got, 2) == 1 && read(fds[1], text, 1) == 1);  // nobody took them
    close(got[1]);
    close(got[2]);
    check(read(got[0], text, 8) == 0);  // so no writer is left
    check_errno(send_files(fds[0], &(int){99}, 1), EBADF);
    int many[254];
    for (int i = 0; i < 254; i++)
        many[i] = fds[0];
    check_errno(send_files(fds[0], many, 254), EINVAL);
    check(send_files(fds[0], many, 253) == 1 && read(fds[1], text, 1) == 1);
    // A file of a socket that dies unread is closed with it.
    check(pipe(ends) == 0 && send_files(fds[0], ends + 1, 1) == 1);
    close(ends[1]);
    close(fds[0]);
    close(fds[1]);
    check(read(ends[0], text, 8) == 0);
}

PART(credentials)
{
    int fds[2], on = 1;
    make_pair(SOCK_DGRAM, fds);
    check(setsockopt(fds[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        check(write(fds[0], "C", 1) == 1);
        _exit(0);
    }
    check_child(pid);
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(struct ucred))];
    } control;
    char byte;
    struct iovec vector = {&byte, 1};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control};
    message.msg_controllen = sizeof control;
    check(recvmsg(fds[1], &message, 0) == 1 && control.header.cmsg_type == SCM_CREDENTIALS);
    struct ucred who;
    memcpy(&who, CMSG_DATA(&control.header), sizeof who);
    check(who.pid == pid && who.uid == getuid() && who.gid == getgid());
    const pid_t liar = fork();
    if (liar == 0) {
        check(setuid(1000) == 0);
        control.header = (struct cmsghdr){CMSG_LEN(sizeof who), SOL_SOCKET, SCM_CREDENTIALS};
        who = (struct ucred){getpid(), 0, 0};
        memcpy(CMSG_DATA(&control.header), &who, sizeof who);
        message.msg_controllen = CMSG_LEN(sizeof who);
        check_errno(sendmsg(fds[0], &message, 0), EPERM);
        _exit(0);
    }
    check_child(liar);
}

static int option_of(int fd, int option)
{
    int value = -1;
    socklen_t length = sizeof value;
    check(getsockopt(fd, SOL_SOCKET, option, &value, &length) == 0 && length == sizeof value);
    return value;
}

PART(options)
{
    int fds[2];
    char byte;
    make_pair(SOCK_SEQPACKET, fds);
    check(option_of(fds[0], SO_TYPE) == SOCK_SEQPACKET && option_of(fds[0], SO_DOMAIN) == AF_UNIX);
    check(option_of(fds[0], SO_ERROR) == 0 && option_of(fds[0], SO_ACCEPTCONN) == 0 &&
          option_of(fds[0], SO_PROTOCOL) == 0);
    const int size = 8192;
    check(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size) == 0 &&
          option_of(fds[0], SO_SNDBUF) == 16384);
    check(setsockopt(fds[0], SOL_SOCKET, SO_RCVBUF, &size, sizeof size) == 0 &&
          option_of(fds[0], SO_RCVBUF) == 16384);
    struct timeval time = {0, 20000};
    check(setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) == 0);
    const long long before = now_ns();
    check_errno(read(fds[0], &byte, 1), EAGAIN);
    check(now_ns() - before >= 20000000);
    time.tv_usec = 1000000;
    check_errno(setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time), EDOM);
    check_errno(setsockopt(fds[0], SOL_SOCKET, 9999, &size, sizeof size), ENOPROTOOPT);
    check_errno(getsockopt(fds[0], SOL_SOCKET, 9999, &time, &(socklen_t){4}), ENOPROTOOPT);
    check_errno(getsockopt(fds[0], 6, 1, &time, &(socklen_t){4}), EOPNOTSUPP);
    check_errno(shutdown(fds[0], 3), EINVAL);
    check_errno(socket(AF_UNIX, 77, 0), EINVAL);
    check_errno(socket(AF_UNIX, SOCK_STREAM, 5), EPROTONOSUPPORT);
    check_errno(socket(12345, SOCK_STREAM, 0), EAFNOSUPPORT);
    check_errno(send(0, "x", 1, 0), ENOTSOCK);
    check_errno(send(77, "x", 1, 0), EBADF);
    check_errno(lseek(fds[0], 0, SEEK_SET), ESPIPE);
    struct stat info;
    check(fstat(fds[0], &info) == 0 && S_ISSOCK(info.st_mode));
    char path[32], link[32] = "";
    snprintf(path, sizeof path, "/proc/self/fd/%d", fds[0]);
    check(readlink(path, link, sizeof link) > 0 && strncmp(link, "socket:[", 8) == 0);
}

// One call for all, as old programs have it; and many messages in one.
PART(old_and_many)
{
    int fds[2];
    char text[4][4];
    unsigned long arguments[6] = {AF_UNIX, SOCK_DGRAM, 0, (unsigned long)fds};
    check(syscall(SYS_socketcall, 8, arguments) == 0);
    struct iovec vectors[4];
    struct mmsghdr messages[4];
    memset(messages, 0, sizeof messages);
    for (int i = 0; i < 4; i++) {
        vectors[i] = (struct iovec){"abcd" + i, (size_t)(4 - i)};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
    }
    check(syscall(SYS_sendmmsg, fds[0], messages, 4, 0) == 4 && messages[3].msg_len == 1);
    unsigned long receive[4] = {(unsigned long)fds[1], (unsigned long)text[0], 4, 0};
    check(syscall(SYS_socketcall, 10, receive) == 4 && memcmp(text[0], "abcd", 4) == 0);
    for (int i = 0; i < 4; i++)
        vectors[i] = (struct iovec){text[i], 4};
    check(syscall(SYS_recvmmsg, fds[1], messages, 4, MSG_WAITFORONE, NULL) == 3);
    check(messages[0].msg_len == 3 && messages[2].msg_len == 1 && text[2][0] == 'd');
    check_errno(syscall(SYS_socketcall, 0, receive), EINVAL);
    check_errno(syscall(SYS_socketcall, 21, receive), EINVAL);
}

// Sockets that only each other's queues hold are freed: many rounds do not use up the files that may be on their way.
PART(cycles)
{
    for (int round = 0; round < 12000; round++) {
        int fds[2];
        make_pair(SOCK_STREAM, fds);
        check(send_files(fds[0], fds, 2) == 1 && send_files(fds[1], fds, 2) == 1);
        close(fds[0]);
        close(fds[1]);
    }
}

// Each request of each client is answered once, whoever accepts it.
PART(many_processes)
{
    enum { kServers = 3, kClients = 6, kRounds = 60 };
    const int listener = listener_at("@storm", SOCK_STREAM, 3);
    pid_t servers[kServers], clients[kClients];
    for (int i = 0; i < kServers; i++) {
        if ((servers[i] = fork()) != 0) continue;
        for (;;) {
            unsigned word;
            const int fd = accept(listener, NULL, NULL);
            check(fd >= 0);
            while (recv(fd, &word, sizeof word, MSG_WAITALL) == sizeof word) {
                word = ~word;
                check(write(fd, &word, sizeof word) == sizeof word);
            }
            close(fd);
        }
    }
    for (int i = 0; i < kClients; i++) {
        if ((clients[i] = fork()) != 0) continue;
        for (unsigned round = 0; round < kRounds; round++) {
            const int fd = make_socket(SOCK_STREAM);
            check(connect_to(fd, "@storm") == 0);
            for (unsigned k = 0; k < 20; k++) {
                unsigned word = round * 100 + k;
                check(write(fd, &word, sizeof word) == sizeof word);
                check(recv(fd, &word, sizeof word, MSG_WAITALL) == sizeof word && word == ~(round * 100 + k));
            }
            close(fd);
        }
        _exit(0);
    }
    for (int i = 0; i < kClients; i++)
        check_child(clients[i]);
    for (int i = 0; i < kServers; i++) {
        kill(servers[i], SIGKILL);
        status_of(servers[i]);
    }
}

int main(int argc, char** argv)
{
    return run_parts(argc, argv);
}
