// Opening, duplicating and restoring descriptors (see redirect.h).
#include "redirect.h"

#include "expand.h"
#include "shell.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIPE_CAPACITY = 4096 };  // what every pipe takes without a reader (PIPE_BUF)

static bool prepare_duplicate(struct prepared_redirect* prepared)
{
    const char* text = prepared->text;
    if (strcmp(text, "-") == 0) {
        prepared->source = -1;
        return true;
    }
    if (!isdigit((unsigned char)text[0]) || text[strspn(text, "0123456789")]) {
        warn("%s: bad descriptor number", text);
        return false;
    }
    prepared->source = atoi(text);
    return true;
}

bool redirects_prepare(const struct redirect* redirects, struct prepared_redirect** prepared)
{
    *prepared = NULL;
    for (; redirects; redirects = redirects->next) {
        struct prepared_redirect* one = arena_allocate(&shell.scratch, sizeof *one);
        *one = (struct prepared_redirect){.kind = redirects->kind, .fd = redirects->fd};
        one->text = expand_string(redirects->target);
        if (shell.unwind) return false;
        if (one->kind == REDIRECT_DUPLICATE && !prepare_duplicate(one)) return false;
        *prepared = one;
        prepared = &one->next;
    }
    return true;
}

// set -C: > does not overwrite a regular file.
static int open_new(const char* path)
{
    struct stat status;
    if (stat(path, &status) < 0) return open(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (!S_ISREG(status.st_mode)) return open(path, O_WRONLY);
    errno = EEXIST;
    return -1;
}

static int open_file(const struct prepared_redirect* redirect)
{
    const char* path = redirect->text;
    switch (redirect->kind) {
    case REDIRECT_INPUT:
        return open(path, O_RDONLY);
    case REDIRECT_READ_WRITE:
        return open(path, O_RDWR | O_CREAT, 0666);
    case REDIRECT_APPEND:
    case REDIRECT_BOTH_APPEND:
        return open(path, O_WRONLY | O_CREAT | O_APPEND, 0666);
    case REDIRECT_OUTPUT:
        if (shell.option[OPTION_NOCLOBBER]) return open_new(path);
        return open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    default:
        return open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    }
}

static void write_and_exit(int fd, const char* text, size_t length)
{
    signal(SIGPIPE, SIG_DFL);
    while (length > 0) {
        const ssize_t written = write(fd, text, length);
        if (written < 0) break;
        text += written;
        length -= (size_t)written;
    }
    _exit(0);
}

// A pipe that holds the text; a longer one gets a child that writes it.
static int open_here_document(const char* text)
{
    int ends[2];
    const size_t length = strlen(text);
    if (pipe(ends) < 0) return -1;
    if (length > PIPE_CAPACITY) {
        const pid_t child = fork();
        if (child == 0) {
            close(ends[0]);
            write_and_exit(ends[1], text, length);
        }
    } else if (length > 0 && write(ends[1], text, length) < 0) {
        close(ends[0]);
        ends[0] = -1;
    }
    close(ends[1]);
    return ends[0];
}

static bool move_descriptor(int from, int to)
{
    if (from == to) return true;
    const bool good = dup2(from, to) >= 0;
    close(from);
    return good;
}

static bool apply_duplicate(const struct prepared_redirect* redirect)
{
    if (redirect->source < 0) {
        close(redirect->fd);
        return true;
    }
    if (dup2(redirect->source, redirect->fd) >= 0) return true;
    warn("%d: %s", redirect->source, strerror(errno));
    return false;
}

static bool apply_open(const struct prepared_redirect* redirect)
{
    const bool here = redirect->kind == REDIRECT_HERE;
    const int fd = here ? open_here_document(redirect->text) : open_file(redirect);
    if (fd < 0 || !move_descriptor(fd, redirect->fd)) {
        if (here) {
            warn("here-document: %s", strerror(errno));
        } else {
            const bool creates = redirect->kind != REDIRECT_INPUT;
            warn("cannot %s %s: %s", creates ? "create" : "open", redirect->text, strerror(errno));
        }
        return false;
    }
    const bool both = redirect->kind == REDIRECT_BOTH || redirect->kind == REDIRECT_BOTH_APPEND;
    return !both || dup2(redirect->fd, 2) >= 0;
}

static void save_descriptor(int fd, struct saved_descriptor** saved)
{
    struct saved_descriptor* one = arena_allocate(&shell.scratch, sizeof *one);
    *one = (struct saved_descriptor){.next = *saved, .fd = fd};
    one->copy = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_PRIVATE_DESCRIPTOR);
    *saved = one;
}

bool redirects_apply(const struct prepared_redirect* redirects, struct saved_descriptor** saved)
{
    for (; redirects; redirects = redirects->next) {
        const bool both = redirects->kind == REDIRECT_BOTH || redirects->kind == REDIRECT_BOTH_APPEND;
        if (saved) save_descriptor(redirects->fd, saved);
        if (saved && both) save_descriptor(2, saved);
        const bool good =
            redirects->kind == REDIRECT_DUPLICATE ? apply_duplicate(redirects) : apply_open(redirects);
        if (!good) return false;
    }
    return true;
}

void redirects_restore(struct saved_descriptor* saved)
{
    for (; saved; saved = saved->next) {
        if (saved->copy < 0) {
            close(saved->fd);
        } else {
            dup2(saved->copy, saved->fd);
            close(saved->copy);
        }
    }
}

bool redirects_need_fork(const struct prepared_redirect* redirects)
{
    for (; redirects; redirects = redirects->next) {
        if (redirects->kind == REDIRECT_HERE) return true;
    }
    return false;
}

int move_to_private_descriptor(int fd)
{
    if (fd < 0) return fd;
    const int copy = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_PRIVATE_DESCRIPTOR);
    close(fd);
    return copy;
}
