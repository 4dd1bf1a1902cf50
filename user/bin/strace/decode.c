// One argument after the other, by its kind. Structures are read from the tracee as i386 has them.
#include "strace.h"

#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { kAtCwd = -100, kPageMask = 4095 };

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

static int read_struct(struct line* line, pid_t pid, unsigned long address, void* to, size_t size)
{
    if (address == 0) {
        say(line, "NULL");
        return 0;
    }
    if (read_tracee(pid, address, to, size) == size) return 1;
    say(line, "%#lx", address);
    return 0;
}

static void say_pointer(struct line* line, unsigned long value)
{
    if (value == 0)
        say(line, "NULL");
    else
        say(line, "%#lx", value);
}

// ---- Strings ----

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

static void say_bytes_as(struct line* line, pid_t pid, unsigned long address, size_t size,
                         enum quoting quoting)
{
    char bytes[1024];
    size_t shown = size < string_limit ? size : string_limit;
    if (shown > sizeof bytes) shown = sizeof bytes;
    if (address == 0) return say(line, "NULL");
    if (read_tracee(pid, address, bytes, shown) != shown) return say(line, "%#lx", address);
    say_quoted(line, bytes, shown, shown < size, quoting);
}

static void say_bytes(struct line* line, pid_t pid, unsigned long address, size_t size)
{
    say_bytes_as(line, pid, address, size, kAsText);
}

static void say_strings(struct line* line, pid_t pid, unsigned long address)
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

static void say_environment(struct line* line, pid_t pid, unsigned long address)
{
    if (address == 0) return say(line, "NULL");
    unsigned count = 0, text;
    while (read_tracee(pid, address + count * 4, &text, 4) == 4 && text != 0)
        count++;
    say(line, "%#lx /* %u var%s */", address, count, count == 1 ? "" : "s");
}

// ---- Structures ----

static void say_mode(struct line* line, unsigned mode)
{
    static const struct flag types[] = {{0140000, "S_IFSOCK"}, {0120000, "S_IFLNK"}, {0100000, "S_IFREG"},
                                        {060000, "S_IFBLK"},   {040000, "S_IFDIR"},  {020000, "S_IFCHR"},
                                        {010000, "S_IFIFO"}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if ((mode & 0170000) == types[i].value) say(line, "%s|", types[i].name);
    if (mode & 04000) say(line, "S_ISUID|");
    if (mode & 02000) say(line, "S_ISGID|");
    if (mode & 01000) say(line, "S_ISVTX|");
    say(line, "%#03o", mode & 0777);
}

static int is_device(unsigned mode)
{
    return (mode & 0170000) == 020000 || (mode & 0170000) == 060000;
}

static void say_stat(struct line* line, pid_t pid, unsigned long address)
{
    unsigned words[24];
    if (!read_struct(line, pid, address, words, sizeof words)) return;
    const unsigned long long size = words[11] | (unsigned long long)words[12] << 32;
    const unsigned device = words[8];
    say(line, "{st_mode=");
    say_mode(line, words[4]);
    if (is_device(words[4]))
        say(line, ", st_rdev=makedev(%#x, %#x), ...}", device >> 8 & 0xfff,
            (device & 0xff) | (device >> 12 & 0xfff00));
    else
        say(line, ", st_size=%llu, ...}", size);
}

static void say_statx(struct line* line, pid_t pid, unsigned long address)
{
    unsigned words[64];
    if (!read_struct(line, pid, address, words, sizeof words)) return;
    say(line, "{stx_mask=");
    say_flags(line, kStatxMask, words[0]);
    say(line, ", stx_attributes=");
    if (words[2] == 0)
        say(line, "0");
    else
        say(line, "%#x", words[2]);
    say(line, ", stx_mode=");
    say_mode(line, words[7] & 0xffff);
    say(line, ", stx_size=%llu, ...}", words[10] | (unsigned long long)words[11] << 32);
}

static void say_timespec(struct line* line, const int* words)
{
    say(line, "{tv_sec=%d, tv_nsec=%d}", words[0], words[1]);
}

static void say_timespec64(struct line* line, const long long* words)
{
    say(line, "{tv_sec=%lld, tv_nsec=%lld}", words[0], words[1]);
}

static void say_timeval(struct line* line, const int* words)
{
    say(line, "{tv_sec=%d, tv_usec=%d}", words[0], words[1]);
}

static void say_time_moment(struct line* line, long long seconds, long long ns)
{
    if (ns == 0x3fffffff)
        say(line, "UTIME_NOW");
    else if (ns == 0x3ffffffe)
        say(line, "UTIME_OMIT");
    else
        say(line, "{tv_sec=%lld, tv_nsec=%lld}", seconds, ns);
}

static void say_two_times(struct line* line, pid_t pid, unsigned long address, int words_each)
{
    int words[8];
    if (!read_struct(line, pid, address, words, (size_t)words_each * 8)) return;
    const long long* wide = (const long long*)words;
    say(line, "[");
    for (int i = 0; i < 2; i++) {
        if (words_each == 2)
            say_time_moment(line, words[i * 2], words[i * 2 + 1]);
        else
            say_time_moment(line, wide[i * 2], wide[i * 2 + 1]);
        if (i == 0) say(line, ", ");
    }
    say(line, "]");
}

static void say_limit_value(struct line* line, unsigned long long value, unsigned long long infinity)
{
    if (value == infinity)
        say(line, infinity == 0xffffffff ? "RLIM_INFINITY" : "RLIM64_INFINITY");
    else if (value > 1024 && value % 1024 == 0)
        say(line, "%llu*1024", value / 1024);
    else
        say(line, "%llu", value);
}

static void say_limit(struct line* line, unsigned long long soft, unsigned long long hard,
                      unsigned long long infinity)
{
    say(line, "{rlim_cur=");
    say_limit_value(line, soft, infinity);
    say(line, ", rlim_max=");
    say_limit_value(line, hard, infinity);
    say(line, "}");
}

static void say_wait_status(struct line* line, int status)
{
    if ((status & 0xff) == 0x7f) {
        say(line, "{WIFSTOPPED(s) && WSTOPSIG(s) == ");
        say_signal(line, status >> 8 & 0xff);
    } else if (status == 0xffff) {
        say(line, "{WIFCONTINUED(s)");
    } else if ((status & 0x7f) == 0) {
        say(line, "{WIFEXITED(s) && WEXITSTATUS(s) == %d", status >> 8 & 0xff);
    } else {
        say(line, "{WIFSIGNALED(s) && WTERMSIG(s) == ");
        say_signal(line, status & 0x7f);
    }
    say(line, "}");
}

static void say_action(struct line* line, pid_t pid, unsigned long address)
{
    static const struct flag flags[] = {
        {0x04000000, "SA_RESTORER"},  {0x08000000, "SA_ONSTACK"}, {0x10000000, "SA_RESTART"},
        {2, "SA_NOCLDWAIT"},          {1, "SA_NOCLDSTOP"},        {0x40000000, "SA_NODEFER"},
        {0x80000000, "SA_RESETHAND"}, {4, "SA_SIGINFO"},          {0, NULL}};
    unsigned words[5];
    if (!read_struct(line, pid, address, words, sizeof words)) return;
    say(line, "{sa_handler=");
    if (words[0] <= 1)
        say(line, words[0] == 0 ? "SIG_DFL" : "SIG_IGN");
    else
        say(line, "%#x", words[0]);
    say(line, ", sa_mask=");
    say_signal_set(line, pid, address + 12);
    say(line, ", sa_flags=");
    say_flag_list(line, flags, words[1], "SA_???");
    if (words[1] & 0x04000000) say(line, ", sa_restorer=%#x", words[2]);
    say(line, "}");
}

static void say_stack(struct line* line, pid_t pid, unsigned long address)
{
    unsigned words[3];
    if (!read_struct(line, pid, address, words, sizeof words)) return;
    static const struct flag flags[] = {{1, "SS_ONSTACK"}, {2, "SS_DISABLE"}, {0, NULL}};
    say(line, "{ss_sp=");
    say_pointer(line, words[0]);
    say(line, ", ss_flags=");
    say_flag_list(line, flags, words[1], "SS_???");
    say(line, ", ss_size=%u}", words[2]);
}

static void say_vectors(struct line* line, pid_t pid, unsigned long address, unsigned count, long long filled)
{
    say(line, "[");
    for (unsigned i = 0; i < count; i++) {
        unsigned vector[2];
        if (i != 0) say(line, ", ");
        if (read_tracee(pid, address + i * 8, vector, 8) != 8) {
            say(line, "%#lx", address + i * 8);
            break;
        }
        const unsigned shown = filled >= 0 && filled < vector[1] ? (unsigned)filled : vector[1];
        if (filled >= 0) filled -= shown;
        say(line, "{iov_base=");
        say_bytes(line, pid, vector[0], shown);
        say(line, ", iov_len=%u}", vector[1]);
    }
    say(line, "]");
}

static const struct flag kPollBits[] = {{1, "POLLIN"},
                                        {2, "POLLPRI"},
                                        {4, "POLLOUT"},
                                        {0x40, "POLLRDNORM"},
                                        {0x80, "POLLRDBAND"},
                                        {0x100, "POLLWRNORM"},
                                        {0x200, "POLLWRBAND"},
                                        {8, "POLLERR"},
                                        {0x10, "POLLHUP"},
                                        {0x20, "POLLNVAL"},
                                        {0, NULL}};

static void say_poll(struct line* line, pid_t pid, unsigned long address, unsigned count)
{
    say(line, "[");
    for (unsigned i = 0; i < count; i++) {
        struct {
            int fd;
            short events, seen;
        } entry;
        if (i != 0) say(line, ", ");
        if (read_tracee(pid, address + i * 8, &entry, 8) != 8) break;
        say(line, "{fd=%d", entry.fd);
        if (entry.fd >= 0) {
            say(line, ", events=");
            say_flag_list(line, kPollBits, (unsigned short)entry.events, "POLL???");
        }
        say(line, "}");
    }
    say(line, "]");
}

static void say_descriptor_set(struct line* line, pid_t pid, unsigned long address, unsigned count)
{
    unsigned char bits[128];
    if (count > 1024) count = 1024;
    if (!read_struct(line, pid, address, bits, ((count + 31) / 32) * 4)) return;
    const char* separator = "";
    say(line, "[");
    for (unsigned fd = 0; fd < count; fd++) {
        if ((bits[fd / 8] >> fd % 8 & 1) == 0) continue;
        say(line, "%s%u", separator, fd);
        separator = " ";
    }
    say(line, "]");
}

static void say_user_area(struct line* line, pid_t pid, unsigned long address)
{
    unsigned w[4];
    if (!read_struct(line, pid, address, w, sizeof w)) return;
    say(line, "{entry_number=%d, base_addr=%#x, limit=%#08x, seg_32bit=%u, contents=%u, read_exec_only=%u, ",
        (int)w[0], w[1], w[2], w[3] & 1, w[3] >> 1 & 3, w[3] >> 3 & 1);
    say(line, "limit_in_pages=%u, seg_not_present=%u, useable=%u}", w[3] >> 4 & 1, w[3] >> 5 & 1,
        w[3] >> 6 & 1);
}

static void say_entries(struct line* line, pid_t pid, unsigned long address, long size)
{
    unsigned count = 0;
    for (long at = 0; at < size; count++) {
        unsigned short length;
        if (read_tracee(pid, address + (unsigned long)at + 16, &length, 2) != 2 || length == 0) break;
        at += length;
    }
    say(line, "%#lx /* %u entries */", address, count);
}

// ---- Arguments whose meaning another one says ----

static const char* command_name(unsigned long command)
{
    static const char* const names[] = {"F_DUPFD",  "F_GETFD",  "F_SETFD",   "F_GETFL",   "F_SETFL",
                                        "F_GETLK",  "F_SETLK",  "F_SETLKW",  "F_SETOWN",  "F_GETOWN",
                                        "F_SETSIG", "F_GETSIG", "F_GETLK64", "F_SETLK64", "F_SETLKW64"};
    if (command < sizeof names / sizeof *names) return names[command];
    if (command == 1030) return "F_DUPFD_CLOEXEC";
    if (command == 1031) return "F_SETPIPE_SZ";
    if (command == 1032) return "F_GETPIPE_SZ";
    return NULL;
}

static void say_lock(struct line* line, pid_t pid, unsigned long address)
{
    static const char* const types[] = {"F_RDLCK", "F_WRLCK", "F_UNLCK"};
    struct {
        short type, whence;
        unsigned start[2], length[2];
        int pid;
    } lock;
    if (!read_struct(line, pid, address, &lock, sizeof lock)) return;
    say(line, "{l_type=%s, l_whence=", (unsigned)lock.type < 3 ? types[lock.type] : "F_???");
    say_flags(line, kSeek, (unsigned short)lock.whence);
    say(line, ", l_start=%lld, l_len=%lld}",
        (long long)(lock.start[0] | (unsigned long long)lock.start[1] << 32),
        (long long)(lock.length[0] | (unsigned long long)lock.length[1] << 32));
}

static void say_descriptor_command(struct line* line, pid_t pid, unsigned long command,
                                   unsigned long argument)
{
    static const struct flag on_exec[] = {{1, "FD_CLOEXEC"}, {0, NULL}};
    const char* name = command_name(command);
    if (name)
        say(line, "%s", name);
    else
        say(line, "%#lx /* F_??? */", command);
    switch (command) {
    case 1:
    case 3:
    case 9:
    case 11:
    case 1032:
        return;
    case 2:
        say(line, ", ");
        return say_flag_list(line, on_exec, argument, "FD_???");
    case 4:
        say(line, ", ");
        return say_flags(line, kOpenFlags, argument);
    case 12:
    case 13:
    case 14:
        say(line, ", ");
        return say_lock(line, pid, argument);
    default:
        say(line, ", %ld", (long)argument);
    }
}

static const struct flag kRequests[] = {
    {0x5401, "TCGETS"},       {0x5402, "TCSETS"},         {0x5403, "TCSETSW"},
    {0x5404, "TCSETSF"},      {0x5409, "TCSBRK"},         {0x540b, "TCFLSH"},
    {0x540e, "TIOCSCTTY"},    {0x540f, "TIOCGPGRP"},      {0x5410, "TIOCSPGRP"},
    {0x5413, "TIOCGWINSZ"},   {0x5414, "TIOCSWINSZ"},     {0x541b, "FIONREAD"},
    {0x5421, "FIONBIO"},      {0x5422, "TIOCNOTTY"},      {0x5429, "TIOCGSID"},
    {0x80045430, "TIOCGPTN"}, {0x40045431, "TIOCSPTLCK"}, {0, NULL}};

static void say_terminal(struct line* line, pid_t pid, unsigned long address)
{
    unsigned words[4];
    if (!read_struct(line, pid, address, words, sizeof words)) return;
    static const char* const speeds[] = {"B0",    "B50",   "B75",    "B110",  "B134",  "B150",
                                         "B200",  "B300",  "B600",   "B1200", "B1800", "B2400",
                                         "B4800", "B9600", "B19200", "B38400"};
    const unsigned speed = words[2] & 0x100f;
    say(line, "{%s ", speed < 16 ? speeds[speed] : speed == 0x1002 ? "B115200" : "B57600");
    say(line, "%sopost %sisig %sicanon %secho ...}", words[1] & 1 ? "" : "-", words[3] & 1 ? "" : "-",
        words[3] & 2 ? "" : "-", words[3] & 8 ? "" : "-");
}

static void say_request(struct line* line, pid_t pid, unsigned long request, unsigned long argument,
                        int failed)
{
    const struct flag* known = kRequests;
    while (known->name && known->value != request)
        known++;
    if (known->name)
        say(line, "%s, ", known->name);
    else
        say(line, "_IOC(%s, %#lx, %#lx, %#lx), ",
            request >> 30 == 0   ? "_IOC_NONE"
            : request >> 30 == 1 ? "_IOC_WRITE"
            : request >> 30 == 2 ? "_IOC_READ"
                                 : "_IOC_READ|_IOC_WRITE",
            request >> 8 & 0xff, request & 0xff, request >> 16 & 0x3fff);
    unsigned short size[4];
    int word;
    switch (request) {
    case 0x5401:
        if (failed) break;
        return say_terminal(line, pid, argument);
    case 0x5402:
    case 0x5403:
    case 0x5404:
        return say_terminal(line, pid, argument);
    case 0x5413:
        if (failed) break;
        if (!read_struct(line, pid, argument, size, sizeof size)) return;
        return say(line, "{ws_row=%u, ws_col=%u, ws_xpixel=%u, ws_ypixel=%u}", size[0], size[1], size[2],
                   size[3]);
    case 0x540f:
    case 0x541b:
    case 0x5429:
    case 0x80045430:
        if (failed) break;
        if (read_struct(line, pid, argument, &word, sizeof word)) say(line, "[%d]", word);
        return;
    case 0x5410:
    case 0x5421:
    case 0x40045431:
        if (read_struct(line, pid, argument, &word, sizeof word)) say(line, "[%d]", word);
        return;
    default:
        break;
    }
    say_pointer(line, argument);
}

static const struct flag kCloneBits[] = {{0x100, "CLONE_VM"},
                                         {0x200, "CLONE_FS"},
                                         {0x400, "CLONE_FILES"},
                                         {0x800, "CLONE_SIGHAND"},
                                         {0x2000, "CLONE_PTRACE"},
                                         {0x4000, "CLONE_VFORK"},
                                         {0x8000, "CLONE_PARENT"},
                                         {0x10000, "CLONE_THREAD"},
                                         {0x40000, "CLONE_SYSVSEM"},
                                         {0x80000, "CLONE_SETTLS"},
                                         {0x100000, "CLONE_PARENT_SETTID"},
                                         {0x200000, "CLONE_CHILD_CLEARTID"},
                                         {0x400000, "CLONE_DETACHED"},
                                         {0x800000, "CLONE_UNTRACED"},
                                         {0x1000000, "CLONE_CHILD_SETTID"},
                                         {0, NULL}};

static void say_clone_flags(struct line* line, unsigned long flags, unsigned long signal)
{
    if (flags != 0 || signal == 0) say_flag_list(line, kCloneBits, flags, "CLONE_???");
    if (signal == 0) return;
    if (flags != 0) say(line, "|");
    say_signal(line, (long)signal);
}

static void say_clone(struct line* line, const unsigned long* words)
{
    say(line, "child_stack=");
    say_pointer(line, words[1]);
    say(line, ", flags=");
    say_clone_flags(line, words[0] & ~0xfful, words[0] & 0xff);
}

static void say_clone_rest(struct line* line, pid_t pid, const unsigned long* words)
{
    if (words[0] & 0x100000) {
        unsigned tid;
        say(line, ", parent_tid=");
        if (read_tracee(pid, words[2], &tid, sizeof tid) == sizeof tid)
            say(line, "[%u]", tid);
        else
            say(line, "%#lx", words[2]);
    }
    if (words[0] & 0x80000) {
        say(line, ", tls=");
        say_user_area(line, pid, words[3]);
    }
    if (words[0] & 0x1200000) say(line, ", child_tidptr=%#lx", words[4]);
}

static void say_clone3(struct line* line, pid_t pid, unsigned long address)
{
    unsigned long long w[8];
    if (!read_struct(line, pid, address, w, sizeof w)) return;
    say(line, "{flags=");
    say_flag_list(line, kCloneBits, (unsigned long)w[0], "CLONE_???");
    if (w[0] & 0x1200000) say(line, ", child_tid=%#llx", w[2]);
    if (w[0] & 0x100000) say(line, ", parent_tid=%#llx", w[3]);
    say(line, ", exit_signal=");
    say_signal(line, (long)w[4]);
    say(line, ", stack=");
    say_pointer(line, (unsigned long)w[5]);
    say(line, ", stack_size=%#llx", w[6]);
    if (w[0] & 0x80000) {
        say(line, ", tls=");
        say_user_area(line, pid, (unsigned long)w[7]);
    }
    say(line, "}");
}

static void say_clone3_rest(struct line* line, pid_t pid, unsigned long address)
{
    unsigned long long w[4];
    unsigned tid;
    if (read_tracee(pid, address, w, sizeof w) != sizeof w || (w[0] & 0x100000) == 0) return;
    if (read_tracee(pid, (unsigned long)w[3], &tid, sizeof tid) == sizeof tid)
        say(line, " => {parent_tid=[%u]}", tid);
}

// The mask that comes back: in two parts of the plain frame, in the ucontext of the one with siginfo.
static void say_signal_frame(struct line* line, pid_t pid, const struct call_state* state)
{
    unsigned mask[2], context;
    if (state->number == SYS_sigreturn) {
        if (read_tracee(pid, state->esp + 80, &mask[0], 4) != 4 ||
            read_tracee(pid, state->esp + 712, &mask[1], 4) != 4)
            return;
    } else if (read_tracee(pid, state->esp + 8, &context, 4) != 4 ||
               read_tracee(pid, context + 108, mask, 8) != 8) {
        return;
    }
    say(line, "{mask=");
    say_signals(line, mask[0] | (unsigned long long)mask[1] << 32);
    say(line, "}");
}

static void say_futex(struct line* line, pid_t pid, const unsigned long* words)
{
    static const char* const names[] = {"FUTEX_WAIT",        "FUTEX_WAKE",        "FUTEX_FD",
                                        "FUTEX_REQUEUE",     "FUTEX_CMP_REQUEUE", "FUTEX_WAKE_OP",
                                        "FUTEX_LOCK_PI",     "FUTEX_UNLOCK_PI",   "FUTEX_TRYLOCK_PI",
                                        "FUTEX_WAIT_BITSET", "FUTEX_WAKE_BITSET"};
    const unsigned long operation = words[1] & 0x7f;
    say_pointer(line, words[0]);
    say(line, ", %s%s%s", operation < 11 ? names[operation] : "FUTEX_???", words[1] & 0x80 ? "_PRIVATE" : "",
        words[1] & 0x100 ? "|FUTEX_CLOCK_REALTIME" : "");
    if (operation == 7) return;
    if (operation != 6) say(line, ", %ld", (long)words[2]);
    if (operation == 0 || operation == 6 || operation == 9) {
        int time[2];
        say(line, ", ");
        if (read_struct(line, pid, words[3], time, sizeof time)) say_timespec(line, time);
    }
    if (operation == 3 || operation == 4)
        say(line, ", %ld, %#lx, %ld", (long)words[3], words[4], (long)words[5]);
    if (operation == 9) {
        say(line, ", NULL");
        say(line, words[5] == 0xffffffff ? ", FUTEX_BITSET_MATCH_ANY" : ", %#lx", words[5]);
    } else if (operation == 10) {
        say(line, words[5] == 0xffffffff ? ", FUTEX_BITSET_MATCH_ANY" : ", %#lx", words[5]);
    }
}

// ---- All of a call ----

static int is_out(enum kind kind)
{
    switch (kind) {
    case kBytesOut:
    case kPathOut:
    case kSignalSetOut:
    case kActionOut:
    case kStackOut:
    case kStatOut:
    case kStatxOut:
    case kTimespecOut:
    case kTimespec64Out:
    case kTimevalOut:
    case kTimerOut:
    case kLimitOut:
    case kLimit64Out:
    case kUsageOut:
    case kWaitStatusOut:
    case kPipeOut:
    case kVectorsOut:
    case kSystemNamesOut:
    case kSystemInfoOut:
    case kOffsetOut:
    case kEntriesOut:
    case kTerminalRequest:
    case kIdsOut:
    case kTidOut:
    case kAffinityOut:
    case kCloneRest:
    case kClone3Rest:
    case kRandomBytesOut:
        return 1;
    default:
        return 0;
    }
}

static int is_error(long result)
{
    return result < 0 && result >= -4095;
}

static void say_times(struct line* line, pid_t pid, enum kind kind, unsigned long word)
{
    int words[8];
    const int is_wide = kind == kTimespec64In || kind == kTimespec64Out,
              is_timer = kind == kTimerIn || kind == kTimerOut;
    if (!read_struct(line, pid, word, words, is_wide || is_timer ? 16 : 8)) return;
    if (is_wide) {
        say_timespec64(line, (const long long*)words);
    } else if (is_timer) {
        say(line, "{it_interval=");
        say_timeval(line, words);
        say(line, ", it_value=");
        say_timeval(line, words + 2);
        say(line, "}");
    } else if (kind == kTimevalIn || kind == kTimevalOut) {
        say_timeval(line, words);
    } else {
        say_timespec(line, words);
    }
}

static void say_usage(struct line* line, pid_t pid, unsigned long word)
{
    int words[18];
    if (!read_struct(line, pid, word, words, sizeof words)) return;
    say(line, "{ru_utime=");
    say_timeval(line, words);
    say(line, ", ru_stime=");
    say_timeval(line, words + 2);
    say(line, ", ...}");
}

static void say_words(struct line* line, pid_t pid, unsigned long address, long count)
{
    say(line, "[");
    for (long i = 0; i < count; i++) {
        int word;
        if (read_tracee(pid, address + (unsigned long)i * 4, &word, 4) != 4) break;
        say(line, i == 0 ? "%d" : ", %d", word);
    }
    say(line, "]");
}

static void say_affinity(struct line* line, pid_t pid, unsigned long address, long bytes)
{
    unsigned char bits[128] = {0};
    if (bytes > (long)sizeof bits) bytes = sizeof bits;
    if (read_tracee(pid, address, bits, (size_t)bytes) != (size_t)bytes) return say(line, "%#lx", address);
    const char* separator = "";
    say(line, "[");
    for (long cpu = 0; cpu < bytes * 8; cpu++) {
        if ((bits[cpu / 8] >> cpu % 8 & 1) == 0) continue;
        say(line, "%s%ld", separator, cpu);
        separator = " ";
    }
    say(line, "]");
}

static void say_failed_out(struct line* line, enum kind kind, const unsigned long* words)
{
    if (kind == kEntriesOut) return say(line, "%#lx", words[0]);
    say_pointer(line, words[0]);
}

// How many words the argument took.
static int say_one(struct line* line, pid_t pid, enum kind kind, const struct call_state* state, int at)
{
    const unsigned long* words = &state->words[at];
    const unsigned long word = words[0];
    const int failed = is_error(state->result);
    unsigned limits[4];
    unsigned long long wide[2];
    int status, pair[2];
    if (kind >= kFirstFlags) {
        say_flags(line, (enum flag_table)(kind - kFirstFlags), word);
        return 1;
    }
    if (is_out(kind) && failed && kind != kTerminalRequest && kind != kCloneRest && kind != kClone3Rest) {
        say_failed_out(line, kind, words);
        return 1;
    }
    switch (kind) {
    case kInt:
        say(line, "%ld", (long)word);
        break;
    case kUnsigned:
        say(line, "%lu", word);
        break;
    case kHex:
        say(line, word == 0 ? "0" : "%#lx", word);
        break;
    case kPointer:
    case kTidOut:
        say_pointer(line, word);
        break;
    case kOctal:
        say(line, "%#03lo", word);
        break;
    case kPath:
        say_string(line, pid, word, 4095);
        break;
    case kDirectoryFd:
        if ((long)word == kAtCwd)
            say(line, "AT_FDCWD");
        else
            say(line, "%ld", (long)word);
        break;
    case kBytesIn:
        say_bytes(line, pid, word, words[1]);
        break;
    case kBytesOut:
        say_bytes(line, pid, word, (size_t)state->result);
        break;
    case kPathOut:
        if (state->number == SYS_getcwd)
            say_string(line, pid, word, 4095);
        else
            say_bytes(line, pid, word, (size_t)state->result);
        break;
    case kStrings:
        say_strings(line, pid, word);
        break;
    case kEnvironment:
        say_environment(line, pid, word);
        break;
    case kSignal:
        say_signal(line, (long)word);
        break;
    case kSignalSetIn:
    case kSignalSetOut:
        say_signal_set(line, pid, word);
        break;
    case kActionIn:
    case kActionOut:
        say_action(line, pid, word);
        break;
    case kStackIn:
    case kStackOut:
        say_stack(line, pid, word);
        break;
    case kStatOut:
        say_stat(line, pid, word);
        break;
    case kStatxOut:
        say_statx(line, pid, word);
        break;
    case kTimespecOut:
        // What is left of a sleep is filled in only where it was interrupted.
        if (state->number == SYS_nanosleep || state->number == SYS_clock_nanosleep) {
            say_pointer(line, word);
            break;
        }
        say_times(line, pid, kind, word);
        break;
    case kTimespec64Out:
        if (state->number == SYS_clock_nanosleep_time64) {
            say_pointer(line, word);
            break;
        }
        say_times(line, pid, kind, word);
        break;
    case kTimespecIn:
    case kTimespec64In:
    case kTimevalIn:
    case kTimevalOut:
    case kTimerIn:
    case kTimerOut:
        say_times(line, pid, kind, word);
        break;
    case kTwoTimespecsIn:
        say_two_times(line, pid, word, 2);
        break;
    case kTwoTimespecs64In:
        say_two_times(line, pid, word, 4);
        break;
    case kLimitIn:
    case kLimitOut:
        if (read_struct(line, pid, word, limits, 8)) say_limit(line, limits[0], limits[1], 0xffffffff);
        break;
    case kLimit64In:
    case kLimit64Out:
        if (read_struct(line, pid, word, wide, sizeof wide)) say_limit(line, wide[0], wide[1], ~0ull);
        break;
    case kUsageOut:
        say_usage(line, pid, word);
        break;
    case kWaitStatusOut:
        if (state->result == 0) {
            say_pointer(line, word);
        } else if (read_struct(line, pid, word, &status, sizeof status)) {
            say(line, "[");
            say_wait_status(line, status);
            say(line, "]");
        }
        break;
    case kPipeOut:
        if (read_struct(line, pid, word, pair, sizeof pair)) say(line, "[%d, %d]", pair[0], pair[1]);
        break;
    case kVectorsIn:
        say_vectors(line, pid, word, (unsigned)words[1], -1);
        break;
    case kVectorsOut:
        say_vectors(line, pid, word, (unsigned)words[1], state->result);
        break;
    case kPollIn:
        say_poll(line, pid, word, (unsigned)words[1]);
        break;
    case kDescriptorSet:
        say_descriptor_set(line, pid, word, (unsigned)state->words[0]);
        break;
    case kUserArea:
        say_user_area(line, pid, word);
        break;
    case kSystemNamesOut: {
        char names[130];
        if (!read_struct(line, pid, word, names, sizeof names)) break;
        say(line, "{sysname=");
        say_quoted(line, names, strlen(names), 0, kAsText);
        say(line, ", nodename=");
        say_quoted(line, names + 65, strlen(names + 65), 0, kAsText);
        say(line, ", ...}");
        break;
    }
    case kOffsetOut:
        if (read_struct(line, pid, word, wide, 8)) say(line, "[%lld]", (long long)wide[0]);
        break;
    case kOffset64:
        // _llseek has the high word first
        say(line, "%lld",
            (long long)(state->number == SYS__llseek ? (unsigned long long)words[0] << 32 | words[1]
                                                     : (unsigned long long)words[1] << 32 | words[0]));
        return 2;
    case kEntriesOut:
        say_entries(line, pid, word, state->result);
        break;
    case kDescriptorCommand:
        say_descriptor_command(line, pid, word, words[1]);
        return 2;
    case kTerminalRequest:
        say_request(line, pid, word, words[1], failed);
        return 2;
    case kClone:
        say_clone(line, words);
        return 0;
    case kCloneRest:
        say_clone_rest(line, pid, words);
        return 5;
    case kClone3:
        say_clone3(line, pid, word);
        return 0;
    case kClone3Rest:
        if (!failed) say_clone3_rest(line, pid, word);
        break;
    case kMaskArgument:
        if (!read_struct(line, pid, word, pair, sizeof pair)) break;
        say(line, "{sigmask=");
        say_signal_set(line, pid, (unsigned)pair[0]);
        say(line, ", sigsetsize=%d}", pair[1]);
        break;
    case kRandomBytesOut:
        say_bytes_as(line, pid, word, (size_t)state->result, kInHex);
        break;
    case kSignalFrame:
        say_signal_frame(line, pid, state);
        return 0;
    case kFutex:
        say_futex(line, pid, words);
        return 6;
    case kIdsOut:
        say(line, "%ld, ", (long)word);
        if (word == 0)
            say_pointer(line, words[1]);
        else
            say_words(line, pid, words[1], state->result);
        return 2;
    case kAffinityOut:
        say_affinity(line, pid, word, state->result);
        break;
    default:
        say(line, "%#lx", word);
        break;
    }
    return 1;
}

// open's mode counts only where a file may be made.
static int is_left_out(const struct call_state* state, int index)
{
    const int flags_at = state->number == SYS_open ? 1 : state->number == SYS_openat ? 2 : -1;
    if (flags_at >= 0 && index == flags_at + 1) return (state->words[flags_at] & 020000100) == 0;
    return state->number == SYS_mremap && index == 4 && (state->words[3] & 2) == 0;
}

void say_arguments(struct line* line, pid_t pid, struct call_state* state, int returned)
{
    for (int i = state->printed; i < kMostArguments; i++) {
        const enum kind kind = (enum kind)state->call->kinds[i];
        if (kind == kEnd || is_left_out(state, i)) break;
        const int joins = kind == kCloneRest || kind == kClone3Rest;  // has its own separators
        if (i != 0 && !joins && !state->is_separated) say(line, ", ");
        state->is_separated = !joins;
        if (!returned && is_out(kind)) return;
        state->is_separated = 0;
        state->at_word += say_one(line, pid, kind, state, state->at_word);
        state->printed = i + 1;
    }
}

// ---- Results ----

static int gives_pointer(long number)
{
    return number == SYS_brk || number == SYS_mmap2 || number == SYS_mremap || number == SYS_mmap;
}

static void say_poll_result(struct line* line, pid_t pid, const struct call_state* state)
{
    const char* separator = "";
    if (state->result == 0) return say(line, " (Timeout)");
    say(line, " ([");
    for (unsigned i = 0; i < state->words[1]; i++) {
        struct {
            int fd;
            short events, seen;
        } entry;
        if (read_tracee(pid, state->words[0] + i * 8, &entry, 8) != 8 || entry.seen == 0) continue;
        say(line, "%s{fd=%d, revents=", separator, entry.fd);
        say_flag_list(line, kPollBits, (unsigned short)entry.seen, "POLL???");
        say(line, "}");
        separator = ", ";
    }
    say(line, "])");
}

static void say_select_result(struct line* line, pid_t pid, const struct call_state* state)
{
    static const char* const names[] = {"in", "out", "except"};
    const char* separator = "";
    if (state->result == 0) return say(line, " (Timeout)");
    say(line, " (");
    for (int i = 0; i < 3; i++) {
        unsigned char bits[128];
        const unsigned long address = state->words[1 + i];
        if (address == 0 || read_tracee(pid, address, bits, ((state->words[0] + 31) / 32) * 4) == 0) continue;
        int any = 0;
        for (unsigned fd = 0; fd < state->words[0]; fd++)
            any |= bits[fd / 8] >> fd % 8 & 1;
        if (!any) continue;
        say(line, "%s%s ", separator, names[i]);
        say_descriptor_set(line, pid, address, (unsigned)state->words[0]);
        separator = ", ";
    }
    int left[2];
    if (state->words[4] != 0 && read_tracee(pid, state->words[4], left, sizeof left) == sizeof left) {
        say(line, "%sleft ", separator);
        say_timespec(line, left);
    }
    say(line, ")");
}

static void say_error(struct line* line, long error)
{
    static const struct {
        long error;
        const char* text;
    } restarts[] = {{512, "To be restarted if SA_RESTART is set"},
                    {513, "To be restarted"},
                    {514, "To be restarted if no handler"},
                    {516, "Interrupted by signal"}};
    for (size_t i = 0; i < sizeof restarts / sizeof *restarts; i++)
        if (restarts[i].error == error)
            return say(line, "? %s (%s)", error_name((int)error), restarts[i].text);
    const char* name = error_name((int)error);
    if (name)
        say(line, "-1 %s (%s)", name, strerror((int)error));
    else
        say(line, "%ld", -error);
}

void say_result(struct line* line, pid_t pid, const struct call_state* state)
{
    const long number = state->number, result = state->result;
    if (is_error(result)) return say_error(line, -result);
    if (gives_pointer(number))
        say(line, "%#lx", (unsigned long)result);
    else if (number == SYS_umask)
        say(line, "%#03lo", (unsigned long)result);
    else if (number == SYS_fcntl64 && (state->words[1] == 1 || state->words[1] == 3) && result != 0)
        say(line, "%#lx", (unsigned long)result);
    else
        say(line, "%ld", result);
    if (number == SYS_poll) say_poll_result(line, pid, state);
    if (number == SYS_pselect6) say_select_result(line, pid, state);
    if (number == SYS_fcntl64 && state->words[1] == 3) {
        say(line, " (flags ");
        say_flags(line, kOpenFlags, (unsigned long)result);
        say(line, ")");
    }
    if (number == SYS_fcntl64 && state->words[1] == 1 && result == 1) say(line, " (flags FD_CLOEXEC)");
    if (number == SYS_set_thread_area && result == 0) {
        unsigned entry;
        if (read_tracee(pid, state->words[0], &entry, 4) == 4) say(line, " (entry_number=%u)", entry);
    }
}
