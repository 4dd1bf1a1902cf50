// What is read from the tracee's memory as it stands: bytes, strings, lists of strings.
#include "decode.h"

#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { kPageMask = 4095 };

size_t read_tracee(pid_t pid, unsigned long address, void* to, size_t size)
{
    size_t done = 0;
    while (done < size) {  // a page at a time, since a piece is read whole or not at all on some kernels
        const size_t left = size - done, to_end = 4096 - ((address + done) & kPageMask);
        struct iovec own = {(char*)to + done, left < to_end ? left : to_end};
        struct iovec other = {(void*)(address + done), own.iov_len};
        const long got = syscall(SYS_process_vm_readv, pid, &own, 1, &other, 1, 0);
        if (got <= 0) break;
        done += (size_t)got;
    }
    return done;
}

int read_struct(struct line* line, pid_t pid, unsigned long address, void* to, size_t size)
{
    if (address == 0) {
        say(line, "NULL");
        return 0;
    }
    if (read_tracee(pid, address, to, size) == size) return 1;
    say(line, "%#lx", address);
    return 0;
}

void say_pointer(struct line* line, unsigned long value)
{
    if (value == 0)
        say(line, "NULL");
    else
        say(line, "%#lx", value);
}

void say_address(struct line* line, pid_t pid, unsigned long value)
{
    (void)pid;
    say_pointer(line, value);
}

static void say_string(struct line* line, pid_t pid, unsigned long address, size_t limit)
{
    char text[4097];
    if (address == 0) return say(line, "NULL");
    if (limit > sizeof text - 1) limit = sizeof text - 1;
    const size_t got = read_tracee(pid, address, text, limit + 1);
    const char* end = memchr(text, 0, got);
    if (got == 0 || (!end && got <= limit)) return say(line, "%#lx", address);
    say_quoted(line, text, end ? (size_t)(end - text) : limit, !end, kAsText);
}

void say_path(struct line* line, pid_t pid, unsigned long address)
{
    say_string(line, pid, address, 4095);
}

void say_bytes_as(struct line* line, pid_t pid, unsigned long address, size_t size, enum quoting quoting)
{
    char bytes[1024];
    size_t shown = size < string_limit ? size : string_limit;
    if (shown > sizeof bytes) shown = sizeof bytes;
    if (address == 0) return say(line, "NULL");
    if (read_tracee(pid, address, bytes, shown) != shown) return say(line, "%#lx", address);
    say_quoted(line, bytes, shown, shown < size, quoting);
}

void say_bytes(struct line* line, pid_t pid, unsigned long address, size_t size)
{
    say_bytes_as(line, pid, address, size, kAsText);
}

void say_strings(struct line* line, pid_t pid, unsigned long address)
{
    if (address == 0) return say(line, "NULL");
    say(line, "[");
    for (unsigned i = 0;; i++) {
        unsigned text;
        if (read_tracee(pid, address + i * 4, &text, 4) != 4 || text == 0) break;
        if (i != 0) say(line, ", ");
        if (i == string_limit) {
            say(line, "...");
            break;
        }
        say_string(line, pid, text, string_limit);
    }
    say(line, "]");
}

void say_environment(struct line* line, pid_t pid, unsigned long address)
{
    if (address == 0) return say(line, "NULL");
    unsigned count = 0, text;
    while (read_tracee(pid, address + count * 4, &text, 4) == 4 && text != 0)
        count++;
    say(line, "%#lx /* %u var%s */", address, count, count == 1 ? "" : "s");
}
