// Arguments whose meaning another one says: fcntl, ioctl, clone, futex; and sigreturn's, which is on the stack.
#include "decode.h"

#include <sys/syscall.h>

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

void say_descriptor_command(const struct argument* a)
{
    struct line* line = a->line;
    const unsigned long command = a->words[0], argument = a->words[1];
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
        return say_lock(line, a->pid, argument);
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

static void say_request_name(struct line* line, unsigned long request)
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
}

static void say_window_size(struct line* line, pid_t pid, unsigned long address)
{
    unsigned short size[4];
    if (read_struct(line, pid, address, size, sizeof size))
        say(line, "{ws_row=%u, ws_col=%u, ws_xpixel=%u, ws_ypixel=%u}", size[0], size[1], size[2], size[3]);
}

static void say_word(struct line* line, pid_t pid, unsigned long address)
{
    int word;
    if (read_struct(line, pid, address, &word, sizeof word)) say(line, "[%d]", word);
}

void say_request(const struct argument* a)
{
    const unsigned long request = a->words[0], argument = a->words[1];
    const int is_filled = !is_error(a->state->result);
    say_request_name(a->line, request);
    switch (request) {
    case 0x5401:
        if (!is_filled) break;
        return say_terminal(a->line, a->pid, argument);
    case 0x5402:
    case 0x5403:
    case 0x5404:
        return say_terminal(a->line, a->pid, argument);
    case 0x5413:
        if (!is_filled) break;
        return say_window_size(a->line, a->pid, argument);
    case 0x540f:
    case 0x541b:
    case 0x5429:
    case 0x80045430:
        if (!is_filled) break;
        return say_word(a->line, a->pid, argument);
    case 0x5410:
    case 0x5421:
    case 0x40045431:
        return say_word(a->line, a->pid, argument);
    default:
        break;
    }
    say_pointer(a->line, argument);
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

void say_clone(const struct argument* a)
{
    say(a->line, "child_stack=");
    say_pointer(a->line, a->words[1]);
    say(a->line, ", flags=");
    say_clone_flags(a->line, a->words[0] & ~0xfful, a->words[0] & 0xff);
}

void say_clone_rest(const struct argument* a)
{
    struct line* line = a->line;
    const unsigned long* words = a->words;
    if (words[0] & 0x100000) {
        unsigned tid;
        say(line, ", parent_tid=");
        if (read_tracee(a->pid, words[2], &tid, sizeof tid) == sizeof tid)
            say(line, "[%u]", tid);
        else
            say(line, "%#lx", words[2]);
    }
    if (words[0] & 0x80000) {
        say(line, ", tls=");
        say_user_area(line, a->pid, words[3]);
    }
    if (words[0] & 0x1200000) say(line, ", child_tidptr=%#lx", words[4]);
}

void say_clone3(struct line* line, pid_t pid, unsigned long address)
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

void say_clone3_rest(const struct argument* a)
{
    unsigned long long w[4];
    unsigned tid;
    if (is_error(a->state->result)) return;
    if (read_tracee(a->pid, a->words[0], w, sizeof w) != sizeof w || (w[0] & 0x100000) == 0) return;
    if (read_tracee(a->pid, (unsigned long)w[3], &tid, sizeof tid) == sizeof tid)
        say(a->line, " => {parent_tid=[%u]}", tid);
}

// The mask that comes back: in two parts of the plain frame, in the ucontext of the one with siginfo.
void say_signal_frame(const struct argument* a)
{
    const unsigned long esp = a->state->esp;
    unsigned mask[2], context;
    if (a->state->number == SYS_sigreturn) {
        if (read_tracee(a->pid, esp + 80, &mask[0], 4) != 4 ||
            read_tracee(a->pid, esp + 712, &mask[1], 4) != 4)
            return;
    } else if (read_tracee(a->pid, esp + 8, &context, 4) != 4 ||
               read_tracee(a->pid, context + 108, mask, 8) != 8) {
        return;
    }
    say(a->line, "{mask=");
    say_signals(a->line, mask[0] | (unsigned long long)mask[1] << 32);
    say(a->line, "}");
}

void say_futex(const struct argument* a)
{
    static const char* const names[] = {"FUTEX_WAIT",        "FUTEX_WAKE",        "FUTEX_FD",
                                        "FUTEX_REQUEUE",     "FUTEX_CMP_REQUEUE", "FUTEX_WAKE_OP",
                                        "FUTEX_LOCK_PI",     "FUTEX_UNLOCK_PI",   "FUTEX_TRYLOCK_PI",
                                        "FUTEX_WAIT_BITSET", "FUTEX_WAKE_BITSET"};
    struct line* line = a->line;
    const unsigned long *words = a->words, operation = words[1] & 0x7f;
    say_pointer(line, words[0]);
    say(line, ", %s%s%s", operation < 11 ? names[operation] : "FUTEX_???", words[1] & 0x80 ? "_PRIVATE" : "",
        words[1] & 0x100 ? "|FUTEX_CLOCK_REALTIME" : "");
    if (operation == 7) return;
    if (operation != 6) say(line, ", %ld", (long)words[2]);
    if (operation == 0 || operation == 6 || operation == 9) {
        say(line, ", ");
        say_timespec_at(line, a->pid, words[3]);
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
