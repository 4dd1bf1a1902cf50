// test and [.
//   or: and [-o and]...    and: not [-a not]...    not: ! not | primary
#include "builtins.h"

#include "expand.h"
#include "shell.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct tester {
    char** next;  // null at the end
    int left;
    bool failed;
};

static bool test_or(struct tester* t);

static bool trouble(struct tester* t, const char* what, const char* message)
{
    if (!t->failed) warn("test: %s: %s", what, message);
    t->failed = true;
    return false;
}

static char* take(struct tester* t)
{
    t->left--;
    return *t->next++;
}

static bool next_is(const struct tester* t, const char* text)
{
    return t->left > 0 && strcmp(*t->next, text) == 0;
}

static bool test_mode(const char* path, mode_t type)
{
    struct stat status;
    return stat(path, &status) == 0 && (status.st_mode & S_IFMT) == type;
}

static bool test_bit(const char* path, mode_t bit)
{
    struct stat status;
    return stat(path, &status) == 0 && (status.st_mode & bit);
}

static bool test_descriptor(struct tester* t, const char* text)
{
    long long number;
    if (!parse_number(text, &number)) return trouble(t, text, "illegal number");
    return isatty((int)number);
}

static bool test_unary(struct tester* t, char operation, const char* operand)
{
    struct stat status;
    switch (operation) {
    case 'n':
        return *operand;
    case 'z':
        return !*operand;
    case 'e':
        return stat(operand, &status) == 0;
    case 'f':
        return test_mode(operand, S_IFREG);
    case 'd':
        return test_mode(operand, S_IFDIR);
    case 'b':
        return test_mode(operand, S_IFBLK);
    case 'c':
        return test_mode(operand, S_IFCHR);
    case 'p':
        return test_mode(operand, S_IFIFO);
    case 'S':
        return test_mode(operand, S_IFSOCK);
    case 'h':
    case 'L':
        return lstat(operand, &status) == 0 && S_ISLNK(status.st_mode);
    case 'g':
        return test_bit(operand, S_ISGID);
    case 'u':
        return test_bit(operand, S_ISUID);
    case 'k':
        return test_bit(operand, 01000);
    case 'r':
        return access(operand, R_OK) == 0;
    case 'w':
        return access(operand, W_OK) == 0;
    case 'x':
        return access(operand, X_OK) == 0;
    case 's':
        return stat(operand, &status) == 0 && status.st_size > 0;
    case 'O':
        return stat(operand, &status) == 0 && status.st_uid == geteuid();
    case 'G':
        return stat(operand, &status) == 0 && status.st_gid == getegid();
    default:
        return test_descriptor(t, operand);
    }
}

enum comparison {
    EQUAL,
    NOT_EQUAL,
    LESS,
    GREATER,
    INT_EQ,
    INT_NE,
    INT_GT,
    INT_GE,
    INT_LT,
    INT_LE,
    NEWER,
    OLDER,
    SAME
};

static const char* const comparisons[] = {"=",   "!=",  "<",   ">",   "-eq", "-ne", "-gt",
                                          "-ge", "-lt", "-le", "-nt", "-ot", "-ef"};

static int find_comparison(const char* text)
{
    if (strcmp(text, "==") == 0) return EQUAL;
    for (int i = 0; i <= SAME; i++) {
        if (strcmp(text, comparisons[i]) == 0) return i;
    }
    return -1;
}

static bool compare_numbers(struct tester* t, const char* left, enum comparison comparison, const char* right)
{
    long long a, b;
    if (!parse_number(left, &a)) return trouble(t, left, "illegal number");
    if (!parse_number(right, &b)) return trouble(t, right, "illegal number");
    switch (comparison) {
    case INT_EQ:
        return a == b;
    case INT_NE:
        return a != b;
    case INT_GT:
        return a > b;
    case INT_GE:
        return a >= b;
    case INT_LT:
        return a < b;
    default:
        return a <= b;
    }
}

static bool is_newer(const struct stat* a, const struct stat* b)
{
    if (a->st_mtim.tv_sec != b->st_mtim.tv_sec) return a->st_mtim.tv_sec > b->st_mtim.tv_sec;
    return a->st_mtim.tv_nsec > b->st_mtim.tv_nsec;
}

static bool compare_files(const char* left, enum comparison comparison, const char* right)
{
    struct stat a, b;
    const bool left_exists = stat(left, &a) == 0, right_exists = stat(right, &b) == 0;
    switch (comparison) {
    case NEWER:
        return left_exists && (!right_exists || is_newer(&a, &b));
    case OLDER:
        return right_exists && (!left_exists || is_newer(&b, &a));
    default:
        return left_exists && right_exists && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
    }
}

static bool compare(struct tester* t, const char* left, enum comparison comparison, const char* right)
{
    switch (comparison) {
    case EQUAL:
        return strcmp(left, right) == 0;
    case NOT_EQUAL:
        return strcmp(left, right) != 0;
    case LESS:
        return strcmp(left, right) < 0;
    case GREATER:
        return strcmp(left, right) > 0;
    case NEWER:
    case OLDER:
    case SAME:
        return compare_files(left, comparison, right);
    default:
        return compare_numbers(t, left, comparison, right);
    }
}

static bool is_unary(const char* text)
{
    return text[0] == '-' && text[1] && !text[2] && strchr("nzefdbcpShLgukrwxsOGt", text[1]);
}

static bool test_primary(struct tester* t)
{
    if (t->left == 0) return trouble(t, "argument", "expected");
    // A comparison goes first: in `[ ! = x ]` and `[ -f = x ]` the first word is an operand.
    const int comparison = t->left >= 3 ? find_comparison(t->next[1]) : -1;
    if (comparison >= 0) {
        const char* left = take(t);
        take(t);
        return compare(t, left, (enum comparison)comparison, take(t));
    }
    if (t->left > 1 && next_is(t, "!")) {
        take(t);
        return !test_primary(t);
    }
    if (t->left > 1 && next_is(t, "(")) {
        take(t);
        const bool result = test_or(t);
        if (!next_is(t, ")")) return trouble(t, ")", "expected");
        take(t);
        return result;
    }
    if (t->left > 1 && is_unary(*t->next)) {
        const char operation = take(t)[1];
        return test_unary(t, operation, take(t));
    }
    return *take(t);
}

static bool test_and(struct tester* t)
{
    bool result = test_primary(t);
    while (next_is(t, "-a")) {
        take(t);
        result = test_primary(t) && result;
    }
    return result;
}

static bool test_or(struct tester* t)
{
    bool result = test_and(t);
    while (next_is(t, "-o")) {
        take(t);
        result = test_and(t) || result;
    }
    return result;
}

int builtin_test(int argc, char** argv)
{
    if (strcmp(argv[0], "[") == 0 && strcmp(argv[--argc], "]") != 0) {
        warn("[: missing ]");
        return 2;
    }
    struct tester t = {.next = argv + 1, .left = argc - 1};
    if (t.left == 0) return 1;
    const bool result = test_or(&t);
    if (!t.failed && t.left > 0) trouble(&t, *t.next, "unexpected operator");
    return t.failed ? 2 : !result;
}
