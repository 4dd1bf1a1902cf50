// Numbers that have names: bits, and values.
#include "strace.h"

#include <string.h>

#define END                                                                                                  \
    {                                                                                                        \
        0, NULL                                                                                              \
    }
#define F(name, value)                                                                                       \
    {                                                                                                        \
        value, #name                                                                                         \
    }

// Bits come in Linux's strace's order; a first entry of 0 is what none of them is called.
static const struct flag kOpen[] = {F(O_RDONLY, 0),          F(O_WRONLY, 1),          F(O_RDWR, 2),
                                    F(O_CREAT, 0100),        F(O_EXCL, 0200),         F(O_NOCTTY, 0400),
                                    F(O_TRUNC, 01000),       F(O_APPEND, 02000),      F(O_NONBLOCK, 04000),
                                    F(O_SYNC, 04010000),     F(O_DSYNC, 010000),      F(O_ASYNC, 020000),
                                    F(O_DIRECT, 040000),     F(O_LARGEFILE, 0100000), F(O_NOFOLLOW, 0400000),
                                    F(O_NOATIME, 01000000),  F(O_CLOEXEC, 02000000),  F(O_PATH, 010000000),
                                    F(O_TMPFILE, 020200000), F(O_DIRECTORY, 0200000), END};
static const struct flag kAccess[] = {F(F_OK, 0), F(R_OK, 4), F(W_OK, 2), F(X_OK, 1), END};
static const struct flag kProt[] = {
    F(PROT_NONE, 0), F(PROT_READ, 1), F(PROT_WRITE, 2), F(PROT_EXEC, 4), F(PROT_GROWSDOWN, 0x1000000), END};
static const struct flag kMap[] = {F(MAP_FILE, 0),
                                   F(MAP_SHARED, 1),
                                   F(MAP_PRIVATE, 2),
                                   F(MAP_FIXED, 0x10),
                                   F(MAP_ANONYMOUS, 0x20),
                                   F(MAP_GROWSDOWN, 0x100),
                                   F(MAP_DENYWRITE, 0x800),
                                   F(MAP_LOCKED, 0x2000),
                                   F(MAP_NORESERVE, 0x4000),
                                   F(MAP_POPULATE, 0x8000),
                                   F(MAP_STACK, 0x20000),
                                   F(MAP_FIXED_NOREPLACE, 0x100000),
                                   END};
static const struct flag kWhence[] = {F(SEEK_SET, 0),  F(SEEK_CUR, 1),  F(SEEK_END, 2),
                                      F(SEEK_DATA, 3), F(SEEK_HOLE, 4), END};
static const struct flag kHow[] = {F(SIG_BLOCK, 0), F(SIG_UNBLOCK, 1), F(SIG_SETMASK, 2), END};
static const struct flag kLimits[] = {F(RLIMIT_CPU, 0),
                                      F(RLIMIT_FSIZE, 1),
                                      F(RLIMIT_DATA, 2),
                                      F(RLIMIT_STACK, 3),
                                      F(RLIMIT_CORE, 4),
                                      F(RLIMIT_RSS, 5),
                                      F(RLIMIT_NPROC, 6),
                                      F(RLIMIT_NOFILE, 7),
                                      F(RLIMIT_MEMLOCK, 8),
                                      F(RLIMIT_AS, 9),
                                      F(RLIMIT_LOCKS, 10),
                                      F(RLIMIT_SIGPENDING, 11),
                                      F(RLIMIT_MSGQUEUE, 12),
                                      F(RLIMIT_NICE, 13),
                                      F(RLIMIT_RTPRIO, 14),
                                      F(RLIMIT_RTTIME, 15),
                                      END};
static const struct flag kWaits[] = {
    F(WNOHANG, 1),         F(WSTOPPED, 2),          F(WEXITED, 4),
    F(WCONTINUED, 8),      F(WNOWAIT, 0x1000000),   F(__WNOTHREAD, 0x20000000),
    F(__WALL, 0x40000000), F(__WCLONE, 0x80000000), END};
static const struct flag kClock[] = {
    F(CLOCK_REALTIME, 0),          F(CLOCK_MONOTONIC, 1),     F(CLOCK_PROCESS_CPUTIME_ID, 2),
    F(CLOCK_THREAD_CPUTIME_ID, 3), F(CLOCK_MONOTONIC_RAW, 4), F(CLOCK_REALTIME_COARSE, 5),
    F(CLOCK_MONOTONIC_COARSE, 6),  F(CLOCK_BOOTTIME, 7),      END};
static const struct flag kAt[] = {F(AT_SYMLINK_NOFOLLOW, 0x100), F(AT_SYMLINK_FOLLOW, 0x400),
                                  F(AT_NO_AUTOMOUNT, 0x800), F(AT_EMPTY_PATH, 0x1000), END};
static const struct flag kUnlink[] = {F(AT_REMOVEDIR, 0x200), END};
static const struct flag kEaccess[] = {F(AT_EACCESS, 0x200), F(AT_SYMLINK_NOFOLLOW, 0x100), END};
static const struct flag kPipe[] = {F(O_NONBLOCK, 04000), F(O_DIRECT, 040000), F(O_CLOEXEC, 02000000), END};
static const struct flag kRandom[] = {F(GRND_NONBLOCK, 1), F(GRND_RANDOM, 2), F(GRND_INSECURE, 4), END};
static const struct flag kAdvices[] = {F(MADV_NORMAL, 0),    F(MADV_RANDOM, 1),      F(MADV_SEQUENTIAL, 2),
                                       F(MADV_WILLNEED, 3),  F(MADV_DONTNEED, 4),    F(MADV_FREE, 8),
                                       F(MADV_REMOVE, 9),    F(MADV_DONTFORK, 10),   F(MADV_DOFORK, 11),
                                       F(MADV_HUGEPAGE, 14), F(MADV_NOHUGEPAGE, 15), END};
static const struct flag kMove[] = {F(MREMAP_MAYMOVE, 1), F(MREMAP_FIXED, 2), END};
static const struct flag kMounts[] = {F(MS_RDONLY, 1),  F(MS_NOSUID, 2),   F(MS_NODEV, 4),
                                      F(MS_NOEXEC, 8),  F(MS_REMOUNT, 32), F(MS_NOATIME, 1024),
                                      F(MS_BIND, 4096), F(MS_REC, 16384),  END};
static const struct flag kItimers[] = {F(ITIMER_REAL, 0), F(ITIMER_VIRTUAL, 1), F(ITIMER_PROF, 2), END};
static const struct flag kWho[] = {F(RUSAGE_SELF, 0), F(RUSAGE_CHILDREN, ~0ul), F(RUSAGE_THREAD, 1), END};
static const struct flag kMsync[] = {F(MS_ASYNC, 1), F(MS_INVALIDATE, 2), F(MS_SYNC, 4), END};
static const struct flag kStatx[] = {F(AT_STATX_SYNC_AS_STAT, 0), F(AT_SYMLINK_NOFOLLOW, 0x100),
                                     F(AT_NO_AUTOMOUNT, 0x800), F(AT_EMPTY_PATH, 0x1000), END};
static const struct flag kStatxBits[] = {F(STATX_ALL, 0xfff),     F(STATX_BASIC_STATS, 0x7ff),
                                         F(STATX_TYPE, 1),        F(STATX_MODE, 2),
                                         F(STATX_NLINK, 4),       F(STATX_UID, 8),
                                         F(STATX_GID, 0x10),      F(STATX_ATIME, 0x20),
                                         F(STATX_MTIME, 0x40),    F(STATX_CTIME, 0x80),
                                         F(STATX_INO, 0x100),     F(STATX_SIZE, 0x200),
                                         F(STATX_BLOCKS, 0x400),  F(STATX_BTIME, 0x800),
                                         F(STATX_MNT_ID, 0x1000), END};
static const struct flag kRename[] = {F(RENAME_NOREPLACE, 1), F(RENAME_EXCHANGE, 2), F(RENAME_WHITEOUT, 4),
                                      END};
static const struct flag kLock[] = {F(LOCK_SH, 1), F(LOCK_EX, 2), F(LOCK_NB, 4), F(LOCK_UN, 8), END};
static const struct flag kEpoll[] = {F(EPOLL_CTL_ADD, 1), F(EPOLL_CTL_DEL, 2), F(EPOLL_CTL_MOD, 3), END};
static const struct flag kAbsolute[] = {F(TIMER_ABSTIME, 1), END};
static const struct flag kPrctl[] = {
    F(PR_SET_PDEATHSIG, 1),     F(PR_GET_DUMPABLE, 3),      F(PR_SET_DUMPABLE, 4),
    F(PR_SET_NAME, 15),         F(PR_GET_NAME, 16),         F(PR_CAPBSET_READ, 23),
    F(PR_SET_NO_NEW_PRIVS, 38), F(PR_GET_NO_NEW_PRIVS, 39), END};

static const struct {
    const struct flag* flags;
    int are_values;  // one of them, not several at once
    const char* unknown;
} kTables[] = {
    [kOpenFlags] = {kOpen, 0, "O_???"},
    [kAccessModes] = {kAccess, 0, "?_OK"},
    [kProtection] = {kProt, 0, "PROT_???"},
    [kMapFlags] = {kMap, 0, "MAP_???"},
    [kSeek] = {kWhence, 1, "SEEK_???"},
    [kSignalHow] = {kHow, 1, "SIG_???"},
    [kResources] = {kLimits, 1, "RLIMIT_???"},
    [kWaitFlags] = {kWaits, 0, "W???"},
    [kClocks] = {kClock, 1, "CLOCK_???"},
    [kAtFlags] = {kAt, 0, "AT_???"},
    [kPipeFlags] = {kPipe, 0, "O_???"},
    [kRandomFlags] = {kRandom, 0, "GRND_???"},
    [kAdvice] = {kAdvices, 1, "MADV_???"},
    [kMoveFlags] = {kMove, 0, "MREMAP_???"},
    [kMountFlags] = {kMounts, 0, "MS_???"},
    [kTimers] = {kItimers, 1, "ITIMER_???"},
    [kUsageWho] = {kWho, 1, "RUSAGE_???"},
    [kMsyncFlags] = {kMsync, 0, "MS_???"},
    [kStatxFlags] = {kStatx, 0, "AT_???"},
    [kStatxMask] = {kStatxBits, 0, "STATX_???"},
    [kUnlinkFlags] = {kUnlink, 0, "AT_???"},
    [kAccessFlags] = {kEaccess, 0, "AT_???"},
    [kRenameFlags] = {kRename, 0, "RENAME_???"},
    [kLockCommands] = {kLock, 0, "LOCK_???"},
    [kEpollCommands] = {kEpoll, 1, "EPOLL_CTL_???"},
    [kTimerFlags] = {kAbsolute, 0, "TIMER_???"},
    [kProcessOptions] = {kPrctl, 1, "PR_???"},
};

void say_flag_list(struct line* line, const struct flag* flags, unsigned long value, const char* unknown)
{
    const char* separator = "";
    if (flags->name && flags->value == 0) {  // what stands for no bit; O_RDONLY stands for the access mode 0
        const int is_open = strcmp(flags->name, "O_RDONLY") == 0;
        const int is_statx = strcmp(flags->name, "AT_STATX_SYNC_AS_STAT") == 0;
        if (value == 0 || (is_open && (value & 3) == 0) || is_statx) {
            say(line, "%s", flags->name);
            if (value == 0) return;
            separator = "|";
        }
        flags++;
    }
    unsigned long left = value;
    for (; flags->name; flags++) {
        if (flags->value == 0 || (left & flags->value) != flags->value) continue;
        say(line, "%s%s", separator, flags->name);
        separator = "|";
        left &= ~flags->value;
    }
    if (left != 0 && *separator)
        say(line, "|0x%lx", left);
    else if (left != 0)
        say(line, "0x%lx /* %s */", left, unknown);
    else if (!*separator)
        say(line, "0");
}

void say_flags(struct line* line, enum flag_table table, unsigned long value)
{
    if (!kTables[table].are_values)
        return say_flag_list(line, kTables[table].flags, value, kTables[table].unknown);
    for (const struct flag* flag = kTables[table].flags; flag->name; flag++)
        if (flag->value == value) return say(line, "%s", flag->name);
    say(line, "%#lx /* %s */", value, kTables[table].unknown);
}
