// Promised memory (overcommit), what /proc says of regions, and stores that must reach the disk.
#include "mappings.h"

enum { kMiB = 1 << 20 };

static long field_kib(const char* path, const char* name)
{
    char line[128];
    long value = -1;
    FILE* file = fopen(path, "r");
    check(file);
    while (fgets(line, sizeof(line), file))
        if (strncmp(line, name, strlen(name)) == 0) value = atol(line + strlen(name));
    fclose(file);
    return value;
}

static void map_all(int count, char** sizes)
{
    for (int i = 0; i < count; i++) {
        const size_t size = (size_t)atoi(sizes[i]) * kMiB;
        void* place = mmap(NULL, size, kWrite, kPrivate, -1, 0);
        printf("%s MiB: %s\n", sizes[i], place == MAP_FAILED ? error_name(errno) : "ok");
    }
}

static pid_t fork_and_end(void)
{
    const pid_t child = fork();
    if (child == 0) _exit(0);
    if (child > 0) check_child(child);
    return child;
}

// With overcommit_memory=2: half of what is left can be promised once, in whatever way it is asked for.
static void ask_in_every_way(void)
{
    (void)field_kib("/proc/meminfo", "CommitLimit:");  // the heap is as large as reading makes it
    const long left =
        field_kib("/proc/meminfo", "CommitLimit:") - field_kib("/proc/meminfo", "Committed_AS:");
    const size_t half = (size_t)(left * 6 / 10) / 4 * kPage;
    char* first = mmap(NULL, half, kWrite, kPrivate, -1, 0);
    show("half", first == MAP_FAILED ? -1 : 0);
    show_map("another half", mmap(NULL, half, kWrite, kPrivate, -1, 0), half);
    show_map("shared", mmap(NULL, half, kWrite, MAP_SHARED | MAP_ANONYMOUS, -1, 0), half);
    show_map("no reserve", mmap(NULL, half, kWrite, kPrivate | MAP_NORESERVE, -1, 0), half);
    char* readable = mmap(NULL, half, kRead, kPrivate, -1, 0);
    show("read only", readable == MAP_FAILED ? -1 : 0);
    show("made writable", mprotect(readable, half, kWrite));
    show("heap", sbrk((intptr_t)half) == (void*)-1 ? -1 : 0);
    show("grown", mremap(first, half, 2 * half, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0);
    show("fork", fork_and_end());
    show("given back", munmap(first, half));
    show_map("shared now", mmap(NULL, half, kWrite, MAP_SHARED | MAP_ANONYMOUS, -1, 0), half);
    show("fork now", fork_and_end());
}

static void print_smaps(void)
{
    char line[256];
    char* locked = map_at(NULL, 2, kWrite);
    check(mlock(locked, 2 * kPage) == 0);
    FILE* file = fopen("/proc/self/smaps", "r");
    check(file);
    while (fgets(line, sizeof(line), file))
        fputs(line, stdout);
    fclose(file);
}

// Moves a mapping with a page in each of so many page tables, after a file has filled memory: the new tables are needed all
// at once, while no other thread can give anything back.
static void move_tables(int tables, const char* file)
{
    enum { kTable = 4 * kMiB };
    static char block[16 * kPage];
    const size_t size = (size_t)tables * kTable;
    char* from = mmap(NULL, size, kWrite, kPrivate | MAP_NORESERVE, -1, 0);
    check(from != MAP_FAILED);
    for (int i = 0; i < tables; i++)
        from[(size_t)i * kTable] = (char)i;
    char* to = mmap(NULL, size, PROT_NONE, kPrivate | MAP_NORESERVE, -1, 0);
    check(to != MAP_FAILED);
    const int fd = open(file, O_RDONLY);
    check(fd >= 0);
    while (read(fd, block, sizeof(block)) > 0)
        ;
    show("move", mremap(from, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to ? 0 : -1);
    for (int i = 0; i < tables; i++)
        check(to[(size_t)i * kTable] == (char)i);
}

enum { kStored = 5 };

static void store(const char* path)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    check(fd >= 0 && ftruncate(fd, kStored * kPage + 100) == 0);
    char* shown = mmap(NULL, (kStored + 1) * kPage, kWrite, MAP_SHARED, fd, 0);
    for (int i = 0; i <= kStored; i++)
        shown[i * kPage + 7 * i] = (char)(i + 1);
    check(msync(shown, (kStored + 1) * kPage, MS_SYNC) == 0);
    puts("synced");
}

static void load(const char* path)
{
    const int fd = open(path, O_RDONLY);
    struct stat facts;
    check(fd >= 0 && fstat(fd, &facts) == 0 && facts.st_size == kStored * kPage + 100);
    for (int i = 0; i <= kStored; i++) {
        char byte = 0;
        check(pread(fd, &byte, 1, i * kPage + 7 * i) == 1 && byte == i + 1);
    }
    puts("same");
}

int main(int argc, char** argv)
{
    const char* part = argc > 1 ? argv[1] : "";
    if (strcmp(part, "map") == 0)
        map_all(argc - 2, argv + 2);
    else if (strcmp(part, "all") == 0)
        ask_in_every_way();
    else if (strcmp(part, "smaps") == 0)
        print_smaps();
    else if (strcmp(part, "move") == 0 && argc == 4)
        move_tables(atoi(argv[2]), argv[3]);
    else if (strcmp(part, "store") == 0 && argc == 3)
        store(argv[2]);
    else if (strcmp(part, "load") == 0 && argc == 3)
        load(argv[2]);
    else
        return 2;
    return 0;
}
