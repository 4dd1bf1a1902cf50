// The slides' common part (see slide.h).
#include "user/lib/slide.h"
#include "user/lib/faults.h"
#include "user/lib/proc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int differences;
static char first_difference[160];

void slide_begin(int argc, char** argv, const char* says)
{
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        printf("Usage: %s\nShow one slide of the lecture (`slides` lists all). The slide says:\n%s",
               program_invocation_short_name, says);
        exit(0);
    }
    fputs(says, stdout);
    fflush(stdout);
    warm_up_measuring();
}

void slide_part(const char* format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    putchar('\n');
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
    fflush(stdout);
}

// ---- what must hold ----

static void record_difference(const char* what, const char* says, const char* is)
{
    printf("  [DIFFERS] %s: the slide says %s, here it is %s\n", what, says, is);
    if (differences++ > 0) return;
    snprintf(first_difference, sizeof first_difference, "%s: the slide says %s, here it is %s", what, says,
             is);
}

// The texts are of the same form, so that equal ones are equal values.
void expect_text(const char* what, const char* says, const char* is)
{
    if (strcmp(says, is) == 0)
        printf("  [ok] %s: %s\n", what, is);
    else
        record_difference(what, says, is);
}

void expect_number(const char* what, long says, long is)
{
    char expected[24], seen[24];
    snprintf(expected, sizeof expected, "%ld", says);
    snprintf(seen, sizeof seen, "%ld", is);
    expect_text(what, expected, seen);
}

void expect_hex(const char* what, unsigned says, unsigned is)
{
    char expected[24], seen[24];
    snprintf(expected, sizeof expected, "0x%x", says);
    snprintf(seen, sizeof seen, "0x%x", is);
    expect_text(what, expected, seen);
}

void expect_frame(const char* what, unsigned says, unsigned is)
{
    char expected[24], seen[24];
    snprintf(expected, sizeof expected, "0x%05x", says);
    snprintf(seen, sizeof seen, "0x%05x", is);
    expect_text(what, expected, seen);
}

void expect_byte(const char* what, char says, char is)
{
    const char expected[] = {'\'', says, '\'', 0};
    const char seen[] = {'\'', is, '\'', 0};
    expect_text(what, expected, seen);
}

void expect_true(const char* what, int holds)
{
    if (holds)
        printf("  [ok] %s\n", what);
    else
        record_difference(what, "yes", "not so");
}

void expect_self_test(const char* name)
{
    char what[64];
    snprintf(what, sizeof what, "the kernel's own test of %s", name);
    expect_true(what, ktest(name) == 0);
}

int slide_end(void)
{
    fflush(stdout);
    if (differences == 0) return 0;
    fprintf(stderr, "%s: differs from the slide: %s", program_invocation_short_name, first_difference);
    if (differences > 1) fprintf(stderr, " (and %d more)", differences - 1);
    fputc('\n', stderr);
    return 1;
}

void slide_die(const char* what)
{
    fflush(stdout);
    fprintf(stderr, "%s: cannot show the slide: %s: %s\n", program_invocation_short_name, what,
            strerror(errno));
    exit(2);
}

// ---- page tables ----

unsigned entry_of(pid_t pid, const volatile void* address)
{
    return getpagetableentry(pid, (const void*)(uintptr_t)address);
}

unsigned frame_of(pid_t pid, const volatile void* address)
{
    const unsigned entry = entry_of(pid, address);
    return entry & FL_PTE_P ? FL_PTE_FRAME(entry) : 0;
}

int is_present(const volatile void* address)
{
    return (entry_of(getpid(), address) & FL_PTE_P) != 0;
}

int is_writable(pid_t pid, const volatile void* address)
{
    const unsigned both = FL_PTE_P | FL_PTE_W;
    return (entry_of(pid, address) & both) == both;
}

int count_present_pages(const volatile void* first, int pages)
{
    int present = 0;
    for (int i = 0; i < pages; i++)
        present += is_present((const volatile char*)first + i * kSlidePage);
    return present;
}

static unsigned vpn(const volatile void* address)
{
    return (unsigned)((uintptr_t)address / kSlidePage);
}

static int bit(unsigned entry, unsigned mask)
{
    return (entry & mask) != 0;
}

static void print_row(unsigned page, unsigned entry)
{
    if (!(entry & FL_PTE_P)) {
        printf("  0x%05x     0       -      -       -         -     ---\n", page);
        return;
    }
    printf("  0x%05x     1       %d      %d       %d         %d     0x%05x\n", page, bit(entry, FL_PTE_W),
           bit(entry, FL_PTE_U), bit(entry, FL_PTE_A), bit(entry, FL_PTE_D), FL_PTE_FRAME(entry));
}

void print_page_table(const char* title, pid_t pid, const volatile void* first, int pages)
{
    slide_part("%s", title);
    puts("  VPN      valid?  write?  user?  accessed?  dirty?  physical page");
    for (int i = 0; i < pages; i++) {
        const volatile char* page = (const volatile char*)first + i * kSlidePage;
        print_row(vpn(page), entry_of(pid, page));
    }
    fflush(stdout);
}

static void format_half_row(unsigned entry, char text[40])
{
    if (entry & FL_PTE_P)
        snprintf(text, 40, "1       %d       0x%05x", bit(entry, FL_PTE_W), FL_PTE_FRAME(entry));
    else
        snprintf(text, 40, "0       -       ---");
}

void print_two_page_tables(const char* title, const char* name1, pid_t pid1, const char* name2, pid_t pid2,
                           const volatile void* first, int pages)
{
    char left[40], right[40];
    slide_part("%s", title);
    printf("           %-32s%s\n", name1, name2);
    puts("  VPN      valid?  write?  physical page   valid?  write?  physical page");
    for (int i = 0; i < pages; i++) {
        const volatile char* page = (const volatile char*)first + i * kSlidePage;
        format_half_row(entry_of(pid1, page), left);
        format_half_row(entry_of(pid2, page), right);
        printf("  0x%05x     %-32s%s\n", vpn(page), left, right);
    }
    fflush(stdout);
}

void print_entry_bits(enum entry_level level, unsigned entry)
{
    struct bit_row {
        unsigned mask;
        const char *name, *set, *clear;
    };
    static const struct bit_row rows[] = {
        {0x001, "P", "present", "not present: the other bits mean nothing to the CPU"},
        {0x002, "W", "writable", "read-only"},
        {0x004, "U", "user code may use it", "supervisor only"},
        {0x008, "PWT", "write-through", "write-back"},
        {0x010, "PCD", "cache disabled", "cached"},
        {0x020, "A", "accessed", "not accessed"},
        {0x040, "D", "dirty: written to", "not written to"},
        {0x080, "PS", "", ""},
        {0x100, "G", "global: stays in the TLB", "not global"},
    };
    printf("    0x%08x = physical 0x%05x000 | flags 0x%03x\n", entry, entry >> 12, entry & 0xfff);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct bit_row* row = &rows[i];
        const char* meaning = entry & row->mask ? row->set : row->clear;
        if (row->mask == FL_PTE_PS)
            meaning = level == kTableEntry ? "(page attribute: unused)"
                      : entry & FL_PTE_PS  ? "a 4 MiB page"
                                           : "a second-level page table";
        if (level == kDirectoryEntry && !(entry & FL_PTE_PS) && (row->mask & (FL_PTE_D | FL_PTE_G)))
            meaning = "(ignored in an entry that names a table)";
        printf("    bit %u  %-3s  %d  %s\n", (unsigned)__builtin_ctz(row->mask), row->name,
               bit(entry, row->mask), meaning);
    }
}

struct page_info info_of(pid_t pid, const volatile void* address)
{
    struct page_info info;
    if (page_info(pid, (const void*)(uintptr_t)address, &info) < 0) slide_die("page_info");
    return info;
}

const char* backing_name(const struct page_info* info)
{
    static const char* const names[] = {"nothing",       "zeroes", "private memory", "file",
                                        "shared memory", "swap",   "guard page",     "kernel"};
    return info->backing < sizeof names / sizeof names[0] ? names[info->backing] : "?";
}

struct frame_info info_of_frame(unsigned frame)
{
    struct frame_info info;
    if (frame_info(frame, &info) < 0) slide_die("frame_info");
    return info;
}

const char* frame_use(unsigned frame)
{
    static const char* const names[] = {
        "reserved",   "free",           "kernel",     "kernel heap", "kernel stack",   "page directory",
        "page table", "private memory", "page cache", "pipe",        "the zero frame",
    };
    const unsigned use = info_of_frame(frame).use;
    return use < sizeof names / sizeof names[0] ? names[use] : "?";
}

void map_at(uintptr_t address, int pages)
{
    void* wanted = (void*)address;
    if (mmap(wanted, (size_t)pages * kSlidePage, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != wanted)
        slide_die("mmap");
}

void unmap_at(uintptr_t address, int pages)
{
    if (munmap((void*)address, (size_t)pages * kSlidePage) < 0) slide_die("munmap");
}

// ---- other processes ----

void start_helper(struct helper* helper, long (*serve)(long order))
{
    int orders[2], answers[2];
    long number;
    if (pipe(orders) < 0 || pipe(answers) < 0) slide_die("pipe");
    fflush(stdout);
    helper->pid = fork();
    if (helper->pid < 0) slide_die("fork");
    if (helper->pid == 0) {
        close(orders[1]);
        warm_up_measuring();  // its stack and buffers are shared too: their copies are not the slide's
        while (read(orders[0], &number, sizeof number) == sizeof number) {
            number = serve(number);
            if (write(answers[1], &number, sizeof number) != sizeof number) break;
        }
        _exit(0);
    }
    close(orders[0]);
    close(answers[1]);
    helper->orders = orders[1];
    helper->answers = answers[0];
}

long ask_helper(struct helper* helper, long order)
{
    if (write(helper->orders, &order, sizeof order) != sizeof order ||
        read(helper->answers, &order, sizeof order) != sizeof order)
        slide_die("the child is gone");
    return order;
}

void end_helper(struct helper* helper)
{
    close(helper->orders);
    close(helper->answers);
    waitpid(helper->pid, NULL, 0);
}

int run_program(char* const argv[])
{
    int status;
    fflush(stdout);
    const pid_t child = fork();
    if (child < 0) slide_die("fork");
    if (child == 0) {
        execvp(argv[0], argv);
        fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
        _exit(errno == ENOENT ? 127 : 126);
    }
    if (waitpid(child, &status, 0) < 0) slide_die("waitpid");
    return status;
}

pid_t run_in_child(void (*f)(void), int* status)
{
    fflush(stdout);
    const pid_t child = fork();
    if (child < 0) slide_die("fork");
    if (child == 0) {
        f();
        _exit(0);
    }
    if (waitpid(child, status, 0) < 0) slide_die("waitpid");
    return child;
}

// ---- experiments ----

char* do_experiment(const char* name)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/lecture/%s", name);
    char* text = read_whole_file(path, NULL);
    if (!text) slide_die(path);
    return text;
}

unsigned experiment_value(const char* text, const char* name)
{
    const size_t length = strlen(name);
    for (const char* line = text; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, length) == 0 && line[length] == ':')
            return (unsigned)strtoul(line + length + 1, NULL, 0);
    }
    errno = ENOENT;
    slide_die(name);
}

// ---- the kernel's log ----

char* log_since(const char* heading)
{
    enum { kReadAll = 3, kSize = 10 };  // klogctl's commands
    const int size = klogctl(kSize, NULL, 0);
    char* text = size > 0 ? malloc((size_t)size + 1) : NULL;
    const int length = text ? klogctl(kReadAll, text, size) : -1;
    if (length < 0) slide_die("klogctl");
    text[length] = 0;
    char* last = NULL;
    for (char* at = text; (at = strstr(at, heading)) != NULL; at++)
        if (at == text || at[-1] == '\n' || at[-1] == '>' || at[-1] == ' ') last = at;
    if (last) memmove(text, last, strlen(last) + 1);
    if (last) return text;
    free(text);
    return NULL;
}

// pid 4 processname: trap 14 err 6 on cpu 0 eip 0x1a addr 0x800444--kill proc
int find_kill_line(pid_t pid, struct kill_line* line)
{
    char heading[32];
    snprintf(heading, sizeof heading, "pid %d ", (int)pid);
    char* const log = log_since(heading);
    if (!log) return 0;
    snprintf(line->text, sizeof line->text, "%.*s", (int)strcspn(log, "\n"), log);
    free(log);
    const char* numbers = strstr(line->text, ": trap ");
    return numbers && sscanf(numbers, ": trap %d err %d on cpu %d eip %x addr %x--kill proc", &line->trap,
                             &line->error, &line->cpu, &line->eip, &line->address) == 5;
}
