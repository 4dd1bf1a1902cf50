// Slide: fix and retry. The kernel repairs what was missing and returns to the instruction that faulted, not behind it:
// the CPU runs it again from the start, and the program cannot tell. The same can be done in user space by a handler.
#define _GNU_SOURCE
#include "user/lib/faults.h"
#include "user/lib/slide.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

static const char says[] = "On a page fault the kernel asks is_address_okay(): if so,\n"
                           "setup_page_table_entry_for() the address and return, which retries the\n"
                           "instruction; if not, kill the process. The instruction has changed nothing\n"
                           "before it faulted, so running it again is exact.\n";

static char* const memory = (char*)0x601000;

// Each runs one instruction that faults in its middle; an instruction done twice would show in the result.
static unsigned add_to(volatile unsigned* word)
{
    __asm__ volatile("addl $5, %0" : "+m"(*word));
    return *word;
}

static void copy_over_pages(char* to, const char* from, unsigned bytes)
{
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

static void show_kernel_retry(void)
{
    static struct fault_counts counts;
    static char source[3 * kSlidePage];
    memset(source, 'r', sizeof source);
    print_page_table("Before: addl $5, 0x601000", getpid(), memory, 1);
    expect_true("the page is not valid", !is_present(memory));
    begin_count(&counts);
    const unsigned sum = add_to((unsigned*)memory);
    end_count(&counts);
    print_page_table("After", getpid(), memory, 1);
    print_counts("addl", &counts);
    expect_number("faults", 1, counts.minor + counts.major);
    expect_number("0 + 5, added once", 5, (long)sum);

    slide_part("One rep movsb over three pages that are not valid (from the middle of one)");
    char* const to = memory + kSlidePage + 2048;
    begin_count(&counts);
    copy_over_pages(to, source, 2 * kSlidePage);
    end_count(&counts);
    print_counts("rep movsb", &counts);
    expect_number("faults", 3, counts.minor + counts.major);
    expect_true("every byte arrived", memcmp(to, source, 2 * kSlidePage) == 0);
}

// ---- the same in user space: the handler is the one that fixes ----

static volatile uintptr_t fault_address, fault_eip;
static volatile int handler_runs;

static void fix(int signal_number, siginfo_t* info, void* context)
{
    (void)signal_number;
    fault_address = (uintptr_t)info->si_addr;
    fault_eip = (uintptr_t)((ucontext_t*)context)->uc_mcontext.gregs[REG_EIP];
    handler_runs++;
    mprotect((void*)(fault_address & ~(uintptr_t)(kSlidePage - 1)), kSlidePage, PROT_READ | PROT_WRITE);
}

int store_instruction(char* to);
__asm__(".pushsection .text\n"
        "store_instruction: movl 4(%esp), %eax\n"
        "the_store: movb $115, (%eax)\n"
        "movzbl (%eax), %eax\n"
        "ret\n"
        ".popsection");
extern const char the_store[];

static void show_user_retry(void)
{
    const struct sigaction action = {.sa_sigaction = fix, .sa_flags = SA_SIGINFO};
    char* const page = memory + 8 * kSlidePage;
    slide_part("The same by a handler of SIGSEGV: it allows the write and returns");
    sigaction(SIGSEGV, &action, NULL);
    if (mprotect(page, kSlidePage, PROT_READ) < 0) slide_die("mprotect");
    const int stored = store_instruction(page);
    expect_number("times that the handler ran", 1, handler_runs);
    expect_hex("the address it was told", (unsigned)(uintptr_t)page, (unsigned)fault_address);
    expect_true("eip pointed at the store itself", fault_eip == (uintptr_t)the_store);
    expect_byte("what the store left there", 's', (char)stored);
}

int main(int argc, char** argv)
{
    slide_begin(argc, argv, says);
    map_at((uintptr_t)memory, 9);
    show_kernel_retry();
    show_user_retry();
    return slide_end();
}
