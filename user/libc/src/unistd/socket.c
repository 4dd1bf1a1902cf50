// Sockets, each by its own system call.
#include "../result.h"

#include <sys/socket.h>
#include <sys/syscall.h>

int socket(int family, int type, int protocol)
{
    return (int)syscall(SYS_socket, family, type, protocol);
}

int socketpair(int family, int type, int protocol, int fds[2])
{
    return (int)syscall(SYS_socketpair, family, type, protocol, fds);
}

int bind(int fd, const struct sockaddr* address, socklen_t length)
{
    return (int)syscall(SYS_bind, fd, address, length);
}

int connect(int fd, const struct sockaddr* address, socklen_t length)
{
    return (int)syscall(SYS_connect, fd, address, length);
}

int listen(int fd, int backlog)
{
    return (int)syscall(SYS_listen, fd, backlog);
}

int accept4(int fd, struct sockaddr* address, socklen_t* length, int flags)
{
    return (int)syscall(SYS_accept4, fd, address, length, flags);
}

int accept(int fd, struct sockaddr* address, socklen_t* length)
{
    return accept4(fd, address, length, 0);
}

int getsockname(int fd, struct sockaddr* address, socklen_t* length)
{
    return (int)syscall(SYS_getsockname, fd, address, length);
}

int getpeername(int fd, struct sockaddr* address, socklen_t* length)
{
    return (int)syscall(SYS_getpeername, fd, address, length);
}

int getsockopt(int fd, int level, int option, void* value, socklen_t* length)
{
    return (int)syscall(SYS_getsockopt, fd, level, option, value, length);
}

int setsockopt(int fd, int level, int option, const void* value, socklen_t length)
{
    return (int)syscall(SYS_setsockopt, fd, level, option, value, length);
}

int shutdown(int fd, int how)
{
    return (int)syscall(SYS_shutdown_socket, fd, how);
}

ssize_t sendto(int fd, const void* bytes, size_t size, int flags, const struct sockaddr* address,
               socklen_t length)
{
    return syscall(SYS_sendto, fd, bytes, size, flags, address, length);
}

ssize_t send(int fd, const void* bytes, size_t size, int flags)
{
    return sendto(fd, bytes, size, flags, 0, 0);
}

ssize_t recvfrom(int fd, void* bytes, size_t size, int flags, struct sockaddr* address, socklen_t* length)
{
    return syscall(SYS_recvfrom, fd, bytes, size, flags, address, length);
}

ssize_t recv(int fd, void* bytes, size_t size, int flags)
{
    return recvfrom(fd, bytes, size, flags, 0, 0);
}

ssize_t sendmsg(int fd, const struct msghdr* message, int flags)
{
    return syscall(SYS_sendmsg, fd, message, flags);
}

ssize_t recvmsg(int fd, struct msghdr* message, int flags)
{
    return syscall(SYS_recvmsg, fd, message, flags);
}
