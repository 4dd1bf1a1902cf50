// Memory: mmap and its kin, and touches, which cannot report an error.
#include "failtest.h"

#include <fcntl.h>
#include <sys/mman.h>

static char* place;
static long touched;

static int try_map(void)
{
    place = mmap(NULL, 16 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return place == MAP_FAILED ? -1 : 0;
}
static void unmap_place(void)
{
    check(munmap(place, 16 * kPage) == 0);
}

PART(mmap_fails)
{
    fail_call("mmap", (struct call){try_map, unmap_place, 0});
}

static int try_map_shared(void)
{
    place = mmap(NULL, 16 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return place == MAP_FAILED ? -1 : 0;
}
PART(mmap_shared_fails)
{
    fail_call("mmap_shared", (struct call){try_map_shared, unmap_place, 0});
}

static int file;

static int try_map_file(void)
{
    place = mmap(NULL, 16 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    return place == MAP_FAILED ? -1 : 0;
}
PART(mmap_file_fails)
{
    file = open("/root/failtest.map", O_RDWR | O_CREAT, 0600);
    check(file >= 0 && ftruncate(file, 16 * kPage) == 0);
    fail_call("mmap_file", (struct call){try_map_file, unmap_place, 0});
    unlink("/root/failtest.map");
}

// A touch cannot report an error: the process is killed.
static void (*touch)(void);

static void touch_and_tell(int n)
{
    fail_nth(n);
    touch();
    _exit(fail_nth(0) > 0 ? kCountLeft : 0);
}

void fail_touch(const char* name, void (*how)(void))
{
    touch = how;
    fail_in_child(name, touch_and_tell);
}

static void touch_private(void)
{
    ((volatile char*)place)[0] = 1;
    ((volatile char*)place)[4096] = 1;
}
static void read_private(void)
{
    touched += ((volatile char*)place)[0];
}

PART(touch_fails)
{
    place = mmap((void*)0x20000000, 16 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    fail_touch("touch", touch_private);
    fail_touch("read_touch", read_private);
    touch_private();
    fail_touch("cow_touch", touch_private);
    place = mmap((void*)0x30000000, 16 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    fail_touch("shared_touch", touch_private);
}

PART(file_touch_fails)
{
    file = open("/root/failtest.touch", O_RDWR | O_CREAT, 0600);
    check(file >= 0 && ftruncate(file, 16 * kPage) == 0);
    place = mmap((void*)0x20000000, 16 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    fail_touch("file_touch", touch_private);
    place = mmap((void*)0x28000000, 16 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    fail_touch("file_copy_touch", touch_private);
    unlink("/root/failtest.touch");
}

static int zero;

static int try_read_into_fresh(void)
{
    check(madvise(place, 16 * kPage, MADV_DONTNEED) == 0);
    return read(zero, place, 3 * kPage) == 3 * kPage ? 0 : -1;
}

PART(read_into_fresh_memory_fails)
{
    check(try_map() == 0);
    zero = open("/dev/zero", O_RDONLY);
    fail_call("read_into_fresh", (struct call){try_read_into_fresh, NULL, EFAULT});
}

static void brk_and_tell(int n)
{
    // The heap's last page has other rights, so that what follows needs a region of its own.
    check(sbrk(2 * kPage) != (void*)-1);
    const unsigned long last = ((unsigned long)sbrk(0) - 1) & -4096ul;
    check(brk((void*)(last + kPage)) == 0 && mprotect((void*)last, kPage, PROT_READ) == 0);
    errno = 0;
    fail_nth(n);
    const int failed = brk((void*)(last + 16 * kPage)) != 0;
    const int left = fail_nth(0);
    if (failed)
        _exit(errno == ENOMEM && left == 0 && (unsigned long)sbrk(0) == last + kPage ? kReported : kWrong);
    _exit(left > 0 ? kCountLeft : 0);
}
PART(brk_fails)
{
    fail_in_child("brk", brk_and_tell);
}

static int try_protect(void)
{
    return mprotect(place + 4 * kPage, 4 * kPage, PROT_READ);
}
static void unprotect(void)
{
    check(mprotect(place, 16 * kPage, PROT_READ | PROT_WRITE) == 0);
}
PART(mprotect_split_fails)
{
    check(try_map() == 0);
    fail_call("mprotect", (struct call){try_protect, unprotect, 0});
}

static int try_hole(void)
{
    return munmap(place + 4 * kPage, 4 * kPage);
}
static void fill_hole(void)
{
    check(mmap(place + 4 * kPage, 4 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
               -1, 0) != MAP_FAILED);
}
PART(munmap_hole_fails)
{
    check(try_map() == 0);
    fail_call("munmap", (struct call){try_hole, fill_hole, 0});
}

// The old place stays as it was: contents, too.
static int try_move(void)
{
    for (int i = 0; i < 16; i++)
        check(place[i * kPage] == (char)i);
    char* const moved = mremap(place, 16 * kPage, 0x2000000, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED) {
        for (int i = 0; i < 16; i++)
            check(place[i * kPage] == (char)i);
        return -1;
    }
    for (int i = 0; i < 16; i++)
        check(moved[i * kPage] == (char)i);
    check(munmap(moved, 0x2000000) == 0);
    return 0;
}
static void map_filled(void)
{
    place = mmap((void*)0x20000000, 16 * kPage, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    check(place != MAP_FAILED);
    for (int i = 0; i < 16; i++)
        place[i * kPage] = (char)i;
}
PART(mremap_fails)
{
    map_filled();
    check(mmap(place + 16 * kPage, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
          MAP_FAILED);
    fail_call("mremap", (struct call){try_move, map_filled, 0});
}
