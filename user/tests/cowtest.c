// Copy-on-write, case by case; reports frames (PPN) and fault counts.
#include "report.h"

#include <faultline.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

static char* page;

static long frame_of(void* address)
{
    return (long)(getpagetableentry(getpid(), address) >> 12);
}
static int writable(void* address)
{
    return (getpagetableentry(getpid(), address) & 2) != 0;
}

static int to_child[2], to_parent[2];

static void tell(int* channel)
{
    check(write(channel[1], "x", 1) == 1);
}
static void wait_for(int* channel)
{
    char byte;
    check(read(channel[0], &byte, 1) == 1);
}

static void finish(pid_t child)
{
    int status = 0;
    check(waitpid(child, &status, 0) == child);
    check(status == 0);
}

// Parent and child show the same frame until one writes; the writer gets another; the last owner keeps its own.
static void three_cases(void)
{
    const long original = frame_of(page);
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        check(frame_of(page) == original && !writable(page));
        wait_for(to_child);  // the parent has looked
        page[0] = 2;
        check(frame_of(page) != original && writable(page) && page[1] == 'b');
        _exit(0);
    }
    check(frame_of(page) == original && !writable(page));
    tell(to_child);
    finish(child);
    check(page[0] == 'a');
    const long copies = own_faults("fault_copy_frame"), reuses = own_faults("fault_make_writable");
    page[0] = 3;
    check(frame_of(page) == original && writable(page));
    report("last_owner_kept_frame", frame_of(page) == original);
    report("copies_by_last_owner", own_faults("fault_copy_frame") - copies);
    report("reuses_by_last_owner", own_faults("fault_make_writable") - reuses);
}

// The second write to a copied page costs nothing.
static void write_twice(void)
{
    const pid_t child = fork();
    if (child == 0) {
        wait_for(to_child);
        _exit(page[0] == 3 ? 0 : 1);
    }
    own_faults("fault_copy_frame");  // copies the pages that reading a counter itself writes
    const long start = all_faults(), copies = own_faults("fault_copy_frame");
    const long reading = all_faults() - start;
    (void)reading;
    const long before = all_faults();
    page[0] = 7;
    const long first = all_faults() - before;
    page[1] = 8;
    const long second = all_faults() - before - first;
    report("first_write_faults", first);
    report("second_write_faults", second);
    report("first_write_copies", own_faults("fault_copy_frame") - copies);
    tell(to_child);
    finish(child);
}

// The kernel's own stores (read() into the page) break sharing like the program's.
static void kernel_write(void)
{
    const pid_t child = fork();
    const long original = frame_of(page);
    if (child == 0) {
        const int zero = open("/dev/zero", O_RDONLY);
        check(read(zero, page, 16) == 16);
        check(page[0] == 0 && frame_of(page) != original);
        _exit(0);
    }
    finish(child);
    check(page[0] == 7);
    report("kernel_write_copied", frame_of(page) == original);
}

// A child that only reads shares to its end; four children write one after the other.
static void many_children(void)
{
    enum { kChildren = 4, kPages = 64 };
    char* block = mmap(NULL, kPages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < kPages; i++)
        block[i * kPage] = (char)i;
    pid_t children[kChildren];
    for (int c = 0; c < kChildren; c++) {
        children[c] = fork();
        if (children[c] != 0) continue;
        for (int i = 0; i < kPages; i++) {
            check(block[i * kPage] == (char)i);
            block[i * kPage] = (char)(100 + c);
        }
        for (int i = 0; i < kPages; i++)
            check(block[i * kPage] == (char)(100 + c));
        _exit(0);
    }
    for (int c = 0; c < kChildren; c++)
        finish(children[c]);
    for (int i = 0; i < kPages; i++)
        check(block[i * kPage] == (char)i);
    report("parent_unchanged", 1);
}

int main(void)
{
    page = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(page != MAP_FAILED && pipe(to_child) == 0 && pipe(to_parent) == 0);
    page[0] = 'a';
    page[1] = 'b';
    three_cases();
    write_twice();
    kernel_write();
    many_children();
    puts("cow: right");
    return 0;
}
