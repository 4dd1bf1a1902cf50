// pt: page tables and frames, read by the calls that only Faultline has.
#include "user/lib/proc.h"
#include "user/lib/tool.h"

#include <errno.h>
#include <faultline.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: pt dump PID | walk PID VA | top PID VA | frame PPN | backing PID VA\n"
    "Show page tables and frames. PID is a number or self; VA and PPN are hexadecimal, with 0x or without.\n"
    "  dump PID        every present page below KERNBASE: VPN P U|- W|- PPN\n"
    "  walk PID VA     the four steps of walkpgdir, with their values\n"
    "  top PID VA      the entry of the page directory, as output_top_level_pte_for prints it\n"
    "  frame PPN       who uses a frame, how many own it, and which pages show it\n"
    "  backing PID VA  where the contents of a page live: file X offset Y, swap slot N, zero, ...\n";

enum {
    kPageShift = 12,
    kTableEntries = 1024,
    kEntriesPerDirectory = 512,  // of the user's half
    kMappersShown = 16
};
static const unsigned kKernelBase = 0x80000000;

// ---- Arguments ----

static int parse_pid(const char* text)
{
    if (strcmp(text, "self") == 0) return getpid();
    char* end;
    const long pid = strtol(text, &end, 10);
    if (end == text || *end || pid <= 0) tool_usage_error("'%s' is not a process id", text);
    return (int)pid;
}

static unsigned parse_hex(const char* text, const char* what)
{
    char* end;
    errno = 0;
    const unsigned long value = strtoul(text, &end, 16);
    if (end == text || *end || errno || *text == '-')
        tool_usage_error("'%s' is not %s (hexadecimal, at most ffffffff)", text, what);
    return (unsigned)value;
}

static struct page_info look(int pid, unsigned va)
{
    struct page_info info;
    if (page_info(pid, (const void*)(uintptr_t)va, &info) != 0) tool_die("%d: %s", pid, strerror(errno));
    return info;
}

// ---- Entries ----

// "P W U A D", or "-" where no bit is set.
static const char* flag_text(unsigned entry)
{
    static const struct {
        unsigned bit;
        const char* name;
    } flags[] = {{FL_PTE_P, "P"}, {FL_PTE_W, "W"},   {FL_PTE_U, "U"},   {0x008, "PWT"},
                 {0x010, "PCD"},  {FL_PTE_A, "A"},   {FL_PTE_D, "D"},   {FL_PTE_PS, "PS"},
                 {FL_PTE_G, "G"}, {0x200, "parked"}, {0x400, "swapped"}};
    static char text[64];
    text[0] = 0;
    for (unsigned i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (!(entry & flags[i].bit)) continue;
        if (text[0]) strcat(text, " ");
        strcat(text, flags[i].name);
    }
    return text[0] ? text : "-";
}

// ---- dump ----

static void print_table(int pid, unsigned first_vpn)
{
    for (unsigned vpn = first_vpn; vpn < first_vpn + kTableEntries; vpn++) {
        const unsigned pte = getpagetableentry(pid, (const void*)(uintptr_t)(vpn << kPageShift));
        if (pte & FL_PTE_P)
            printf("%x P %c %c %x\n", vpn, pte & FL_PTE_U ? 'U' : '-', pte & FL_PTE_W ? 'W' : '-',
                   FL_PTE_FRAME(pte));
    }
}

static void dump(int pid)
{
    look(pid, 0);
    printf("START PAGE TABLE (pid %d)\n", pid);
    for (unsigned index = 0; index < kEntriesPerDirectory; index++) {
        struct page_info info;
        const unsigned vpn = index * kTableEntries;
        if (page_info(pid, (const void*)(uintptr_t)(vpn << kPageShift), &info) == 0 && (info.pde & FL_PTE_P))
            print_table(pid, vpn);
    }
    puts("END PAGE TABLE");
}

// ---- walk, top ----

static unsigned long long directory_of(int pid)  // its physical address
{
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    char* text = read_whole_file(path, NULL);
    const char* line = text ? strstr(text, "\nCR3:") : NULL;
    const unsigned long directory = line ? strtoul(line + strlen("\nCR3:"), NULL, 16) : 0;
    free(text);
    return directory;
}

static void walk_second_level(unsigned va, const struct page_info* info)
{
    const unsigned table = info->pde & ~0xfffu;
    const unsigned index = va >> kPageShift & (kTableEntries - 1);
    printf("3. pgtab = P2V(PTE_ADDR(*pde))  P2V(0x%x) = 0x%x\n", table, table + kKernelBase);
    printf("4. return &pgtab[PTX(va)]       PTX(0x%x) = 0x%x (%u): 0x%x\n", va, index, index,
           table + kKernelBase + 4 * index);
    printf("   *pte = 0x%08x (%s)", info->pte, flag_text(info->pte));
    if (info->pte & FL_PTE_P)
        printf(": frame 0x%x, physical address 0x%x\n", FL_PTE_FRAME(info->pte),
               (info->pte & ~0xfffu) | (va & 0xfff));
    else
        puts(": not present");
}

static void walk(int pid, unsigned va)
{
    const struct page_info info = look(pid, va);
    const unsigned directory = (unsigned)directory_of(pid), index = va >> 22;
    printf("1. pde = &pgdir[PDX(va)]        pgdir 0x%x, PDX(0x%x) = 0x%x (%u): 0x%x\n",
           directory + kKernelBase, va, index, index, directory + kKernelBase + 4 * index);
    printf("2. *pde & PTE_P                 *pde = 0x%08x (%s): %s\n", info.pde, flag_text(info.pde),
           info.pde & FL_PTE_P ? "present" : "not present");
    if (!(info.pde & FL_PTE_P))
        puts("3. no page table                with alloc, kalloc() would give one here, filled with zeroes\n"
             "4. return 0");
    else if (info.pde & FL_PTE_PS)
        printf("3. no page table                PS: the entry maps 4 MiB at once\n"
               "4. physical address 0x%x\n",
               (info.pde & 0xffc00000) | (va & 0x3fffff));
    else
        walk_second_level(va, &info);
}

static void top(int pid, unsigned va)
{
    const unsigned pde = look(pid, va).pde;
    printf("top level PT in PID %d\n", pid);
    puts(pde & FL_PTE_P ? "is present (valid)" : "is not present (invalid)");
    puts(pde & FL_PTE_W ? "is writable (may be overridden in next level)" : "is not writable");
    puts(pde & FL_PTE_U ? "is user-accessible (may be overridden in next level)" : "is not user-accessible");
    printf("has base address %x\n", pde & ~0xfffu);
}

// ---- frame, backing ----

static const char* use_text(unsigned use)
{
    static const char* const uses[] = {"reserved",     "free",           "kernel",     "slab",
                                       "kernel stack", "page directory", "page table", "anonymous",
                                       "cache",        "pipe",           "zero",       "swap"};
    return use < sizeof uses / sizeof uses[0] ? uses[use] : "?";
}

static void print_frame_flags(unsigned flags)
{
    static const char* const names[] = {"dirty", "referenced", "busy", "writing", "cached"};
    printf("flags:  ");
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (flags >> i & 1) printf(" %s", names[i]);
    puts(flags ? "" : " none");
}

static void print_mappers(const struct frame_info* info)
{
    printf("mappers: %u\n", info->mapper_count);
    for (unsigned i = 0; i < info->mapper_count && i < kMappersShown; i++)
        printf("  pid %d va 0x%x\n", info->mappers[i].pid, info->mappers[i].va);
    if (info->mapper_count > kMappersShown) printf("  and %u more\n", info->mapper_count - kMappersShown);
}

static void frame(unsigned number)
{
    struct frame_info info;
    if (frame_info(number, &info) != 0) tool_die("frame %x is beyond the last one", number);
    printf("frame:   %x\nuse:     %s\nowners:  %u\n", number, use_text(info.use), info.owners);
    print_frame_flags(info.flags);
    if (info.use == FRAME_USE_CACHE) printf("offset:  %llu\n", (unsigned long long)info.index << kPageShift);
    if (info.use == FRAME_USE_ANONYMOUS) printf("page:    %x\n", info.index);
    if (info.use == FRAME_USE_SWAP) printf("slot:    %u\n", info.index);
    if (info.name[0]) printf("file:    %s\n", info.name);
    print_mappers(&info);
}

static void backing(int pid, unsigned va)
{
    const struct page_info info = look(pid, va);
    switch (info.backing) {
    case PAGE_BACKING_ZERO:
        puts(info.pte & FL_PTE_P ? "zero (the shared frame of zeroes)" : "zero (never touched)");
        break;
    case PAGE_BACKING_ANONYMOUS:
        printf("anonymous frame %x", FL_PTE_FRAME(info.pte));
        puts(info.name[0] ? " (a private copy)" : "");
        break;
    case PAGE_BACKING_FILE:
        printf("file %s offset %u\n", info.name, info.offset);
        break;
    case PAGE_BACKING_SHARED:
        printf("shared memory offset %u\n", info.offset);
        break;
    case PAGE_BACKING_SWAP:
        printf("swap slot %u\n", info.offset);
        break;
    case PAGE_BACKING_GUARD:
        puts("guard page");
        break;
    case PAGE_BACKING_KERNEL:
        puts("the kernel's half");
        break;
    default:
        puts("nothing: no region holds this address");
        break;
    }
}

int main(int argc, char** argv)
{
    tool_begin(argc, argv, help);
    while (tool_option("+", NULL) != -1)
        ;
    static const struct {
        const char* name;
        void (*of_page)(int pid, unsigned va);
    } pages[] = {{"walk", walk}, {"top", top}, {"backing", backing}};
    tool_need_operands(2, 3);
    char** const words = tool_operands;
    if (strcmp(words[0], "dump") == 0) {
        tool_need_operands(2, 2);
        dump(parse_pid(words[1]));
        return tool_end();
    }
    if (strcmp(words[0], "frame") == 0) {
        tool_need_operands(2, 2);
        frame(parse_hex(words[1], "a frame number"));
        return tool_end();
    }
    for (unsigned i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        if (strcmp(words[0], pages[i].name) != 0) continue;
        tool_need_operands(3, 3);
        pages[i].of_page(parse_pid(words[1]), parse_hex(words[2], "an address"));
        return tool_end();
    }
    tool_usage_error("'%s' is not one of dump, walk, top, frame, backing", words[0]);
}
