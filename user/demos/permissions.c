// Slide: an aside on permissions. Both levels have W and U bits, and an access needs them in both. The directory grants
// everything to user addresses, so that the page-table entry alone decides; the kernel's half lacks U.
#include "user/lib/slide.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static const char says[] = "Both levels have permission bits, and the CPU takes the AND of them. So a page\n"
                           "directory's entry may grant everything (P, W, U), and the second level decides\n"
                           "for each page.\n";

static char* const page = (char*)0x601000;
static char* const kernel_page = (char*)0x80100000;

// How an access by a child ends: 0 when it works, otherwise the signal. The kernel prints the kill line.
static int try_access(volatile char* address, int write)
{
    int status;
    fflush(stdout);
    const pid_t child = fork();
    if (child < 0) slide_die("fork");
    if (child == 0) {
        char value = 0;
        if (!write) value = *address;
        if (write) *address = 1;
        _exit(value & 0);
    }
    if (waitpid(child, &status, 0) < 0) slide_die("waitpid");
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void print_both(const volatile char* address)
{
    const struct page_info info = info_of(0, address);
    const unsigned both = info.pde & 0x80 ? info.pde : info.pde & info.pte;
    printf("             P W U\n");
    printf("    PDE      %d %d %d   0x%08x\n", info.pde & 1, info.pde >> 1 & 1, info.pde >> 2 & 1, info.pde);
    if (info.pde & 0x80)
        printf("    (a 4 MiB page: there is no second level)\n");
    else
        printf("    PTE      %d %d %d   0x%08x\n", info.pte & 1, info.pte >> 1 & 1, info.pte >> 2 & 1,
               info.pte);
    printf("    allowed  %d %d %d\n", both & 1, both >> 1 & 1, both >> 2 & 1);
}

static void show(const char* title, char* address, int says_read, int says_write)
{
    slide_part("%s", title);
    print_both(address);
    expect_text("a read", says_read ? "works" : "kills", try_access(address, 0) ? "kills" : "works");
    expect_text("a write", says_write ? "works" : "kills", try_access(address, 1) ? "kills" : "works");
}

int main(int argc, char** argv)
{
    slide_begin(argc, argv, says);
    map_at((uintptr_t)page, 1);
    *(volatile char*)page = 1;
    show("Both levels allow everything", page, 1, 1);
    if (mprotect(page, kSlidePage, PROT_READ) < 0) slide_die("mprotect");
    show("The PTE forbids writing, the PDE does not", page, 1, 0);
    expect_hex("flags of the PDE, still", 7, info_of(0, page).pde & 7);
    show("The kernel's half: no U", kernel_page, 0, 0);
    return slide_end();
}
