// What a call returned: a number, an error's name, and what the result tells of the arguments.
#include "decode.h"

#include <string.h>
#include <sys/syscall.h>

int is_error(long result)
{
    return result < 0 && result >= -4095;
}

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
        say_poll_bits(line, entry.seen);
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
