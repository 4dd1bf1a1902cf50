// Slide: the page cache, part 3: a record for each frame. The kernel can say of any frame who uses it, whether it is newer
// than the file, and which page-table entries show it: what allocation and eviction need to know.
#include "user/lib/slide.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static const char says[] = "For each frame the kernel records what it holds, who uses it, and whether it\n"
                           "was written to. From a frame it finds the way back to every page-table entry\n"
                           "that shows it: to take the frame away, all of them must be changed.\n";

static char* page;

static long touch(long write)
{
    if (write) *(volatile char*)page = 'd';
    return *(volatile char*)page;
}

static struct frame_info print_frame(const char* title)
{
    const unsigned frame = frame_of(getpid(), page);
    const struct frame_info info = info_of_frame(frame);
    slide_part("%s", title);
    printf("    frame 0x%05x: %s, of %s, page %u of it\n", frame, frame_use(frame), info.name, info.index);
    printf("    owners %u, %s%s\n", info.owners, info.flags & FRAME_CACHED ? "in the page cache, " : "",
           info.flags & FRAME_DIRTY ? "dirty" : "clean");
    for (unsigned i = 0; i < info.mapper_count && i < 16; i++)
        printf("    shown by pid %d at 0x%08x\n", info.mappers[i].pid, info.mappers[i].va);
    return info;
}

static int is_mapper(const struct frame_info* info, pid_t pid)
{
    for (unsigned i = 0; i < info->mapper_count && i < 16; i++)
        if (info->mappers[i].pid == pid && info->mappers[i].va == (uintptr_t)page) return 1;
    return 0;
}

static char* map_file(const char* path)
{
    static const char contents[2 * kSlidePage];
    const int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || write(file, contents, sizeof contents) != sizeof contents || fsync(file) < 0)
        slide_die(path);
    char* const mapping = mmap(NULL, sizeof contents, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapping == MAP_FAILED) slide_die("mmap");
    close(file);
    return mapping;
}

int main(int argc, char** argv)
{
    static const char path[] = "/root/frameinfo.slide";
    struct helper child;
    slide_begin(argc, argv, says);
    page = map_file(path) + kSlidePage;
    touch(0);
    struct frame_info info = print_frame("A page of a file, mapped and read by this process");
    expect_text("what the frame holds", path, info.name);
    expect_number("which page of it", 1, (long)info.index);
    expect_number("entries that show it", 1, (long)info.mapper_count);
    expect_number("owners: the page cache and the entry", 2, (long)info.owners);
    expect_true("it is clean", !(info.flags & FRAME_DIRTY));

    start_helper(&child, touch);
    ask_helper(&child, 1);
    touch(0);
    info = print_frame("After fork, and a write by the child");
    expect_number("entries that show it", 2, (long)info.mapper_count);
    expect_number("owners", 3, (long)info.owners);
    expect_true("this process is found from the frame", is_mapper(&info, getpid()));
    expect_true("so is the child", is_mapper(&info, child.pid));
    expect_true("it is dirty", info.flags & FRAME_DIRTY);
    end_helper(&child);

    msync(page, kSlidePage, MS_SYNC);
    info = print_frame("After the child's end and msync");
    expect_number("entries that show it", 1, (long)info.mapper_count);
    expect_true("it is clean", !(info.flags & FRAME_DIRTY));
    unlink(path);
    return slide_end();
}
