// Sockets: making, naming, connecting, what they carry (bytes, files, who sends), and cycles of files in flight.
#include "failtest.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

static const char name[] = "/tmp/failtest.socket";
static struct sockaddr_un named, abstract;
static int pair[2], made, listener;
static char buffer[12 * kPage];

enum { kAddressSize = sizeof named };

static void name_them(void)
{
    named.sun_family = abstract.sun_family = AF_UNIX;
    strcpy(named.sun_path, name);
    strcpy(abstract.sun_path + 1, "failtest");
    unlink(name);
}

static void close_made(void)
{
    check(close(made) == 0);
}
static int made_is(int fd)
{
    made = fd;
    return fd < 0 ? -1 : 0;
}

// ---- Making ----

static int try_socket(void)
{
    return made_is(socket(AF_UNIX, SOCK_STREAM, 0));
}
FAILS(socket, try_socket, close_made, 0);

static int try_pair(void)
{
    return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}
static void close_pair(void)
{
    check(close(pair[0]) == 0 && close(pair[1]) == 0);
}
FAILS(socketpair, try_pair, close_pair, 0);

static int try_bind(void)
{
    if (try_socket() != 0) return -1;
    if (bind(made, (struct sockaddr*)&named, kAddressSize) == 0) return 0;
    const int error = errno;
    check_errno(access(name, F_OK), ENOENT);
    errno = error;
    return give_up(made);
}
static void close_bound(void)
{
    close_made();
    check(unlink(name) == 0);
}
static int try_bind_abstract(void)
{
    if (try_socket() != 0) return -1;
    return bind(made, (struct sockaddr*)&abstract, kAddressSize) == 0 ? 0 : give_up(made);
}
static int try_autobind(void)
{
    if (try_socket() != 0) return -1;
    return bind(made, (struct sockaddr*)&abstract, sizeof(sa_family_t)) == 0 ? 0 : give_up(made);
}
PART(bind_fails)
{
    name_them();
    fail_call("bind", (struct call){try_bind, close_bound, 0});
    fail_call("bind_abstract", (struct call){try_bind_abstract, close_made, 0});
    fail_call("autobind", (struct call){try_autobind, close_made, 0});
}

// ---- Connecting ----

static int try_connect(void)
{
    if (try_socket() != 0) return -1;
    return connect(made, (struct sockaddr*)&abstract, kAddressSize) == 0 ? 0 : give_up(made);
}
static void accept_and_close(void)
{
    const int accepted = accept(listener, NULL, NULL);
    check(accepted >= 0 && close(accepted) == 0);
    close_made();
}

// Whoever waits to be accepted goes on waiting when accept fails.
static int accepted;

static int try_accept(void)
{
    accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    return accepted < 0 ? -1 : 0;
}
static void connect_again(void)
{
    check(write(accepted, "x", 1) == 1 && read(made, buffer, 1) == 1 && close(accepted) == 0);
    close_made();
    check(try_connect() == 0);
}

PART(connect_fails)
{
    name_them();
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    check(bind(listener, (struct sockaddr*)&abstract, kAddressSize) == 0 && listen(listener, 5) == 0);
    fail_call("connect", (struct call){try_connect, accept_and_close, 0});
    check(try_connect() == 0);
    fail_call("accept", (struct call){try_accept, connect_again, 0});
}

static int try_listen(void)
{
    if (try_bind_abstract() != 0) return -1;
    return listen(made, 100) == 0 ? 0 : give_up(made);
}
PART(listen_fails)
{
    name_them();
    fail_call("listen", (struct call){try_listen, close_made, 0});
}

// ---- Bytes ----

static void drain(void)
{
    while (recv(pair[1], buffer, sizeof buffer, MSG_DONTWAIT) > 0)
        ;
}
// What was sent before memory was out is sent: a part is a success.
static int try_send(void)
{
    return send(pair[0], buffer, sizeof buffer, MSG_DONTWAIT) < 0 ? -1 : 0;
}
// A message goes whole or not at all.
static int try_send_message(void)
{
    const ssize_t size = send(pair[0], buffer, 2 * kPage, MSG_DONTWAIT);
    check(size < 0 || size == 2 * kPage);
    return size < 0 ? -1 : 0;
}
static void take_message(void)
{
    check(recv(pair[1], buffer, sizeof buffer, MSG_DONTWAIT) == 2 * kPage);
    check_errno(recv(pair[1], buffer, 1, MSG_DONTWAIT), EAGAIN);
}
PART(send_fails)
{
    check(try_pair() == 0);
    fail_call("send", (struct call){try_send, drain, ENOBUFS});
    close_pair();
    check(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
    fail_call("send_datagram", (struct call){try_send_message, take_message, ENOBUFS});
    close_pair();
    check(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
    fail_call("send_packet", (struct call){try_send_message, take_message, ENOBUFS});
}

static int try_sendto(void)
{
    return sendto(pair[0], buffer, 10, 0, (struct sockaddr*)&abstract, kAddressSize) == 10 ? 0 : -1;
}
static void take_ten(void)
{
    check(recv(made, buffer, sizeof buffer, MSG_DONTWAIT) == 10);
}
PART(sendto_fails)
{
    name_them();
    made = socket(AF_UNIX, SOCK_DGRAM, 0);
    pair[0] = socket(AF_UNIX, SOCK_DGRAM, 0);
    check(bind(made, (struct sockaddr*)&abstract, kAddressSize) == 0);
    fail_call("sendto", (struct call){try_sendto, take_ten, ENOBUFS});
}

// ---- What messages carry ----

static union {
    struct cmsghdr header;
    char bytes[512];
} control;
static struct iovec byte = {buffer, 1};

static struct msghdr message_with(size_t control_size)
{
    return (struct msghdr){
        .msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = control_size};
}

static ssize_t send_files(int to, const int* files, int count)
{
    struct msghdr message = message_with(CMSG_SPACE((size_t)count * sizeof(int)));
    control.header = (struct cmsghdr){CMSG_LEN((size_t)count * sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.header), files, (size_t)count * sizeof(int));
    return sendmsg(to, &message, 0);
}

// Closes the files that came: their number.
static int receive_files(int from)
{
    struct msghdr message = message_with(sizeof control);
    if (recvmsg(from, &message, MSG_DONTWAIT) != 1) return -1;
    if (message.msg_controllen < sizeof(struct cmsghdr)) return 0;
    const int count = (int)((control.header.cmsg_len - CMSG_LEN(0)) / sizeof(int));
    for (int i = 0; i < count; i++)
        check(close(((int*)CMSG_DATA(&control.header))[i]) == 0);
    return count;
}

static const int kFiles[8] = {0, 1, 2, 0, 1, 2, 0, 1};

static int try_send_files(void)
{
    return send_files(pair[0], kFiles, 8) == 1 ? 0 : -1;
}
static void take_files(void)
{
    check(receive_files(pair[1]) == 8);
}

// Either all is as before, or the message is there: whole, or cut short where no room for its files was found.
static int try_receive_files(void)
{
    const int count = receive_files(pair[1]);
    check(count <= 8);
    return count < 0 ? -1 : 0;
}
static void send_again(void)
{
    check(try_send_files() == 0);
}

static int try_send_credentials(void)
{
    const struct ucred who = {getpid(), getuid(), getgid()};
    struct msghdr message = message_with(CMSG_SPACE(sizeof who));
    control.header = (struct cmsghdr){CMSG_LEN(sizeof who), SOL_SOCKET, SCM_CREDENTIALS};
    memcpy(CMSG_DATA(&control.header), &who, sizeof who);
    if (sendmsg(pair[0], &message, 0) != 1) return -1;
    message = message_with(sizeof control);
    return recvmsg(pair[1], &message, MSG_DONTWAIT) == 1 ? 0 : -1;
}

// The receiver's own failure must not lose the message, so the next attempt would find two.
static void forget_messages(void)
{
    while (receive_files(pair[1]) >= 0)
        ;
}
static int try_credentials_alone(void)
{
    const int result = try_send_credentials(), error = errno;
    if (result != 0) forget_messages();
    errno = error;
    return result;
}

static void fail_messages(const char* send, const char* receive)
{
    fail_call(send, (struct call){try_send_files, take_files, ENOBUFS});
    send_again();
    fail_call(receive, (struct call){try_receive_files, send_again, 0});
    take_files();
}
PART(messages_fail)
{
    const int on = 1;
    check(try_pair() == 0);
    fail_messages("send_files", "receive_files");
    check(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0);
    fail_call("credentials", (struct call){try_credentials_alone, NULL, ENOBUFS});
    close_pair();
    check(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
    fail_messages("send_files_datagram", "receive_files_datagram");
}

// Two that hold only each other, in flight and closed: who collects them, now and then, needs no memory for that.
static int try_cycle(void)
{
    if (try_pair() != 0) return -1;
    const int failed = send_files(pair[0], &pair[0], 1) != 1 || send_files(pair[1], &pair[1], 1) != 1;
    const int error = errno;
    close_pair();
    errno = error;
    return -failed;
}
static void cycle_until_collected(void)
{
    for (int i = 0; i < 50; i++)
        check(try_cycle() == 0);
}
FAILS(socket_cycle, try_cycle, cycle_until_collected, ENOBUFS);

// Files that came make the table of descriptors grow in a child whose table is small.
static void receive_and_tell(int n)
{
    check(try_pair() == 0);
    int files[40];
    for (int i = 0; i < 40; i++)
        files[i] = 0;
    check(send_files(pair[0], files, 40) == 1);
    struct msghdr message = message_with(sizeof control);
    fail_nth(n);
    const ssize_t size = recvmsg(pair[1], &message, 0);
    const int error = errno, left = fail_nth(0);
    if (size != 1) _exit(error == ENOMEM && left == 0 ? kReported : kWrong);
    _exit(left > 0 ? kCountLeft : 0);
}
PART(receive_many_fails)
{
    fail_in_child("receive_many", receive_and_tell);
}
