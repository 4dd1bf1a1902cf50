// find: walks trees and puts an expression to every name. The expression is parsed once into a tree of tests;
// what a test does (print, exec, ...) happens while it is evaluated.
#include "user/lib/mode.h"
#include "user/lib/names.h"
#include "user/lib/tool.h"
#include "user/lib/tree.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
    "Usage: find [PATH]... [EXPRESSION]\n"
    "Walk the trees under the PATHs (.) and evaluate the expression for each name.\n"
    "Tests:   -name PATTERN  -iname PATTERN  -path PATTERN  -type fdlbcps  -size [+-]N[bckMG]  -empty\n"
    "         -newer FILE  -mtime [+-]DAYS  -mmin [+-]MINUTES  -perm [-/]MODE  -user NAME  -links [+-]N  "
    "-inum N\n"
    "Actions: -print  -print0  -ls  -delete  -prune  -quit  -exec COMMAND {} ;  -exec COMMAND {} +\n"
    "Options: -maxdepth N  -mindepth N  -depth  -xdev\n"
    "Joined:  ( E )  ! E  E -a E (or only E E)  E -o E\n";

enum operation {
    kAnd,
    kOr,
    kNot,
    kTrue,
    kName,
    kNameFold,
    kPath,
    kType,
    kSize,
    kEmpty,
    kNewer,
    kAge,
    kPerm,
    kUser,
    kLinks,
    kInode,
    kPrint,
    kPrint0,
    kList,
    kDelete,
    kPrune,
    kQuit,
    kExec,
    kExecMany
};

struct test {
    enum operation operation;
    struct test *left, *right;
    const char* text;  // pattern, types
    char** command;    // of exec, null-terminated
    int command_length;
    long long number, unit;
    int sign;  // '+' more than, '-' less than, 0 exactly (perm: '-' all bits, '/' any)
    struct timespec time;
    struct {
        char** names;
        size_t count, bytes;
    } gathered;  // of -exec ... +
};

struct file {
    const char* path;
    const char* name;
    struct stat status;
    int depth, prune;
};

static char** word;  // the next one of the expression
static int max_depth = -1, min_depth, depth_first, one_device, has_action, quit;
static dev_t device;
static time_t now;

// ---- parsing ----

static struct test* make(enum operation operation)
{
    struct test* test = tool_allocate(sizeof *test);
    memset(test, 0, sizeof *test);
    test->operation = operation;
    return test;
}

static struct test* join(enum operation operation, struct test* left, struct test* right)
{
    struct test* test = make(operation);
    test->left = left;
    test->right = right;
    return test;
}

static const char* argument(const char* of)
{
    if (!*word) tool_die("%s needs an argument", of);
    return *word++;
}

static void parse_sign(struct test* test, const char** text)
{
    test->sign = **text == '+' || **text == '-' ? *(*text)++ : 0;
}

static struct test* parse_count(enum operation operation, const char* of, long long unit)
{
    struct test* test = make(operation);
    const char* text = argument(of);
    char* end;
    parse_sign(test, &text);
    test->number = strtoll(text, &end, 10);
    test->unit = unit;
    if (end == text || *end) tool_die("%s: wrong number '%s'", of, text);
    return test;
}

static struct test* parse_size(void)
{
    struct test* test = make(kSize);
    const char* text = argument("-size");
    char* end;
    parse_sign(test, &text);
    test->number = strtoll(text, &end, 10);
    switch (*end) {
    case 'c':
        test->unit = 1;
        break;
    case 'w':
        test->unit = 2;
        break;
    case 'k':
        test->unit = 1024;
        break;
    case 'M':
        test->unit = 1024 * 1024;
        break;
    case 'G':
        test->unit = 1024 * 1024 * 1024;
        break;
    case 0:
    case 'b':
        test->unit = 512;
        break;
    default:
        tool_die("-size: unknown unit '%s'", end);
    }
    if (end == text || (*end && end[1])) tool_die("-size: wrong number '%s'", text);
    return test;
}

static struct test* parse_perm(void)
{
    struct test* test = make(kPerm);
    const char* text = argument("-perm");
    mode_t mode = 0;
    if (*text == '-' || *text == '/') test->sign = *text++;
    if (!parse_mode(text, 0, 0, &mode)) tool_die("-perm: wrong mode '%s'", text);
    test->number = mode;
    return test;
}

static struct test* parse_newer(void)
{
    struct test* test = make(kNewer);
    const char* path = argument("-newer");
    struct stat status;
    if (stat(path, &status) < 0) tool_die("%s: %s", path, strerror(errno));
    test->time = status.st_mtim;
    return test;
}

static struct test* parse_user(void)
{
    struct test* test = make(kUser);
    const char* name = argument("-user");
    uid_t uid;
    if (!find_user(name, &uid)) tool_die("-user: unknown user '%s'", name);
    test->number = uid;
    return test;
}

static struct test* parse_exec(void)
{
    struct test* test = make(kExec);
    has_action = 1;
    test->command = word;
    for (; *word; word++, test->command_length++) {
        if (strcmp(*word, ";") == 0) break;
        if (strcmp(*word, "+") == 0 && test->command_length > 0 && strcmp(word[-1], "{}") == 0) {
            test->operation = kExecMany;
            test->command_length--;
            break;
        }
    }
    if (!*word || test->command_length == 0) tool_die("-exec: a command and then ';' or '{} +' are needed");
    *word++ = NULL;
    return test;
}

static struct test* parse_text(enum operation operation, const char* of)
{
    struct test* test = make(operation);
    test->text = argument(of);
    return test;
}

static struct test* parse_action(enum operation operation)
{
    has_action |= operation != kPrune;
    depth_first |= operation == kDelete;
    return make(operation);
}

static struct test* parse_option(const char* name)
{
    if (strcmp(name, "-maxdepth") == 0)
        max_depth = (int)tool_parse_number(argument(name));
    else if (strcmp(name, "-mindepth") == 0)
        min_depth = (int)tool_parse_number(argument(name));
    else if (strcmp(name, "-depth") == 0)
        depth_first = 1;
    else if (strcmp(name, "-xdev") == 0 || strcmp(name, "-mount") == 0)
        one_device = 1;
    else if (strcmp(name, "-true") != 0)
        tool_die("unknown test '%s'", name);
    return make(kTrue);
}

static struct test* parse_test(const char* name)
{
    static const struct {
        const char* name;
        enum operation operation;
        char argument;  // t a text, - none (an action)
    } simple[] = {{"-name", kName, 't'},      {"-iname", kNameFold, 't'}, {"-path", kPath, 't'},
                  {"-wholename", kPath, 't'}, {"-type", kType, 't'},      {"-print", kPrint, '-'},
                  {"-print0", kPrint0, '-'},  {"-ls", kList, '-'},        {"-delete", kDelete, '-'},
                  {"-prune", kPrune, '-'},    {"-quit", kQuit, '-'}};
    for (size_t i = 0; i < sizeof simple / sizeof simple[0]; i++) {
        if (strcmp(simple[i].name, name) != 0) continue;
        return simple[i].argument == 't' ? parse_text(simple[i].operation, name)
                                         : parse_action(simple[i].operation);
    }
    if (strcmp(name, "-empty") == 0) return make(kEmpty);
    if (strcmp(name, "-size") == 0) return parse_size();
    if (strcmp(name, "-mtime") == 0) return parse_count(kAge, name, 24 * 60 * 60);
    if (strcmp(name, "-mmin") == 0) return parse_count(kAge, name, 60);
    if (strcmp(name, "-links") == 0) return parse_count(kLinks, name, 1);
    if (strcmp(name, "-inum") == 0) return parse_count(kInode, name, 1);
    if (strcmp(name, "-perm") == 0) return parse_perm();
    if (strcmp(name, "-newer") == 0) return parse_newer();
    if (strcmp(name, "-user") == 0) return parse_user();
    if (strcmp(name, "-exec") == 0) return parse_exec();
    return parse_option(name);
}

static int take(const char* text)
{
    if (!*word || strcmp(*word, text) != 0) return 0;
    word++;
    return 1;
}

static struct test* parse_or(void);

static struct test* parse_primary(void)
{
    if (take("!") || take("-not")) return join(kNot, parse_primary(), NULL);
    if (take("(")) {
        struct test* inside = parse_or();
        if (!take(")")) tool_die("missing ')'");
        return inside;
    }
    if (!*word) tool_die("the expression ends too early");
    return parse_test(*word++);
}

static struct test* parse_and(void)
{
    struct test* left = parse_primary();
    while (*word && strcmp(*word, ")") != 0 && strcmp(*word, "-o") != 0 && strcmp(*word, "-or") != 0) {
        if (!take("-a")) take("-and");
        left = join(kAnd, left, parse_primary());
    }
    return left;
}

static struct test* parse_or(void)
{
    struct test* left = parse_and();
    while (take("-o") || take("-or"))
        left = join(kOr, left, parse_and());
    return left;
}

// ---- running commands ----

static int run(char** arguments)  // 1 when it succeeded
{
    int status;
    fflush(stdout);
    const pid_t child = fork();
    if (child < 0) tool_die("fork: %s", strerror(errno));
    if (child == 0) {
        execvp(arguments[0], arguments);
        fprintf(stderr, "find: %s: %s\n", arguments[0], strerror(errno));
        _exit(127);
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static char* replace_braces(const char* text, const char* path)
{
    size_t size = strlen(text) + 1;
    for (const char* at = text; (at = strstr(at, "{}")); at += 2)
        size += strlen(path);
    char* result = tool_allocate(size);
    char* to = result;
    while (*text) {
        if (strncmp(text, "{}", 2) == 0) {
            to = stpcpy(to, path);
            text += 2;
        } else {
            *to++ = *text++;
        }
    }
    *to = 0;
    return result;
}

static int exec_one(const struct test* test, const char* path)
{
    char** arguments = tool_allocate((size_t)(test->command_length + 1) * sizeof *arguments);
    for (int i = 0; i < test->command_length; i++)
        arguments[i] = replace_braces(test->command[i], path);
    arguments[test->command_length] = NULL;
    const int good = run(arguments);
    for (int i = 0; i < test->command_length; i++)
        free(arguments[i]);
    free(arguments);
    return good;
}

static void exec_gathered(struct test* test)
{
    if (test->gathered.count == 0) return;
    const size_t fixed = (size_t)test->command_length, count = test->gathered.count;
    char** arguments = tool_allocate((fixed + count + 1) * sizeof *arguments);
    memcpy(arguments, test->command, fixed * sizeof *arguments);
    memcpy(arguments + fixed, test->gathered.names, count * sizeof *arguments);
    arguments[fixed + count] = NULL;
    if (!run(arguments) && !tool_status) tool_status = 1;
    for (size_t i = 0; i < count; i++)
        free(test->gathered.names[i]);
    free(arguments);
    test->gathered.count = test->gathered.bytes = 0;
}

static void gather(struct test* test, const char* path)
{
    enum { kMostBytes = 64 * 1024, kMostNames = 1000 };
    if (!test->gathered.names) test->gathered.names = tool_allocate(kMostNames * sizeof(char*));
    test->gathered.names[test->gathered.count++] = tool_copy_string(path);
    test->gathered.bytes += strlen(path) + 1;
    if (test->gathered.count == kMostNames || test->gathered.bytes > kMostBytes) exec_gathered(test);
}

static void exec_rest(struct test* test)
{
    if (!test) return;
    if (test->operation == kExecMany) exec_gathered(test);
    exec_rest(test->left);
    exec_rest(test->right);
}

// ---- tests ----

static int type_matches(const char* types, mode_t mode)
{
    char text[11];
    mode_to_text(mode, text);
    const char letter = text[0] == '-' ? 'f' : text[0];
    return strchr(types, letter) != NULL;
}

static int compare_count(const struct test* test, long long value)
{
    if (test->sign == '+') return value > test->number;
    if (test->sign == '-') return value < test->number;
    return value == test->number;
}

static int is_empty(const struct file* file)
{
    if (S_ISREG(file->status.st_mode)) return file->status.st_size == 0;
    if (!S_ISDIR(file->status.st_mode)) return 0;
    DIR* directory = opendir(file->path);
    int count = 0;
    if (!directory) return 0;
    for (struct dirent* entry; (entry = readdir(directory));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(directory);
    return count == 0;
}

static int is_newer(const struct stat* status, const struct timespec* time)
{
    if (status->st_mtim.tv_sec != time->tv_sec) return status->st_mtim.tv_sec > time->tv_sec;
    return status->st_mtim.tv_nsec > time->tv_nsec;
}

static int perm_matches(const struct test* test, mode_t mode)
{
    const mode_t wanted = (mode_t)test->number;
    mode &= 07777;
    if (test->sign == '-') return (mode & wanted) == wanted;
    if (test->sign == '/') return wanted == 0 || (mode & wanted) != 0;
    return mode == wanted;
}

static void list(const struct file* file)
{
    char mode[11], time_text[32];
    const struct stat* status = &file->status;
    mode_to_text(status->st_mode, mode);
    strftime(time_text, sizeof time_text, "%b %e %H:%M", localtime(&status->st_mtime));
    printf("%9llu %6llu %s %3u %-8s %-8s ", (unsigned long long)status->st_ino,
           (unsigned long long)(status->st_blocks + 1) / 2, mode, (unsigned)status->st_nlink,
           user_name(status->st_uid), group_name(status->st_gid));
    printf("%8lld %s %s\n", (long long)status->st_size, time_text, file->path);
}

static int delete_file(const struct file* file)
{
    if (strcmp(file->path, ".") == 0) return 1;
    const int failed = S_ISDIR(file->status.st_mode) ? rmdir(file->path) : unlink(file->path);
    if (failed < 0) tool_warn("cannot delete '%s'", file->path);
    return failed == 0;
}

static int evaluate(struct test* test, struct file* file)
{
    const struct stat* status = &file->status;
    switch (test->operation) {
    case kAnd:
        return evaluate(test->left, file) && evaluate(test->right, file);
    case kOr:
        return evaluate(test->left, file) || evaluate(test->right, file);
    case kNot:
        return !evaluate(test->left, file);
    case kTrue:
        return 1;
    case kName:
        return fnmatch(test->text, file->name, 0) == 0;
    case kNameFold:
        return fnmatch(test->text, file->name, FNM_CASEFOLD) == 0;
    case kPath:
        return fnmatch(test->text, file->path, 0) == 0;
    case kType:
        return type_matches(test->text, status->st_mode);
    case kSize:
        return compare_count(test, ((long long)status->st_size + test->unit - 1) / test->unit);
    case kEmpty:
        return is_empty(file);
    case kNewer:
        return is_newer(status, &test->time);
    case kAge:
        return compare_count(test, (long long)(now - status->st_mtime) / test->unit);
    case kPerm:
        return perm_matches(test, status->st_mode);
    case kUser:
        return (long long)status->st_uid == test->number;
    case kLinks:
        return compare_count(test, (long long)status->st_nlink);
    case kInode:
        return compare_count(test, (long long)status->st_ino);
    case kPrint:
        puts(file->path);
        return 1;
    case kPrint0:
        fwrite(file->path, 1, strlen(file->path) + 1, stdout);
        return 1;
    case kList:
        list(file);
        return 1;
    case kDelete:
        return delete_file(file);
    case kPrune:
        file->prune = 1;
        return 1;
    case kQuit:
        quit = 1;
        return 1;
    case kExec:
        return exec_one(test, file->path);
    case kExecMany:
        gather(test, file->path);
        return 1;
    }
    return 0;
}

// ---- walking ----

static void visit(const char* path, const char* name, int depth, struct test* test);

static void visit_directory(const struct file* file, struct test* test)
{
    char** names = NULL;
    size_t count = 0;
    DIR* directory = opendir(file->path);
    if (!directory) {
        tool_warn("'%s'", file->path);
        return;
    }
    for (struct dirent* entry;
         (entry = readdir(directory));) {  // all names first: -delete changes the directory
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (count % 64 == 0) names = tool_reallocate(names, (count + 64) * sizeof *names);
        names[count++] = tool_copy_string(entry->d_name);
    }
    closedir(directory);
    for (size_t i = 0; i < count; i++) {
        char* path = join_path(file->path, names[i]);
        if (!quit) visit(path, names[i], file->depth + 1, test);
        free(path);
        free(names[i]);
    }
    free(names);
}

static void visit(const char* path, const char* name, int depth, struct test* test)
{
    struct file file = {.path = path, .name = name, .depth = depth};
    if (lstat(path, &file.status) < 0) {
        tool_warn("'%s'", path);
        return;
    }
    if (depth == 0) device = file.status.st_dev;
    const int descend = S_ISDIR(file.status.st_mode) && (max_depth < 0 || depth < max_depth) &&
                        (!one_device || file.status.st_dev == device);
    if (!depth_first && depth >= min_depth) evaluate(test, &file);
    if (descend && !file.prune && !quit) visit_directory(&file, test);
    if (depth_first && depth >= min_depth && !quit) evaluate(test, &file);
}

static int begins_expression(const char* text)
{
    return (text[0] == '-' && text[1]) || strcmp(text, "(") == 0 || strcmp(text, "!") == 0;
}

int main(int argc, char** argv)
{
    tool_begin(argc, argv, help);
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(help, stdout);
        return tool_end();
    }
    char** paths = argv + 1;
    int path_count = 0;
    while (paths[path_count] && !begins_expression(paths[path_count]))
        path_count++;
    now = time(NULL);
    word = paths + path_count;
    struct test* test = *word ? parse_or() : make(kTrue);
    if (*word) tool_die("unexpected '%s'", *word);
    if (!has_action) test = join(kAnd, test, make(kPrint));
    if (path_count == 0) visit(".", ".", 0, test);
    for (int i = 0; i < path_count && !quit; i++)
        visit(paths[i], last_part(paths[i]), 0, test);
    exec_rest(test);
    return tool_end();
}
