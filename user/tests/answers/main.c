#include "answers.h"

char* before_nowhere(int bytes)
{
    char* at = mmap(NULL, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(at != MAP_FAILED && munmap(at + kPage, kPage) == 0);
    return at + kPage - bytes;
}

static long enter_kernel(const long* words)  // the number, then six arguments
{
    long result;
    __asm__ volatile("pushl %%ebp\n\t"
                     "pushl %%ebx\n\t"
                     "movl (%%eax), %%ecx\n\t"
                     "pushl %%ecx\n\t"
                     "movl 4(%%eax), %%ebx\n\t"
                     "movl 8(%%eax), %%ecx\n\t"
                     "movl 12(%%eax), %%edx\n\t"
                     "movl 16(%%eax), %%esi\n\t"
                     "movl 20(%%eax), %%edi\n\t"
                     "movl 24(%%eax), %%ebp\n\t"
                     "popl %%eax\n\t"
                     "int $0x80\n\t"
                     "popl %%ebx\n\t"
                     "popl %%ebp"
                     : "=a"(result)
                     : "0"(words)
                     : "ecx", "edx", "esi", "edi", "memory");
    return result;
}

long call_kernel(long number, ...)
{
    long words[7] = {number};
    va_list arguments;
    va_start(arguments, number);
    for (int i = 1; i < 7; i++)
        words[i] = va_arg(arguments, long);
    va_end(arguments);
    return enter_kernel(words);
}

#define ERROR(name) [name] = #name
static const char* const error_names[] = {
    ERROR(EPERM),
    ERROR(ENOENT),
    ERROR(ESRCH),
    ERROR(EINTR),
    ERROR(EIO),
    ERROR(ENXIO),
    ERROR(E2BIG),
    ERROR(ENOEXEC),
    ERROR(EBADF),
    ERROR(ECHILD),
    ERROR(EAGAIN),
    ERROR(ENOMEM),
    ERROR(EACCES),
    ERROR(EFAULT),
    ERROR(ENOTBLK),
    ERROR(EBUSY),
    ERROR(EEXIST),
    ERROR(EXDEV),
    ERROR(ENODEV),
    ERROR(ENOTDIR),
    ERROR(EISDIR),
    ERROR(EINVAL),
    ERROR(ENFILE),
    ERROR(EMFILE),
    ERROR(ENOTTY),
    ERROR(ETXTBSY),
    ERROR(EFBIG),
    ERROR(ENOSPC),
    ERROR(ESPIPE),
    ERROR(EROFS),
    ERROR(EMLINK),
    ERROR(EPIPE),
    ERROR(EDOM),
    ERROR(ERANGE),
    ERROR(EDEADLK),
    ERROR(ENAMETOOLONG),
    ERROR(ENOLCK),
    ERROR(ENOSYS),
    ERROR(ENOTEMPTY),
    ERROR(ELOOP),
    [61] = "ENODATA",
    [75] = "EOVERFLOW",
    [88] = "ENOTSOCK",
    [89] = "EDESTADDRREQ",
    [90] = "EMSGSIZE",
    [91] = "EPROTOTYPE",
    [92] = "ENOPROTOOPT",
    [93] = "EPROTONOSUPPORT",
    [94] = "ESOCKTNOSUPPORT",
    [95] = "EOPNOTSUPP",
    [97] = "EAFNOSUPPORT",
    [98] = "EADDRINUSE",
    [99] = "EADDRNOTAVAIL",
    [104] = "ECONNRESET",
    [105] = "ENOBUFS",
    [106] = "EISCONN",
    [107] = "ENOTCONN",
    [110] = "ETIMEDOUT",
    [111] = "ECONNREFUSED",
    [115] = "EINPROGRESS",
};

const char* name_of_error(long error)
{
    static char number[32];
    const long count = sizeof(error_names) / sizeof(error_names[0]);
    if (error >= 0 && error < count && error_names[error]) return error_names[error];
    snprintf(number, sizeof number, "error %ld", error);
    return number;
}

void print_answer(const char* text, long result)
{
    if (result < 0 && result > -4096)
        printf("%s = %s\n", text, name_of_error(-result));
    else
        printf("%s = %ld\n", text, result);
    fflush(stdout);
}

void print_whether(const char* text, long result)
{
    if (result < 0 && result > -4096)
        print_answer(text, result);
    else
        printf("%s = ok\n", text);
    fflush(stdout);
}

void become_user(int uid)
{
    check(kernel_call(setgroups32, 0, 0) == 0);
    check(kernel_call(setresgid32, uid, uid, uid) == 0);
    check(kernel_call(setresuid32, uid, uid, uid) == 0);
}

void in_child(void (*run)(void))
{
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0) {
        run();
        fflush(stdout);
        _exit(0);
    }
    const int status = status_of(pid);
    if (status != 0) note("the child ended with status 0x%x", status);
}

int file_of(const char* name, const char* text)
{
    const int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
    check(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    check(lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

const char* long_name(int length)
{
    static char name[8192];
    memset(name, 'n', length);
    name[length] = 0;
    return name;
}

// Without arguments all parts, with names those; each in an empty directory of its own.
int main(int argc, char** argv)
{
    const char* const where = getenv("ANSWERS_IN");  // a directory's name with a slash behind it
    char place[100];
    int failed = 0;
    snprintf(place, sizeof place, "%sanswers-XXXXXX", where ? where : "/tmp/");
    check(mkdtemp(place) && chmod(place, 0755) == 0 && chdir(place) == 0);
    umask(0);
    for (const struct part* part = __start_parts; part < __stop_parts; part++) {
        int wanted = argc < 2;
        for (int k = 1; k < argc; k++)
            wanted |= strcmp(argv[k], part->name) == 0;
        if (!wanted) continue;
        check(mkdir(part->name, 0777) == 0 && chdir(part->name) == 0);
        failed += run_part(part);
        check(chdir("..") == 0);
    }
    return failed != 0;
}
