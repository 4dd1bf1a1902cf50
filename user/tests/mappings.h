// What the programs that print every answer of the mmap family share. They print what Linux prints: test/test_mmap.py runs
// the same binary on both and compares the lines, so nothing that may differ (an address, a pid) is printed.
#pragma once

#include "parts.h"

#include <fcntl.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { kRead = PROT_READ, kWrite = PROT_READ | PROT_WRITE, kPrivate = MAP_PRIVATE | MAP_ANONYMOUS };

static inline const char* error_name(int error)
{
    static const struct {
        int error;
        const char* name;
    } names[] = {
        {EPERM, "EPERM"},         {EBADF, "EBADF"},   {EAGAIN, "EAGAIN"}, {ENOMEM, "ENOMEM"},
        {EACCES, "EACCES"},       {EFAULT, "EFAULT"}, {EBUSY, "EBUSY"},   {EEXIST, "EEXIST"},
        {ENODEV, "ENODEV"},       {EINVAL, "EINVAL"}, {ENOSYS, "ENOSYS"}, {EOPNOTSUPP, "EOPNOTSUPP"},
        {EOVERFLOW, "EOVERFLOW"},
    };
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].error == error) return names[i].name;
    return strerror(error);
}

// "what: ok" or the error of a call that answers 0 or -1.
#define show(what, call)                                                                                     \
    do {                                                                                                     \
        errno = 0;                                                                                           \
        const int answer_of_call = (int)(call);                                                              \
        printf("%s: %s\n", what, answer_of_call == -1 ? error_name(errno) : "ok");                           \
    } while (0)

// Where a mapping came to stand, told from a place that is known.
static inline char* show_place(const char* what, void* place, const char* base)
{
    if (place == MAP_FAILED)
        printf("%s: %s\n", what, error_name(errno));
    else if ((char*)place >= base && (char*)place < base + 64 * kPage)
        printf("%s: at page %d\n", what, (int)(((char*)place - base) / kPage));
    else
        printf("%s: elsewhere\n", what);
    return place;
}

static inline void show_map(const char* what, void* place, size_t size)
{
    printf("%s: %s\n", what, place == MAP_FAILED ? error_name(errno) : "ok");
    if (place != MAP_FAILED) munmap(place, size);
}

static inline char* map_at(char* place, int pages, int protection)
{
    char* at = mmap(place, pages * kPage, protection, kPrivate | (place ? MAP_FIXED : 0), -1, 0);
    check(at != MAP_FAILED && (!place || at == place));
    return at;
}

// 64 pages where nothing is, and room for more below and above.
static inline char* free_place(void)
{
    char* place = mmap(NULL, 4096 * kPage, PROT_NONE, kPrivate, -1, 0);
    check(place != MAP_FAILED && munmap(place, 4096 * kPage) == 0);
    return place + 1024 * kPage;
}

// The rights of `pages` pages from `base` on, and in how many regions they lie: "rw. ... r.. (2)".
static inline void show_pages(const char* what, const char* base, int pages)
{
    char line[256], rights[64 * 4 + 1] = "";
    int regions = 0;
    FILE* maps = fopen("/proc/self/maps", "r");
    check(maps && pages <= 64);
    for (int i = 0; i < pages; i++)
        strcat(rights, "    ");
    while (fgets(line, sizeof(line), maps)) {
        unsigned long first, end;
        char bits[8];
        if (sscanf(line, "%lx-%lx %4s", &first, &end, bits) != 3) continue;
        if (end <= (unsigned long)base || first >= (unsigned long)base + pages * kPage) continue;
        regions++;
        for (int i = 0; i < pages; i++) {
            const unsigned long page = (unsigned long)base + i * kPage;
            if (page >= first && page < end) memcpy(rights + 4 * i, bits, 4);
        }
    }
    fclose(maps);
    printf("%s:", what);
    for (int i = 0; i < pages; i++)
        printf(" %.3s", rights[4 * i] == ' ' ? "..." : rights + 4 * i);
    printf(" (%d)\n", regions);
}

// ---- Touching ----

static sigjmp_buf touch_back;
static const char* touch_answer;

static inline void touch_failed(int signal, siginfo_t* info, void* context)
{
    (void)context;
    const int code = info->si_code;
    touch_answer = signal == SIGBUS      ? (code == BUS_ADRERR ? "SIGBUS, BUS_ADRERR" : "SIGBUS")
                   : code == SEGV_MAPERR ? "SIGSEGV, SEGV_MAPERR"
                   : code == SEGV_ACCERR ? "SIGSEGV, SEGV_ACCERR"
                                         : "SIGSEGV";
    siglongjmp(touch_back, 1);
}

static inline void catch_touches(void)
{
    static char stack[4 * kPage];  // also where the ordinary stack is what was touched
    const stack_t other = {.ss_sp = stack, .ss_size = sizeof(stack)};
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = touch_failed;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    check(sigaltstack(&other, NULL) == 0);
    check(sigaction(SIGSEGV, &action, NULL) == 0 && sigaction(SIGBUS, &action, NULL) == 0);
}

static inline const char* read_of(const volatile char* place)
{
    static char text[32];
    catch_touches();
    if (sigsetjmp(touch_back, 1) != 0) return touch_answer;
    sprintf(text, "%d", *place);
    return text;
}

static inline const char* store_to(volatile char* place, char value)
{
    catch_touches();
    if (sigsetjmp(touch_back, 1) != 0) return touch_answer;
    *place = value;
    return "stored";
}

static inline void show_read(const char* what, const volatile char* place)
{
    printf("%s: %s\n", what, read_of(place));
}

static inline void show_store(const char* what, volatile char* place, char value)
{
    printf("%s: %s\n", what, store_to(place, value));
}

// ---- Files ----

// An unnamed file of so many pages; page i is full of the byte 'a' + i.
static inline int make_file(int pages)
{
    static char page[kPage];
    char path[64];
    sprintf(path, "/tmp/mappings.%d", (int)getpid());
    const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    check(fd >= 0);
    for (int i = 0; i < pages; i++) {
        memset(page, 'a' + i, sizeof(page));
        check(write(fd, page, sizeof(page)) == kPage);
    }
    return fd;
}

static inline const char* file_path(void)
{
    static char path[64];
    sprintf(path, "/tmp/mappings.%d", (int)getpid());
    return path;
}

static inline void show_byte(const char* what, int fd, long offset)
{
    char byte = 0;
    const ssize_t count = pread(fd, &byte, 1, offset);
    printf("%s: %d of 1, %d\n", what, (int)count, byte);
}
