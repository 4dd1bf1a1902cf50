// Structures, as i386 has them: the address says where one is, the kind of argument which one.
#include "decode.h"

#include <string.h>

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

void say_stat(struct line* line, pid_t pid, unsigned long address)
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

void say_statx(struct line* line, pid_t pid, unsigned long address)
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

void say_timespec(struct line* line, const int* words)
{
    say(line, "{tv_sec=%d, tv_nsec=%d}", words[0], words[1]);
}

static void say_timeval(struct line* line, const int* words)
{
    say(line, "{tv_sec=%d, tv_usec=%d}", words[0], words[1]);
}

void say_timespec_at(struct line* line, pid_t pid, unsigned long address)
{
    int words[2];
    if (read_struct(line, pid, address, words, sizeof words)) say_timespec(line, words);
}

void say_timespec64_at(struct line* line, pid_t pid, unsigned long address)
{
    long long words[2];
    if (read_struct(line, pid, address, words, sizeof words))
        say(line, "{tv_sec=%lld, tv_nsec=%lld}", words[0], words[1]);
}

void say_timeval_at(struct line* line, pid_t pid, unsigned long address)
{
    int words[2];
    if (read_struct(line, pid, address, words, sizeof words)) say_timeval(line, words);
}

void say_timer(struct line* line, pid_t pid, unsigned long address)
{
    int words[4];
    if (!read_struct(line, pid, address, words, sizeof words)) return;
    say(line, "{it_interval=");
    say_timeval(line, words);
    say(line, ", it_value=");
    say_timeval(line, words + 2);
    say(line, "}");
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

static void say_two_moments(struct line* line, const long long* words)
{
    say(line, "[");
    say_time_moment(line, words[0], words[1]);
    say(line, ", ");
    say_time_moment(line, words[2], words[3]);
    say(line, "]");
}

void say_two_timespecs(struct line* line, pid_t pid, unsigned long address)
{
    int words[4];
    if (!read_struct(line, pid, address, words, sizeof words)) return;
    const long long wide[] = {words[0], words[1], words[2], words[3]};
    say_two_moments(line, wide);
}

void say_two_timespecs64(struct line* line, pid_t pid, unsigned long address)
{
    long long words[4];
    if (read_struct(line, pid, address, words, sizeof words)) say_two_moments(line, words);
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

static void say_limits(struct line* line, unsigned long long soft, unsigned long long hard,
                       unsigned long long infinity)
{
    say(line, "{rlim_cur=");
    say_limit_value(line, soft, infinity);
    say(line, ", rlim_max=");
    say_limit_value(line, hard, infinity);
    say(line, "}");
}

void say_limit(struct line* line, pid_t pid, unsigned long address)
{
    unsigned words[2];
    if (read_struct(line, pid, address, words, sizeof words))
        say_limits(line, words[0], words[1], 0xffffffff);
}

void say_limit64(struct line* line, pid_t pid, unsigned long address)
{
    unsigned long long words[2];
    if (read_struct(line, pid, address, words, sizeof words)) say_limits(line, words[0], words[1], ~0ull);
}

void say_wait_status(struct line* line, int status)
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

void say_action(struct line* line, pid_t pid, unsigned long address)
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

void say_stack(struct line* line, pid_t pid, unsigned long address)
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

void say_vectors(struct line* line, pid_t pid, unsigned long address, unsigned count, long long filled)
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

void say_poll_bits(struct line* line, short bits)
{
    static const struct flag names[] = {{1, "POLLIN"},
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
    say_flag_list(line, names, (unsigned short)bits, "POLL???");
}

void say_poll(struct line* line, pid_t pid, unsigned long address, unsigned count)
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
            say_poll_bits(line, entry.events);
        }
        say(line, "}");
    }
    say(line, "]");
}

void say_descriptor_set(struct line* line, pid_t pid, unsigned long address, unsigned count)
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

void say_user_area(struct line* line, pid_t pid, unsigned long address)
{
    unsigned w[4];
    if (!read_struct(line, pid, address, w, sizeof w)) return;
    say(line, "{entry_number=%d, base_addr=%#x, limit=%#08x, seg_32bit=%u, contents=%u, read_exec_only=%u, ",
        (int)w[0], w[1], w[2], w[3] & 1, w[3] >> 1 & 3, w[3] >> 3 & 1);
    say(line, "limit_in_pages=%u, seg_not_present=%u, useable=%u}", w[3] >> 4 & 1, w[3] >> 5 & 1,
        w[3] >> 6 & 1);
}

void say_entries(struct line* line, pid_t pid, unsigned long address, long size)
{
    unsigned count = 0;
    for (long at = 0; at < size; count++) {
        unsigned short length;
        if (read_tracee(pid, address + (unsigned long)at + 16, &length, 2) != 2 || length == 0) break;
        at += length;
    }
    say(line, "%#lx /* %u entries */", address, count);
}

void say_usage(struct line* line, pid_t pid, unsigned long word)
{
    int words[18];
    if (!read_struct(line, pid, word, words, sizeof words)) return;
    say(line, "{ru_utime=");
    say_timeval(line, words);
    say(line, ", ru_stime=");
    say_timeval(line, words + 2);
    say(line, ", ...}");
}

void say_words(struct line* line, pid_t pid, unsigned long address, long count)
{
    say(line, "[");
    for (long i = 0; i < count; i++) {
        int word;
        if (read_tracee(pid, address + (unsigned long)i * 4, &word, 4) != 4) break;
        say(line, i == 0 ? "%d" : ", %d", word);
    }
    say(line, "]");
}

void say_affinity(struct line* line, pid_t pid, unsigned long address, long bytes)
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

void say_pair(struct line* line, pid_t pid, unsigned long address)
{
    int pair[2];
    if (read_struct(line, pid, address, pair, sizeof pair)) say(line, "[%d, %d]", pair[0], pair[1]);
}

void say_offset_at(struct line* line, pid_t pid, unsigned long address)
{
    long long offset;
    if (read_struct(line, pid, address, &offset, sizeof offset)) say(line, "[%lld]", offset);
}

void say_system_names(struct line* line, pid_t pid, unsigned long address)
{
    char names[130];
    if (!read_struct(line, pid, address, names, sizeof names)) return;
    say(line, "{sysname=");
    say_quoted(line, names, strlen(names), 0, kAsText);
    say(line, ", nodename=");
    say_quoted(line, names + 65, strlen(names + 65), 0, kAsText);
    say(line, ", ...}");
}

void say_mask_and_size(struct line* line, pid_t pid, unsigned long address)
{
    unsigned pair[2];
    if (!read_struct(line, pid, address, pair, sizeof pair)) return;
    say(line, "{sigmask=");
    say_signal_set(line, pid, pair[0]);
    say(line, ", sigsetsize=%u}", pair[1]);
}
