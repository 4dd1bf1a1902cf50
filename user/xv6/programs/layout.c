// What exec gives a program written for xv6: its start frame, its place, its policy; and how far its heap reaches.
#include "fcntl.h"
#include "stat.h"
#include "types.h"
#include "user.h"

#define PAGE 4096
#define MIB (1024 * 1024)

extern char end[];

// The policy's name, or the map, from the kernel's own view.
static void show_file(const char* path, const char* beginning)
{
    char text[2048];
    int file = open(path, O_RDONLY), size = 0, count;
    while ((count = read(file, text + size, (int)sizeof text - 1 - size)) > 0)
        size += count;
    close(file);
    text[size] = 0;
    for (char* line = text; *line;) {
        char* stop = strchr(line, '\n');
        *stop = 0;
        uint same = 0;
        while (beginning[same] && beginning[same] == line[same])
            same++;
        if (!beginning[same]) printf(1, "%s\n", line);
        line = stop + 1;
    }
}

// main's arguments stand where exec put them: above the return address.
static __attribute__((noipa)) void show_frame(uint* frame, int argc, char** argv)
{
    printf(1, "return: 0x%x\n", frame[0]);
    printf(1, "argc: %d\n", frame[1]);
    printf(1, "array_follows: %d\n", frame[2] == (uint)(frame + 3) && (char**)frame[2] == argv);
    printf(1, "ends_in_zero: %d\n", argv[argc] == 0);
    printf(1, "strings_follow: %d\n", argv[0] == (char*)(argv + argc + 1));
    for (int i = 0; i < argc; i++)
        printf(1, "arg%d: %s\n", i, argv[i]);
    char* top = argv[argc - 1] + strlen(argv[argc - 1]) + 1;
    printf(1, "nothing_above: %d\n", (char*)(((uint)top + 3) & ~3u) == sbrk(0));
}

static void show_places(void)
{
    char* stack = (char*)&stack;
    printf(1, "linked_at: %d\n", (uint)show_places < PAGE ? 0 : 1);
    char* guard = (char*)(((uint)end + PAGE - 1) & ~(PAGE - 1u));
    printf(1, "guard: 0x%x\n", getpagetableentry(getpid(), (int)guard) & 7);
    printf(1, "stack: 0x%x\n", getpagetableentry(getpid(), (int)guard + PAGE) & 7);
    printf(1, "stack_is_behind_guard: %d\n", stack >= guard + PAGE && stack < guard + 2 * PAGE);
    printf(1, "heap_is_behind_stack: %d\n", sbrk(0) == guard + 2 * PAGE);
}

// 0x50000000 bytes at once, of which 144 MiB at the far end are used.
static void use_far_end(void)
{
    char* heap = sbrk(0x50000000);
    if (heap == (char*)-1) {
        printf(1, "heap: refused\n");
        exit();
    }
    uint* first = (uint*)(heap + 0x50000000 - 144 * MIB);
    uint wrong = 0;
    for (uint page = 0; page < 144 * MIB / PAGE; page++)
        first[page * (PAGE / 4)] = page ^ 0xfa017;
    for (uint page = 0; page < 144 * MIB / PAGE; page++)
        wrong += first[page * (PAGE / 4)] != (page ^ 0xfa017) || first[page * (PAGE / 4) + 1] != 0;
    printf(1, "wrong: %d\n", wrong);
    printf(1, "last: %d\n", heap[0x50000000 - 1]);
}

static void use_whole_heap(void)
{
    char* heap = sbrk(0x58000000);
    printf(1, "granted: %d\n", heap != (char*)-1 && sbrk(0) == heap + 0x58000000);
    heap[0x58000000 - 1] = 7;
    printf(1, "last: %d\n", heap[0x58000000 - 1]);
    printf(1, "beyond: %d\n", sbrk(0x40000000) == (char*)-1);
}

int main(int argc, char* argv[])
{
    char* part = argc > 1 ? argv[1] : "";
    uint* volatile arguments =
        (uint*)&argc;  // volatile: what stands below is none of the compiler's business
    if (strcmp(part, "frame") == 0) show_frame(arguments - 1, argc, argv);
    if (strcmp(part, "places") == 0) show_places();
    if (strcmp(part, "policy") == 0) show_file("/proc/self/status", "Policy");
    if (strcmp(part, "maps") == 0) show_file("/proc/self/maps", "");
    if (strcmp(part, "far-end") == 0) use_far_end();
    if (strcmp(part, "whole-heap") == 0) use_whole_heap();
    if (strcmp(part, "exec") == 0) exec(argv[2], argv + 2);
    exit();
}
