// umask, ulimit and times.
#include "builtins.h"

#include "expand.h"
#include "output.h"
#include "shell.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/times.h>
#include <unistd.h>

// ---- umask ----

static void print_symbolic(mode_t mask)
{
    for (int i = 0; i < 3; i++) {
        const mode_t allowed = ~(mask >> (6 - 3 * i));
        out_format("%s%c=%s%s%s", i ? "," : "", "ugo"[i], allowed & 4 ? "r" : "", allowed & 2 ? "w" : "",
                   allowed & 1 ? "x" : "");
    }
    out_char('\n');
}

// One clause like "g-w" or "a=rx" changes what is allowed; null: not understood.
static const char* apply_clause(const char* text, mode_t* allowed)
{
    mode_t who = 0, bits = 0;
    for (; *text && strchr("ugoa", *text); text++) {
        who |= *text == 'u' ? 0700 : *text == 'g' ? 0070 : *text == 'o' ? 0007 : 0777;
    }
    if (!who) who = 0777;
    const char operation = *text;
    if (!operation || !strchr("+-=", operation)) return NULL;
    for (text++; *text && strchr("rwx", *text); text++) {
        bits |= *text == 'r' ? 0444 : *text == 'w' ? 0222 : 0111;
    }
    bits &= who;
    *allowed = operation == '+'   ? *allowed | bits
               : operation == '-' ? *allowed & ~bits
                                  : (*allowed & ~who) | bits;
    return text;
}

static bool parse_mask(const char* text, mode_t old, mode_t* mask)
{
    if (strspn(text, "01234567") == strlen(text)) {
        *mask = 0;
        for (; *text; text++)
            *mask = *mask * 8 + (mode_t)(*text - '0');
        return *mask <= 07777;
    }
    mode_t allowed = ~old & 0777;
    for (;;) {
        text = apply_clause(text, &allowed);
        if (!text || (*text && *text != ',')) return false;
        if (!*text++) break;
    }
    *mask = ~allowed & 0777;
    return true;
}

int builtin_umask(int argc, char** argv)
{
    const mode_t old = umask(0);
    umask(old);
    const bool symbolic = argc > 1 && strcmp(argv[1], "-S") == 0;
    const char* operand = argc > 1 + symbolic ? argv[1 + symbolic] : NULL;
    mode_t mask;
    if (!operand && symbolic) {
        print_symbolic(old);
    } else if (!operand) {
        out_format("%04o\n", (unsigned)old);
    } else if (parse_mask(operand, old, &mask)) {
        umask(mask & 0777);
    } else {
        warn("umask: %s: illegal mode", operand);
        return 2;
    }
    return 0;
}

// ---- ulimit ----

struct limit {
    char letter;
    int resource;
    unsigned unit;  // bytes in what the user sees as 1
    const char* name;
};

static const struct limit limits[] = {
    {'c', RLIMIT_CORE, 512, "core file size (blocks)"},
    {'d', RLIMIT_DATA, 1024, "data segment (KiB)"},
    {'f', RLIMIT_FSIZE, 512, "file size (blocks)"},
    {'m', RLIMIT_RSS, 1024, "resident memory (KiB)"},
    {'n', RLIMIT_NOFILE, 1, "open files"},
    {'s', RLIMIT_STACK, 1024, "stack (KiB)"},
    {'t', RLIMIT_CPU, 1, "CPU time (seconds)"},
    {'u', RLIMIT_NPROC, 1, "processes"},
    {'v', RLIMIT_AS, 1024, "address space (KiB)"},
};
enum { LIMIT_COUNT = sizeof limits / sizeof limits[0] };

static int print_limit(const struct limit* limit, bool hard, bool with_name)
{
    struct rlimit value;
    if (with_name) out_format("%-26s-%c  ", limit->name, limit->letter);
    if (getrlimit(limit->resource, &value) < 0) {
        if (!with_name) warn("ulimit: %s", strerror(errno));
        if (with_name) out_format("%s\n", strerror(errno));
        return 1;
    }
    const rlim_t number = hard ? value.rlim_max : value.rlim_cur;
    if (number == RLIM_INFINITY) {
        out_string("unlimited\n");
    } else {
        out_format("%llu\n", (unsigned long long)number / limit->unit);
    }
    return 0;
}

static int set_limit(const struct limit* limit, bool hard, bool soft, const char* text)
{
    struct rlimit value;
    long long number;
    const bool unlimited = strcmp(text, "unlimited") == 0;
    if (!unlimited && (!parse_number(text, &number) || number < 0)) {
        warn("ulimit: %s: illegal number", text);
        return 2;
    }
    const rlim_t wanted = unlimited ? RLIM_INFINITY : (rlim_t)((unsigned long long)number * limit->unit);
    int result = getrlimit(limit->resource, &value);
    if (hard) value.rlim_max = wanted;
    if (soft) value.rlim_cur = wanted;
    if (result == 0) result = setrlimit(limit->resource, &value);
    if (result < 0) warn("ulimit: %s", strerror(errno));
    return result < 0;
}

int builtin_ulimit(int argc, char** argv)
{
    bool hard = false, soft = false, all = false;
    char letter = 'f';
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        for (const char* option = argv[i] + 1; *option; option++) {
            if (*option == 'H')
                hard = true;
            else if (*option == 'S')
                soft = true;
            else if (*option == 'a')
                all = true;
            else
                letter = *option;
        }
    }
    for (int n = 0; n < LIMIT_COUNT; n++) {
        if (all) print_limit(&limits[n], hard, true);
        if (all || limits[n].letter != letter) continue;
        if (i == argc) return print_limit(&limits[n], hard, false);
        return set_limit(&limits[n], hard || !soft, soft || !hard, argv[i]);
    }
    if (all) return 0;
    warn("ulimit: illegal option -%c", letter);
    return 2;
}

// ---- times ----

static void print_time(clock_t ticks, char end)
{
    const long per_second = sysconf(_SC_CLK_TCK);
    const long seconds = (long)ticks / per_second, hundredths = (long)ticks % per_second * 100 / per_second;
    out_format("%ldm%ld.%02lds%c", seconds / 60, seconds % 60, hundredths, end);
}

int builtin_times(int argc, char** argv)
{
    (void)argc, (void)argv;
    struct tms used;
    times(&used);
    print_time(used.tms_utime, ' ');
    print_time(used.tms_stime, '\n');
    print_time(used.tms_cutime, ' ');
    print_time(used.tms_cstime, '\n');
    return 0;
}
