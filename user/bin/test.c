// test, and [ where its name is that: answers a question about files, strings or numbers by its exit status.
#include "user/lib/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
    "Usage: test EXPRESSION   or   [ EXPRESSION ]\n"
    "Status 0 if EXPRESSION is true, 1 if false, 2 if it is none.\n"
    "Files:    -e exists  -f regular  -d directory  -L link  -b -c -p -S other kinds  -s not empty\n"
    "          -r -w -x may be read, written, run  -u -g -k bits  -t N is a terminal\n"
    "          A -nt B newer   A -ot B older   A -ef B the same file\n"
    "Strings:  -n TEXT not empty   -z TEXT empty   A = B   A != B   A < B   A > B\n"
    "Numbers:  A -eq -ne -lt -le -gt -ge B\n"
    "Joined:   ! E   ( E )   E -a E   E -o E\n";

static char** word;  // what stands next
static char** end;

static int parse_or(void);

static _Noreturn void wrong(const char* what)
{
    tool_error("%s", what);
    exit(2);
}

static long long number(const char* text)
{
    char* stop;
    errno = 0;
    const long long value = strtoll(text, &stop, 10);
    while (*stop == ' ')
        stop++;
    if (stop == text || *stop || errno) {
        tool_error("%s: integer expression expected", text);
        exit(2);
    }
    return value;
}

static int ask_file(char letter, const char* path)
{
    struct stat status;
    if (letter == 't') return isatty((int)number(path));
    if (letter == 'r') return access(path, R_OK) == 0;
    if (letter == 'w') return access(path, W_OK) == 0;
    if (letter == 'x') return access(path, X_OK) == 0;
    if ((letter == 'L' || letter == 'h' ? lstat : stat)(path, &status) < 0) return 0;
    switch (letter) {
    case 'f':
        return S_ISREG(status.st_mode);
    case 'd':
        return S_ISDIR(status.st_mode);
    case 'L':
    case 'h':
        return S_ISLNK(status.st_mode);
    case 'b':
        return S_ISBLK(status.st_mode);
    case 'c':
        return S_ISCHR(status.st_mode);
    case 'p':
        return S_ISFIFO(status.st_mode);
    case 'S':
        return S_ISSOCK(status.st_mode);
    case 's':
        return status.st_size > 0;
    case 'u':
        return (status.st_mode & S_ISUID) != 0;
    case 'g':
        return (status.st_mode & S_ISGID) != 0;
    case 'k':
        return (status.st_mode & S_ISVTX) != 0;
    case 'O':
        return status.st_uid == geteuid();
    case 'G':
        return status.st_gid == getegid();
    default:
        return 1;  // -e
    }
}

static int is_unary(const char* text)
{
    return text[0] == '-' && text[1] && !text[2] && strchr("nzefdLhbcpSsrwxugktOG", text[1]);
}

static int ask_unary(const char* operation, const char* text)
{
    if (operation[1] == 'n') return *text != 0;
    if (operation[1] == 'z') return *text == 0;
    return ask_file(operation[1], text);
}

static int compare_times(const char* a,
                         const char* b)  // 1 when a is newer; what is missing is older than all
{
    struct stat left, right;
    const int no_left = stat(a, &left) < 0, no_right = stat(b, &right) < 0;
    if (no_left || no_right) return no_right - no_left;
    if (left.st_mtim.tv_sec != right.st_mtim.tv_sec)
        return left.st_mtim.tv_sec > right.st_mtim.tv_sec ? 1 : -1;
    return (left.st_mtim.tv_nsec > right.st_mtim.tv_nsec) - (left.st_mtim.tv_nsec < right.st_mtim.tv_nsec);
}

static int same_file(const char* a, const char* b)
{
    struct stat left, right;
    if (stat(a, &left) < 0 || stat(b, &right) < 0) return 0;
    return left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

enum binary {
    kNoOperation,
    kSame,
    kDiffer,
    kBefore,
    kAfter,
    kEq,
    kNe,
    kLt,
    kLe,
    kGt,
    kGe,
    kNewer,
    kOlder,
    kSameFile
};

static enum binary binary_operation(const char* text)
{
    static const char* const names[] = {"",    "=",   "!=",  "<",   ">",   "-eq", "-ne",
                                        "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"};
    if (strcmp(text, "==") == 0) return kSame;
    for (int i = kSame; i <= kSameFile; i++)
        if (strcmp(names[i], text) == 0) return (enum binary)i;
    return kNoOperation;
}

static int ask_binary(const char* a, enum binary operation, const char* b)
{
    switch (operation) {
    case kNoOperation:
        break;
    case kSame:
        return strcmp(a, b) == 0;
    case kDiffer:
        return strcmp(a, b) != 0;
    case kBefore:
        return strcmp(a, b) < 0;
    case kAfter:
        return strcmp(a, b) > 0;
    case kEq:
        return number(a) == number(b);
    case kNe:
        return number(a) != number(b);
    case kLt:
        return number(a) < number(b);
    case kLe:
        return number(a) <= number(b);
    case kGt:
        return number(a) > number(b);
    case kGe:
        return number(a) >= number(b);
    case kNewer:
        return compare_times(a, b) > 0;
    case kOlder:
        return compare_times(a, b) < 0;
    case kSameFile:
        return same_file(a, b);
    }
    return 0;
}

// The number of words left decides first, as POSIX has it: so an operand may look like an operation.
static int parse_primary(void)
{
    const long left = end - word;
    if (left == 0) wrong("argument expected");
    if (left >= 3 && binary_operation(word[1]) != kNoOperation) {
        const char *a = word[0], *b = word[2];
        const enum binary operation = binary_operation(word[1]);
        word += 3;
        return ask_binary(a, operation, b);
    }
    if (left >= 2 && strcmp(word[0], "!") == 0) {
        word++;
        return !parse_primary();
    }
    if (left >= 3 && strcmp(word[0], "(") == 0) {
        word++;
        const int result = parse_or();
        if (word == end || strcmp(*word, ")") != 0) wrong("')' expected");
        word++;
        return result;
    }
    if (left >= 2 && is_unary(word[0])) {
        word += 2;
        return ask_unary(word[-2], word[-1]);
    }
    return *(*word++) != 0;
}

static int parse_and(void)
{
    int result = parse_primary();
    while (end - word >= 2 && strcmp(*word, "-a") == 0) {
        word++;
        result = parse_primary() & result;
    }
    return result;
}

static int parse_or(void)
{
    int result = parse_and();
    while (end - word >= 2 && strcmp(*word, "-o") == 0) {
        word++;
        result = parse_and() | result;
    }
    return result;
}

int main(int argc, char** argv)
{
    tool_begin(argc, argv, help);
    word = argv + 1;
    end = argv + argc;
    if (strcmp(tool_name, "[") == 0) {
        if (argc < 2 || strcmp(argv[argc - 1], "]") != 0) wrong("missing ']'");
        end--;
    } else if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(help, stdout);
        return 0;
    }
    if (word == end) return 1;
    const int result = parse_or();
    if (word != end) wrong("too many arguments");
    return !result;
}
