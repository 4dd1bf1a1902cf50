// What the tests of terminals share: a pseudo-terminal whose both ends this process holds. What one end writes reaches the
// other a moment later on Linux, so looking begins with waiting; that nothing came is believed after some milliseconds.
#pragma once

#include "parts.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

enum { kPatience = 60000, kQuietMs = 15 };

struct pair {
    int master, slave;
};

static inline int open_slave(int master, int flags)
{
    char name[32];
    check(grantpt(master) == 0 && unlockpt(master) == 0 && ptsname_r(master, name, sizeof name) == 0);
    return open(name, flags);
}

static inline struct pair open_pair(void)
{
    struct pair pair;
    pair.master = posix_openpt(O_RDWR | O_NOCTTY);
    check(pair.master >= 0);
    pair.slave = open_slave(pair.master, O_RDWR | O_NOCTTY);
    check(pair.slave >= 0);
    return pair;
}

static inline void close_pair(struct pair pair)
{
    close(pair.slave);
    close(pair.master);
}

static inline int is_ready(int fd, short events, int ms)
{
    struct pollfd entry = {fd, events, 0};
    return poll(&entry, 1, ms) == 1 ? entry.revents : 0;
}

enum field { kIn, kOut, kLocal };

static inline void change(struct pair pair, enum field field, tcflag_t off, tcflag_t on)
{
    struct termios modes;
    check(tcgetattr(pair.slave, &modes) == 0);
    tcflag_t* const flags = field == kIn ? &modes.c_iflag : field == kOut ? &modes.c_oflag : &modes.c_lflag;
    *flags = (*flags & ~off) | on;
    check(tcsetattr(pair.slave, TCSANOW, &modes) == 0);
}

static inline void set_character(struct pair pair, int index, cc_t value)
{
    struct termios modes;
    check(tcgetattr(pair.slave, &modes) == 0);
    modes.c_cc[index] = value;
    check(tcsetattr(pair.slave, TCSANOW, &modes) == 0);
}

static inline void make_raw(struct pair pair, cc_t least, cc_t tenths)
{
    struct termios modes;
    check(tcgetattr(pair.slave, &modes) == 0);
    cfmakeraw(&modes);
    modes.c_cc[VMIN] = least;
    modes.c_cc[VTIME] = tenths;
    check(tcsetattr(pair.slave, TCSANOW, &modes) == 0);
}

static inline void type_bytes(struct pair pair, const char* text, size_t size)
{
    check(write(pair.master, text, size) == (ssize_t)size);
}

static inline void type(struct pair pair, const char* text)
{
    type_bytes(pair, text, strlen(text));
}

static inline void print_bytes(const char* what, const char* text, size_t size)
{
    printf("%s %lu: ", what, (unsigned long)size);
    for (size_t i = size > 200 ? size - 200 : 0; i < size; i++)
        printf((unsigned char)text[i] >= ' ' && (unsigned char)text[i] < 127 ? "%c" : "\\x%02x",
               (unsigned char)text[i]);
    printf("\n");
    fflush(stdout);
}

static inline void must_equal(const char* got, size_t size, const char* wanted, size_t wanted_size, int line)
{
    if (size == wanted_size && memcmp(got, wanted, size) == 0) return;
    printf("failed in line %d:\n", line);
    print_bytes("got", got, size);
    print_bytes("wanted", wanted, wanted_size);
    _exit(1);
}

// The terminal shows exactly this.
static inline void shows_bytes(struct pair pair, const char* wanted, size_t wanted_size, int line)
{
    static char got[32768];
    size_t size = 0;
    while (size < wanted_size && is_ready(pair.master, POLLIN, kPatience) & POLLIN) {
        const ssize_t count = read(pair.master, got + size, sizeof got - size);
        check(count > 0);
        size += (size_t)count;
    }
    if (is_ready(pair.master, POLLIN, kQuietMs) & POLLIN)
        size += (size_t)read(pair.master, got + size, sizeof got - size);
    must_equal(got, size, wanted, wanted_size, line);
}

// A program at the terminal reads exactly this, in one call.
static inline void reads_bytes(struct pair pair, const char* wanted, size_t wanted_size, size_t most,
                               int line)
{
    static char got[32768];
    if (!(is_ready(pair.slave, POLLIN, kPatience) & POLLIN)) {
        printf("failed in line %d: nothing to read\n", line);
        fflush(stdout);
        _exit(1);
    }
    const ssize_t count = read(pair.slave, got, most);
    must_equal(got, count < 0 ? 0 : (size_t)count, wanted, wanted_size, line);
}

#define shows(pair, wanted) shows_bytes(pair, wanted, sizeof wanted - 1, __LINE__)
#define reads(pair, wanted) reads_bytes(pair, wanted, sizeof wanted - 1, 8192, __LINE__)
#define reads_at_most(pair, most, wanted) reads_bytes(pair, wanted, sizeof wanted - 1, most, __LINE__)
#define nothing_to_read(pair) check(!(is_ready((pair).slave, POLLIN, kQuietMs) & POLLIN))
#define write_text(pair, text) check(write((pair).slave, text, sizeof text - 1) == (ssize_t)(sizeof text - 1))
