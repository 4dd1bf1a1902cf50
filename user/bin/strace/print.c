// A line: text, quoted bytes, signals, results.
#include "strace.h"

#include <stdarg.h>
#include <string.h>

#include "user/lib/signal_names.h"

unsigned string_limit = 32;

void say(struct line* line, const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const size_t room = sizeof line->text - line->size;
    const int wanted = vsnprintf(line->text + line->size, room, format, arguments);
    va_end(arguments);
    if (wanted > 0) line->size += (size_t)wanted < room ? (size_t)wanted : room - 1;
}

static int is_plain(unsigned char c)
{
    return (c >= ' ' && c < 0x7f) || (c >= '\t' && c <= '\r');
}

static void say_byte(struct line* line, unsigned char c, unsigned char next, int in_hex)
{
    static const char escapes[] = "tnvfr";
    if (in_hex)
        say(line, "\\x%02x", c);
    else if (c == '"' || c == '\\')
        say(line, "\\%c", c);
    else if (c >= '\t' && c <= '\r')
        say(line, "\\%c", escapes[c - '\t']);
    else if (is_plain(c))
        say(line, "%c", c);
    else if (next >= '0' && next <= '7')
        say(line, "\\%03o", c);
    else
        say(line, "\\%o", c);
}

void say_quoted(struct line* line, const char* bytes, size_t size, int is_cut, enum quoting quoting)
{
    say(line, "\"");
    for (size_t i = 0; i < size; i++)
        say_byte(line, (unsigned char)bytes[i], i + 1 < size ? (unsigned char)bytes[i + 1] : 0,
                 quoting == kInHex);
    say(line, is_cut ? "\"..." : "\"");
}

static void say_short_signal(struct line* line, long signal)
{
    const char* name = signal_name((int)signal);
    if (name && signal < 32)
        say(line, "%s", name);
    else if (signal >= 32 && signal <= 64)
        say(line, signal == 32 ? "RTMIN" : "RT_%ld", signal - 32);
    else
        say(line, "%ld", signal);
}

void say_signal(struct line* line, long signal)
{
    const char* name = signal_name((int)signal);
    if (signal > 0 && signal < 32 && name)
        say(line, "SIG%s", name);
    else if (signal >= 32 && signal <= 64) {
        say(line, "SIG");
        say_short_signal(line, signal);
    } else
        say(line, "%ld", signal);
}

static void say_signal_list(struct line* line, unsigned long long mask, int is_complement)
{
    const char* separator = "";
    say(line, is_complement ? "~[" : "[");
    for (int signal = 1; signal <= 64; signal++) {
        if ((mask >> (signal - 1) & 1) == 0) continue;
        say(line, "%s", separator);
        say_short_signal(line, signal);
        separator = " ";
    }
    say(line, "]");
}

// Sets with more than two thirds of all signals are said by what is missing.
void say_signals(struct line* line, unsigned long long mask)
{
    int count = 0;
    for (int i = 0; i < 64; i++)
        count += (int)(mask >> i & 1);
    if (count >= 64 * 2 / 3)
        say_signal_list(line, ~mask, 1);
    else
        say_signal_list(line, mask, 0);
}

void say_signal_set(struct line* line, pid_t pid, unsigned long address)
{
    unsigned long long mask;
    if (address == 0) return say(line, "NULL");
    if (read_tracee(pid, address, &mask, sizeof mask) != sizeof mask) return say(line, "%#lx", address);
    say_signals(line, mask);
}

// ---- Signals ----

struct code_name {
    int signal, code;  // signal 0: of every one
    const char* name;
};
static const struct code_name kCodes[] = {
    {0, 0, "SI_USER"},      {0, 0x80, "SI_KERNEL"}, {0, -1, "SI_QUEUE"},      {0, -2, "SI_TIMER"},
    {0, -6, "SI_TKILL"},    {17, 1, "CLD_EXITED"},  {17, 2, "CLD_KILLED"},    {17, 3, "CLD_DUMPED"},
    {17, 4, "CLD_TRAPPED"}, {17, 5, "CLD_STOPPED"}, {17, 6, "CLD_CONTINUED"}, {11, 1, "SEGV_MAPERR"},
    {11, 2, "SEGV_ACCERR"}, {7, 1, "BUS_ADRALN"},   {7, 2, "BUS_ADRERR"},     {8, 1, "FPE_INTDIV"},
    {8, 2, "FPE_INTOVF"},   {8, 3, "FPE_FLTDIV"},   {8, 7, "FPE_FLTINV"},     {4, 1, "ILL_ILLOPC"},
    {4, 2, "ILL_ILLOPN"},   {5, 1, "TRAP_BRKPT"},   {5, 2, "TRAP_TRACE"},
};

static void say_code(struct line* line, int signal, int code)
{
    for (size_t i = 0; i < sizeof kCodes / sizeof *kCodes; i++)
        if (kCodes[i].code == code && (kCodes[i].signal == 0 || kCodes[i].signal == signal))
            return say(line, "%s", kCodes[i].name);
    say(line, "%d", code);
}

void say_siginfo(struct line* line, const void* bytes)
{
    const int* info = bytes;
    const int signal = info[0], code = info[2], *fields = info + 3;
    say(line, "{si_signo=");
    say_signal(line, signal);
    say(line, ", si_code=");
    say_code(line, signal, code);
    const int is_fault = signal == 4 || signal == 5 || signal == 7 || signal == 8 || signal == 11;
    if (is_fault && code > 0 && code != 0x80) {
        if (fields[0] == 0)
            say(line, ", si_addr=NULL");
        else
            say(line, ", si_addr=%#x", (unsigned)fields[0]);
    } else if (signal == 17 && code > 0) {
        say(line, ", si_pid=%d, si_uid=%d, si_status=", fields[0], fields[1]);
        if (code == 1)
            say(line, "%d", fields[2]);
        else
            say_signal(line, fields[2]);
        say(line, ", si_utime=%d, si_stime=%d", fields[3], fields[4]);
    } else if (code <= 0 && (code == 0 || code == -6)) {
        say(line, ", si_pid=%d, si_uid=%d", fields[0], fields[1]);
    } else if (code == -1) {
        say(line, ", si_pid=%d, si_uid=%d", fields[0], fields[1]);
        if (fields[2] != 0) say(line, ", si_int=%d, si_ptr=%#x", fields[2], (unsigned)fields[2]);
    }
    say(line, "}");
}
