// Directories: a descriptor and a buffer of the kernel's entries, which have the layout of struct dirent.
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/libc/src/result.h"

struct __directory {
    int fd;
    size_t next, end;  // what of the buffer is still to be handed out
    off_t position;    // of the entry at `next`
    char buffer[4096] __attribute__((aligned(8)));
};

ssize_t getdents64(int fd, void* memory, size_t size)
{
    return result(__sys_getdents64(fd, memory, size));
}

DIR* fdopendir(int fd)
{
    struct stat status;
    if (fstat(fd, &status) < 0) return NULL;
    if (!S_ISDIR(status.st_mode)) {
        errno = ENOTDIR;
        return NULL;
    }
    DIR* directory = malloc(sizeof(*directory));
    if (!directory) return NULL;
    directory->fd = fd;
    directory->next = directory->end = 0;
    directory->position = 0;
    return directory;
}

DIR* opendir(const char* path)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return NULL;
    DIR* directory = fdopendir(fd);
    if (!directory) close(fd);
    return directory;
}

struct dirent* readdir(DIR* directory)
{
    if (directory->next == directory->end) {
        const ssize_t filled = getdents64(directory->fd, directory->buffer, sizeof(directory->buffer));
        if (filled <= 0) return NULL;
        directory->next = 0;
        directory->end = (size_t)filled;
    }
    struct dirent* entry = (struct dirent*)(directory->buffer + directory->next);
    directory->next += entry->d_reclen;
    directory->position = entry->d_off;
    return entry;
}

void seekdir(DIR* directory, long position)
{
    directory->position = lseek(directory->fd, position, SEEK_SET);
    directory->next = directory->end = 0;
}

void rewinddir(DIR* directory)
{
    seekdir(directory, 0);
}

long telldir(DIR* directory)
{
    return (long)directory->position;
}

int dirfd(DIR* directory)
{
    return directory->fd;
}

int closedir(DIR* directory)
{
    const int fd = directory->fd;
    free(directory);
    return close(fd);
}

int alphasort(const struct dirent** a, const struct dirent** b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void free_entries(struct dirent** entries, size_t count)
{
    while (count > 0)
        free(entries[--count]);
    free(entries);
}

// A copy of the entry at the end of the array, or failure.
static int append_copy(struct dirent*** entries, size_t count, const struct dirent* entry)
{
    struct dirent** bigger = realloc(*entries, (count + 1) * sizeof(*bigger));
    if (!bigger) return -1;
    *entries = bigger;
    if (!(bigger[count] = malloc(entry->d_reclen))) return -1;
    memcpy(bigger[count], entry, entry->d_reclen);
    return 0;
}

int scandir(const char* path, struct dirent*** out, int (*select)(const struct dirent*),
            int (*compare)(const struct dirent**, const struct dirent**))
{
    DIR* directory = opendir(path);
    if (!directory) return -1;
    struct dirent** entries = NULL;
    size_t count = 0;
    for (struct dirent* entry; (entry = readdir(directory));) {
        if (select && !select(entry)) continue;
        if (append_copy(&entries, count, entry) < 0) {
            free_entries(entries, count);
            closedir(directory);
            return -1;
        }
        count++;
    }
    closedir(directory);
    if (compare) qsort(entries, count, sizeof(*entries), (int (*)(const void*, const void*))compare);
    *out = entries;
    return (int)count;
}
