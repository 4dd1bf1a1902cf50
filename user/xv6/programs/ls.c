// ls [NAME...]: of each file its name, kind (1 directory, 2 file, 3 device), number and size. A directory is read as a file
// of 16-byte entries.
#include "fs.h"
#include "stat.h"
#include "types.h"
#include "user.h"

static char path[512];

static void show(char* name, struct stat* st)
{
    printf(1, "%s", name);
    for (int i = strlen(name); i < DIRSIZ; i++)
        printf(1, " ");
    printf(1, " %d %d %d\n", st->type, st->ino, st->size);
}

// "/a/b" -> "b"
static char* last_part(char* name)
{
    char* part = name + strlen(name);
    while (part > name && part[-1] != '/')
        part--;
    return part;
}

static void list_entry(char* folder, struct dirent* entry)
{
    char name[DIRSIZ + 1];
    struct stat st;
    memmove(name, entry->name, DIRSIZ);
    name[DIRSIZ] = 0;
    strcpy(path, folder);
    strcpy(path + strlen(path), "/");
    strcpy(path + strlen(path), name);
    if (stat(path, &st) < 0)
        printf(1, "ls: cannot stat %s\n", path);
    else
        show(name, &st);
}

static void list(char* name)
{
    struct stat st;
    struct dirent entry;
    int fd = open(name, 0);
    if (fd < 0) {
        printf(2, "ls: cannot open %s\n", name);
        return;
    }
    if (fstat(fd, &st) < 0) {
        printf(2, "ls: cannot stat %s\n", name);
    } else if (st.type != T_DIR) {
        show(last_part(name), &st);
    } else if (strlen(name) + 1 + DIRSIZ + 1 > sizeof(path)) {
        printf(2, "ls: %s: the name is too long\n", name);
    } else {
        while (read(fd, &entry, sizeof(entry)) == sizeof(entry))
            if (entry.inum != 0) list_entry(name, &entry);
    }
    close(fd);
}

int main(int argc, char** argv)
{
    if (argc < 2) list(".");
    for (int i = 1; i < argc; i++)
        list(argv[i]);
    exit();
}
