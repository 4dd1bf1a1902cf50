// Sets of signals: 64 bits, signal n is bit n - 1.
#include <errno.h>
#include <signal.h>

static int is_bad(int signal)
{
    if (signal >= 1 && signal <= SIGRTMAX) return 0;
    errno = EINVAL;
    return 1;
}

static unsigned long bit_of(int signal)
{
    return 1UL << ((signal - 1) % 32);
}

static unsigned word_of(int signal)
{
    return (unsigned)(signal - 1) / 32;
}

int sigemptyset(sigset_t* set)
{
    *set = (sigset_t){{0, 0}};
    return 0;
}

int sigfillset(sigset_t* set)
{
    *set = (sigset_t){{~0UL, ~0UL}};
    return 0;
}

int sigaddset(sigset_t* set, int signal)
{
    if (is_bad(signal)) return -1;
    set->__bits[word_of(signal)] |= bit_of(signal);
    return 0;
}

int sigdelset(sigset_t* set, int signal)
{
    if (is_bad(signal)) return -1;
    set->__bits[word_of(signal)] &= ~bit_of(signal);
    return 0;
}

int sigismember(const sigset_t* set, int signal)
{
    if (is_bad(signal)) return -1;
    return (set->__bits[word_of(signal)] & bit_of(signal)) != 0;
}

int sigisemptyset(const sigset_t* set)
{
    return !set->__bits[0] && !set->__bits[1];
}
