// mmap, munmap, mprotect, mremap, brk and what a mapping shows: every answer as a line.
#include "mappings.h"

// ---- mmap ----

PART(map_errors)
{
    const int fd = make_file(2);
    show_map("length 0", mmap(NULL, 0, kWrite, kPrivate, -1, 0), kPage);
    show_map("length 0 of no file", mmap(NULL, 0, kWrite, MAP_PRIVATE, 99, 0), kPage);
    show_map("no type", mmap(NULL, kPage, kWrite, MAP_ANONYMOUS, -1, 0), kPage);
    show_map("type 4", mmap(NULL, kPage, kWrite, MAP_ANONYMOUS | 4, -1, 0), kPage);
    show_map("no type, file", mmap(NULL, kPage, kWrite, 0, fd, 0), kPage);
    show_map("no file", mmap(NULL, kPage, kRead, MAP_PRIVATE, 99, 0), kPage);
    show_map("file -1", mmap(NULL, kPage, kRead, MAP_SHARED, -1, 0), kPage);
    show_map("anonymous, file ignored", mmap(NULL, kPage, kRead, kPrivate, 99, 0), kPage);
    show_map("unknown right", mmap(NULL, kPage, kRead | 0x100, kPrivate, -1, 0), kPage);
    show_map("almost 4 GiB", mmap(NULL, 0xfffff000u, kRead, kPrivate, -1, 0), kPage);
    show_map("4 GiB less a byte", mmap(NULL, 0xffffffffu, kRead, kPrivate, -1, 0), kPage);
    show_map("MAP_SHARED_VALIDATE, anonymous",
             mmap(NULL, kPage, kRead, MAP_SHARED_VALIDATE | MAP_ANONYMOUS, -1, 0), kPage);
    show_map("MAP_SHARED_VALIDATE", mmap(NULL, kPage, kWrite, MAP_SHARED_VALIDATE, fd, 0), kPage);
    show_map("MAP_SHARED_VALIDATE, unknown flag",
             mmap(NULL, kPage, kWrite, MAP_SHARED_VALIDATE | 0x800000, fd, 0), kPage);
    show_map("MAP_SHARED_VALIDATE, MAP_SYNC",
             mmap(NULL, kPage, kWrite, MAP_SHARED_VALIDATE | MAP_SYNC, fd, 0), kPage);
    show_map("MAP_SHARED, unknown flag", mmap(NULL, kPage, kWrite, MAP_SHARED | 0x800000, fd, 0), kPage);
    show_map("MAP_PRIVATE, unknown flag", mmap(NULL, kPage, kWrite, MAP_PRIVATE | 0x800000, fd, 0), kPage);
    show_map("old flags",
             mmap(NULL, kPage, kWrite, kPrivate | MAP_NORESERVE | MAP_STACK | MAP_POPULATE, -1, 0), kPage);
    show_map("MAP_GROWSDOWN of a file", mmap(NULL, kPage, kWrite, MAP_PRIVATE | MAP_GROWSDOWN, fd, 0), kPage);
    show_map("MAP_GROWSDOWN, shared",
             mmap(NULL, kPage, kWrite, MAP_SHARED | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0), kPage);
    show_map("offset within a page", mmap(NULL, kPage, kRead, MAP_PRIVATE, fd, 100), kPage);
    show_map("offset beyond the end", mmap(NULL, kPage, kRead, MAP_PRIVATE, fd, 64 * kPage), kPage);
    unlink(file_path());
}

PART(map_by_how_the_file_was_opened)
{
    close(make_file(1));
    const int reads = open(file_path(), O_RDONLY), writes = open(file_path(), O_WRONLY);
    int ends[2];
    check(pipe(ends) == 0);
    show_map("read only: private", mmap(NULL, kPage, kRead, MAP_PRIVATE, reads, 0), kPage);
    show_map("read only: private, written", mmap(NULL, kPage, kWrite, MAP_PRIVATE, reads, 0), kPage);
    show_map("read only: shared, written", mmap(NULL, kPage, kWrite, MAP_SHARED, reads, 0), kPage);
    show_map("write only: private", mmap(NULL, kPage, kRead, MAP_PRIVATE, writes, 0), kPage);
    show_map("write only: shared", mmap(NULL, kPage, PROT_WRITE, MAP_SHARED, writes, 0), kPage);
    show_map("write only: nothing asked", mmap(NULL, kPage, PROT_NONE, MAP_SHARED, writes, 0), kPage);
    show_map("pipe", mmap(NULL, kPage, kRead, MAP_PRIVATE, ends[0], 0), kPage);
    show_map("pipe's other end", mmap(NULL, kPage, kRead, MAP_PRIVATE, ends[1], 0), kPage);
    show_map("directory", mmap(NULL, kPage, kRead, MAP_PRIVATE, open("/tmp", O_RDONLY), 0), kPage);
    show_map("/dev/null", mmap(NULL, kPage, kRead, MAP_PRIVATE, open("/dev/null", O_RDWR), 0), kPage);
    show_map("/dev/zero", mmap(NULL, kPage, kWrite, MAP_PRIVATE, open("/dev/zero", O_RDWR), 0), kPage);
    show_map("/dev/zero, shared", mmap(NULL, kPage, kWrite, MAP_SHARED, open("/dev/zero", O_RDWR), 0), kPage);
    char* shown = mmap(NULL, kPage, kRead, MAP_SHARED, reads, 0);
    show("read only, shared: mprotect to write", mprotect(shown, kPage, kWrite));
    show("read only, shared: mprotect to execute", mprotect(shown, kPage, PROT_READ | PROT_EXEC));
    close(reads);
    show_read("the file is closed", shown);
    unlink(file_path());
}

PART(map_places)
{
    char* base = free_place();
    char* at = base + 8 * kPage;
    show_place("hint", mmap(at, 4 * kPage, kWrite, kPrivate, -1, 0), base);
    show_place("hint, taken", mmap(at + kPage, kPage, kWrite, kPrivate, -1, 0), base);
    show_place("hint within a page", mmap(at + 8 * kPage + 5, kPage, kWrite, kPrivate, -1, 0), base);
    show_place("MAP_FIXED_NOREPLACE, taken",
               mmap(at + 3 * kPage, 2 * kPage, kWrite, kPrivate | MAP_FIXED_NOREPLACE, -1, 0), base);
    show_place("MAP_FIXED_NOREPLACE, free",
               mmap(at + 4 * kPage, kPage, kRead, kPrivate | MAP_FIXED_NOREPLACE, -1, 0), base);
    show_place("MAP_FIXED_NOREPLACE within a page",
               mmap(at + 6 * kPage + 1, kPage, kRead, kPrivate | MAP_FIXED_NOREPLACE, -1, 0), base);
    show_place("MAP_FIXED within a page", mmap(at + 1, kPage, kWrite, kPrivate | MAP_FIXED, -1, 0), base);
    show_place("MAP_FIXED at the end of all addresses",
               mmap((void*)0xfffff000u, 2 * kPage, kWrite, kPrivate | MAP_FIXED, -1, 0), base);
    memset(at, 1, 4 * kPage);
    show_pages("before", at, 10);
    show_place("MAP_FIXED in the middle", mmap(at + kPage, 2 * kPage, kRead, kPrivate | MAP_FIXED, -1, 0),
               base);
    show_pages("after", at, 10);
    show_read("left", at);
    show_read("replaced", at + kPage);
    show_read("right", at + 3 * kPage);
}

PART(adjacent_mappings_are_one)
{
    char* at = free_place();
    const int fd = make_file(4);
    map_at(at, 2, kWrite);
    map_at(at + 2 * kPage, 2, kWrite);
    show_pages("anonymous", at, 4);
    map_at(at + kPage, 2, kRead);
    show_pages("cut", at, 4);
    map_at(at + kPage, 2, kWrite);
    show_pages("filled", at, 4);
    char* file = at + 8 * kPage;
    for (int i = 3; i >= 0; i--)
        mmap(file + i * kPage, kPage, kRead, MAP_SHARED | MAP_FIXED, fd, i * kPage);
    show_pages("pages of a file in order", file, 4);
    mmap(file + kPage, kPage, kRead, MAP_SHARED | MAP_FIXED, fd, 3 * kPage);
    show_pages("out of order", file, 4);
    show_read("what is shown there", file + kPage);
    unlink(file_path());
}

// ---- munmap ----

PART(unmap_answers)
{
    char* at = map_at(free_place(), 8, kWrite);
    show("within a page", munmap(at + 1, kPage));
    show("length 0", munmap(at, 0));
    show("beyond all addresses", munmap((void*)0xfffff000u, 2 * kPage));
    show("everything", munmap(at, 0xffffffffu));
    memset(at, 1, 8 * kPage);
    show("one byte is one page", munmap(at + 2 * kPage, 1));
    show_pages("a hole", at, 8);
    show("over the hole", munmap(at + kPage, 3 * kPage));
    show_pages("a larger hole", at, 8);
    show("nothing there", munmap(at + kPage, 2 * kPage));
    show("first and last", munmap(at, kPage) | munmap(at + 7 * kPage, kPage));
    show_pages("the rest", at, 8);
    show_read("gone", at);
    show_read("there", at + 5 * kPage);
}

// ---- mprotect ----

PART(protect_answers)
{
    char* at = map_at(free_place(), 8, kWrite);
    show("within a page", mprotect(at + 1, kPage, kRead));
    show("length 0", mprotect(at, 0, kRead));
    show("length 0, wrong right", mprotect(at, 0, 0x100));
    show("wrong right", mprotect(at, kPage, 0x100));
    show("PROT_SEM", mprotect(at, kPage, kWrite | PROT_SEM));
    show("nothing there", mprotect(at - 4 * kPage, kPage, kRead));
    show("up and down", mprotect(at, kPage, kRead | PROT_GROWSDOWN | PROT_GROWSUP));
    show("PROT_GROWSUP", mprotect(at, kPage, kRead | PROT_GROWSUP));
    show("PROT_GROWSDOWN", mprotect(at, kPage, kRead | PROT_GROWSDOWN));
    show("one byte is one page", mprotect(at + kPage, 1, kRead));
    show_pages("one page", at, 8);
    show("its neighbours", mprotect(at, 3 * kPage, kRead));
    show_pages("joined", at, 8);
    show("all", mprotect(at, 8 * kPage, kWrite));
    show_pages("joined again", at, 8);
}

PART(protect_stops_at_a_hole)
{
    char* at = map_at(free_place(), 8, kWrite);
    check(munmap(at + 4 * kPage, kPage) == 0);
    show("over a hole", mprotect(at + 2 * kPage, 5 * kPage, kRead));
    show_pages("up to it", at, 8);
    show("from a hole", mprotect(at + 4 * kPage, 3 * kPage, kRead));
    show_pages("nothing", at, 8);
    close(make_file(2));
    const int fd = open(file_path(), O_RDONLY);
    mmap(at + 4 * kPage, 2 * kPage, kRead, MAP_SHARED | MAP_FIXED, fd, 0);
    show("over a file that is read only", mprotect(at, 8 * kPage, kWrite));
    show_pages("up to it", at, 8);
    unlink(file_path());
}

PART(protections_hold)
{
    char* at = map_at(free_place(), 4, kWrite);
    memset(at, 7, 4 * kPage);
    check(mprotect(at, kPage, PROT_NONE) == 0 && mprotect(at + kPage, kPage, kRead) == 0);
    show_read("none: read", at);
    show_store("none: store", at, 1);
    show_read("read: read", at + kPage);
    show_store("read: store", at + kPage, 1);
    check(mprotect(at, 4 * kPage, kWrite) == 0);
    show_read("kept", at);
    show_store("may be written again", at + kPage, 8);
    check(mprotect(at, kPage, PROT_WRITE) == 0);
    show_read("written means read", at);
    char byte = 3;
    const int fd = make_file(1);
    check(mprotect(at, kPage, kRead) == 0);
    show("the kernel may not store either", pread(fd, at, 1, 0));
    show("but read", pwrite(fd, at, 1, 0));
    check(pread(fd, &byte, 1, 0) == 1);
    printf("what it read: %d\n", byte);
    unlink(file_path());
}

// ---- mremap ----

PART(remap_errors)
{
    char* base = free_place();
    char* at = map_at(base + 8 * kPage, 4, kWrite);
    char* to = base + 40 * kPage;
    const int move = MREMAP_MAYMOVE, fixed = MREMAP_MAYMOVE | MREMAP_FIXED;
    show_place("unknown flag", mremap(at, kPage, kPage, 8), base);
    show_place("within a page", mremap(at + 1, kPage, kPage, move), base);
    show_place("new size 0", mremap(at, kPage, 0, move), base);
    show_place("new size too large", mremap(at, kPage, 0xfffff000u, move), base);
    show_place("nothing there", mremap(base, kPage, 2 * kPage, move), base);
    show_place("nothing there, same size", mremap(base, kPage, kPage, move), base);
    show_place("old range too long", mremap(at, 5 * kPage, 6 * kPage, move), base);
    show_place("old size 0, private", mremap(at, 0, kPage, move), base);
    show_place("fixed, may not move", mremap(at, kPage, kPage, MREMAP_FIXED, to), base);
    show_place("fixed within a page", mremap(at, kPage, kPage, fixed, to + 1), base);
    show_place("fixed onto itself", mremap(at, 4 * kPage, 4 * kPage, fixed, at + kPage), base);
    show_place("fixed over itself from below", mremap(at, 2 * kPage, 2 * kPage, fixed, at - kPage), base);
    show_place("fixed at the end of all addresses", mremap(at, kPage, 2 * kPage, fixed, (void*)0xfffff000u),
               base);
    show_place("keep, other size", mremap(at, kPage, 2 * kPage, move | MREMAP_DONTUNMAP), base);
    show_place("keep, may not move", mremap(at, kPage, kPage, MREMAP_DONTUNMAP), base);
    map_at(at + 4 * kPage, 1, kRead);
    show_place("grow against a neighbour", mremap(at, 4 * kPage, 5 * kPage, 0), base);
    show_place("the middle may not grow", mremap(at + kPage, kPage, 2 * kPage, 0), base);
    show_pages("nothing changed", at, 5);
}

PART(remap_in_place)
{
    char* base = free_place();
    char* at = map_at(base + 8 * kPage, 4, kWrite);
    memset(at, 5, 4 * kPage);
    show_place("same size", mremap(at, 4 * kPage, 4 * kPage, 0), base);
    show_place("grow", mremap(at, 4 * kPage, 6 * kPage, 0), base);
    show_pages("grown", at, 8);
    show_read("old", at + 3 * kPage);
    show_read("new", at + 5 * kPage);
    show_place("the end grows", mremap(at + 4 * kPage, 2 * kPage, 3 * kPage, 0), base);
    show_place("shrink", mremap(at, 7 * kPage, 2 * kPage, 0), base);
    show_pages("shrunk", at, 8);
    map_at(at + 3 * kPage, 1, kRead);
    show_place("shrink over several", mremap(at, 8 * kPage, kPage, 0), base);
    show_pages("gone", at, 8);
}

PART(remap_moves)
{
    char* base = free_place();
    char* at = map_at(base + 8 * kPage, 6, kWrite);
    char* to = base + 40 * kPage;
    for (int i = 0; i < 6; i++)
        at[i * kPage] = (char)(10 + i);
    map_at(at + 6 * kPage, 1, kRead);
    char* moved = mremap(at, 6 * kPage, 8 * kPage, MREMAP_MAYMOVE);
    printf("moved to make room: %s\n", moved != MAP_FAILED && moved != at ? "yes" : "no");
    show_pages("where it was", at, 7);
    show_pages("where it is", moved, 8);
    show_read("first page", moved);
    show_read("last old page", moved + 5 * kPage);
    show_read("new page", moved + 7 * kPage);
    show_read("old place", at);
    map_at(to, 4, kRead);
    show_place("the middle, to a fixed place",
               mremap(moved + 2 * kPage, 2 * kPage, 2 * kPage, MREMAP_MAYMOVE | MREMAP_FIXED, to + kPage),
               base);
    show_pages("cut", moved, 8);
    show_pages("put", to, 4);
    show_read("moved page", to + kPage);
    show_read("moved page", to + 2 * kPage);
    show_place("shrunk on the way", mremap(to + kPage, 2 * kPage, kPage, MREMAP_MAYMOVE | MREMAP_FIXED, at),
               base);
    show_pages("what is left", to, 4);
    show_read("moved page", at);
    show_place("grown on the way", mremap(at, kPage, 3 * kPage, MREMAP_MAYMOVE | MREMAP_FIXED, to), base);
    show_pages("grown", to, 4);
    show_read("new page", to + 2 * kPage);
}

PART(remap_keeps_the_old_range)
{
    char* base = free_place();
    char* at = map_at(base + 8 * kPage, 3, kWrite);
    memset(at, 4, 3 * kPage);
    char* to = base + 32 * kPage;
    show_place("keep", mremap(at, 3 * kPage, 3 * kPage, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, to),
               base);
    show_pages("old", at, 3);
    show_pages("new", to, 3);
    show_read("old is empty", at);
    show_read("new is not", to);
    show_store("old may be written", at, 9);
    show_read("and new is not touched", to);
}

PART(remap_of_shared_memory)
{
    char* base = free_place();
    char* at = mmap(base, 4 * kPage, kWrite, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    at[kPage] = 6;
    char* view = mremap(at + kPage, 0, 2 * kPage, MREMAP_MAYMOVE);
    printf("old size 0: %s\n", view != MAP_FAILED && view != at + kPage ? "another view" : error_name(errno));
    show_pages("the first stays", at, 4);
    show_read("the same memory", view);
    view[kPage] = 7;
    show_read("both ways", at + 2 * kPage);
    show_place("old size 0, may not move", mremap(at, 0, kPage, 0), base);
    char* longer = mremap(at, 4 * kPage, 6 * kPage, MREMAP_MAYMOVE);
    show_read("within the object", longer + kPage);
    show_read("beyond the object", longer + 5 * kPage);
    const int fd = make_file(3);
    char* file = mmap(NULL, kPage, kRead, MAP_SHARED, fd, kPage);
    char* more = mremap(file, kPage, 2 * kPage, MREMAP_MAYMOVE);
    show_read("a file shows more", more + kPage);
    show_store("what may be read only stays so", more + kPage, 1);
    unlink(file_path());
}

// ---- Shared, private, cut, unlinked ----

PART(private_stores_stay_private)
{
    const int fd = make_file(2);
    char* mine = mmap(NULL, 2 * kPage, kWrite, MAP_PRIVATE, fd, 0);
    char* shown = mmap(NULL, 2 * kPage, kRead, MAP_SHARED, fd, 0);
    mine[0] = 'X';
    show_byte("file", fd, 0);
    show_read("shared mapping", shown);
    show_read("own page", mine);
    check(pwrite(fd, "YZ", 2, kPage - 1) == 2);
    show_read("own page after a write to the file", mine + kPage - 1);
    show_read("page that was not stored to", mine + kPage);
    check(madvise(mine, kPage, MADV_DONTNEED) == 0);
    show_read("own page given back", mine);
    unlink(file_path());
}

PART(shared_stores_are_the_file)
{
    const int fd = make_file(2);
    char* shown = mmap(NULL, 2 * kPage, kWrite, MAP_SHARED, fd, 0);
    shown[10] = 'S';
    show_byte("read() sees it without msync", fd, 10);
    check(pwrite(fd, "W", 1, kPage) == 1);
    show_read("the mapping sees write()", shown + kPage);
    const pid_t child = fork();
    if (child == 0) {
        shown[11] = 'C';
        _exit(0);
    }
    check_child(child);
    show_byte("a child's store", fd, 11);
    check(munmap(shown, 2 * kPage) == 0);
    show_byte("after munmap", fd, 10);
    unlink(file_path());
}

PART(shared_anonymous_memory_through_fork)
{
    char* memory = mmap(NULL, 4 * kPage, kWrite, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    char* private = map_at(NULL, 1, kWrite);
    private[0] = memory[0] = 1;
    pid_t child = fork();
    if (child == 0) {
        memory[0] = 2;
        memory[kPage] = 3;
        private[0] = 4;
        child = fork();
        if (child == 0) {
            memory[2 * kPage] = 5;
            _exit(0);
        }
        _exit(status_of(child));
    }
    check_child(child);
    show_read("child's store", memory);
    show_read("child's new page", memory + kPage);
    show_read("grandchild's new page", memory + 2 * kPage);
    show_read("private memory", private);
}

PART(files_that_are_cut)
{
    const int fd = make_file(3);
    char* shown = mmap(NULL, 4 * kPage, kWrite, MAP_SHARED, fd, 0);
    char* mine = mmap(NULL, 4 * kPage, kWrite, MAP_PRIVATE, fd, 0);
    show_read("beyond the end", shown + 3 * kPage);
    show_store("beyond the end", shown + 3 * kPage, 1);
    show_read("private, beyond the end", mine + 3 * kPage);
    mine[2 * kPage] = 'M';
    check(shown[2 * kPage] == 'c');
    check(ftruncate(fd, kPage + 100) == 0);
    show_read("cut", shown + 2 * kPage);
    show_store("cut", shown + 2 * kPage, 1);
    show_read("private page of what is cut", mine + 2 * kPage);
    show_read("last byte", shown + kPage + 99);
    show_read("behind it", shown + kPage + 100);
    show_store("behind it", shown + kPage + 100, 'J');
    check(ftruncate(fd, 3 * kPage) == 0);
    show_read("grown again", shown + 2 * kPage);
    show_byte("reads as zero", fd, 2 * kPage);
    check(ftruncate(fd, 0) == 0);
    show_read("nothing left", shown);
    errno = 0;
    show("the kernel reads beyond the end", (int)write(STDERR_FILENO, shown, 1));
    unlink(file_path());
}

PART(files_that_are_unlinked)
{
    const int fd = make_file(2);
    char* shown = mmap(NULL, 2 * kPage, kWrite, MAP_SHARED, fd, 0);
    check(unlink(file_path()) == 0);
    show_byte("by descriptor", fd, 0);
    close(fd);
    show_read("unlinked and closed", shown + kPage);
    show_store("unlinked and closed", shown, 'U');
    show_read("kept", shown);
    show("msync", msync(shown, 2 * kPage, MS_SYNC));
    show("munmap", munmap(shown, 2 * kPage));
}

// ---- brk ----

PART(break_moves)
{
    char* start = sbrk(0);
    show("grow", sbrk(100 * kPage) == start ? 0 : -1);
    start[0] = 1;
    start[99 * kPage] = 2;
    show("shrink", brk(start + 50 * kPage));
    show_read("gone", start + 60 * kPage);
    show("grow again", brk(start + 100 * kPage));
    show_read("new", start + 99 * kPage);
    show_read("old", start);
    char* top = sbrk(0);
    show("too far", brk((void*)0xfffff000u));
    printf("the break stays: %s\n", sbrk(0) == top ? "yes" : "no");
    char* page = (char*)(((unsigned long)top + kPage - 1) / kPage * kPage);
    map_at(page + 4 * kPage, 1, kRead);
    show("up to a mapping", brk(page + 2 * kPage));
    show("into a mapping", brk(page + 5 * kPage));
    show_read("what stood there", page + 4 * kPage);
    show("part of a page", brk(start + 10));
    show_store("the rest of it is there", start + kPage - 1, 1);
}

int main(int argc, char** argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    return run_parts(argc, argv);
}
