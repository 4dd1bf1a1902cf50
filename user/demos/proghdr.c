// Slide: proghdr. An executable says by its program headers what goes where. This program reads its own headers from its
// file and then looks where the kernel put what they name.
#include "user/lib/slide.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char says[] = "An ELF file has a table of program headers. Each of type LOAD says: filesz\n"
                           "bytes from file offset off belong at vaddr, and the memory there is memsz bytes\n"
                           "long, the rest zero. The flags say what the program may do there.\n";

struct elfhdr {
    unsigned magic;
    unsigned char elf[12];
    unsigned short type, machine;
    unsigned version, entry, phoff, shoff, flags;
    unsigned short ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct proghdr {
    unsigned type, off, vaddr, paddr, filesz, memsz, flags, align;
};

enum { kMagic = 0x464c457f, kLoad = 1, kFlagExecute = 1, kFlagWrite = 2, kFlagRead = 4, kMostHeaders = 16 };

static char zeroes[3 * kSlidePage];  // bss: in memsz, not in filesz

static int read_headers(struct elfhdr* elf, struct proghdr* headers)
{
    const int file = open("/demos/proghdr", O_RDONLY);
    if (file < 0 || read(file, elf, sizeof *elf) != sizeof *elf) slide_die("/demos/proghdr");
    const int count = elf->phnum < kMostHeaders ? elf->phnum : kMostHeaders;
    const ssize_t size = count * (ssize_t)sizeof *headers;
    if (pread(file, headers, (size_t)size, elf->phoff) != size) slide_die("/demos/proghdr");
    close(file);
    return count;
}

static void print_header(const struct proghdr* header)
{
    printf("    %-5s off 0x%05x  vaddr 0x%08x  filesz 0x%05x  memsz 0x%05x  flags %c%c%c\n",
           header->type == kLoad ? "LOAD" : "other", header->off, header->vaddr, header->filesz,
           header->memsz, header->flags & kFlagRead ? 'r' : '-', header->flags & kFlagWrite ? 'w' : '-',
           header->flags & kFlagExecute ? 'x' : '-');
}

static unsigned rights_of(const struct proghdr* header)
{
    return (header->flags & kFlagRead ? PROT_READ : 0u) | (header->flags & kFlagWrite ? PROT_WRITE : 0u) |
           (header->flags & kFlagExecute ? PROT_EXEC : 0u);
}

static void compare(const struct proghdr* header)
{
    const struct page_info info = info_of(0, (void*)(uintptr_t)header->vaddr);
    slide_part("What the kernel has at 0x%08x", header->vaddr);
    printf("    region 0x%08x-0x%08x, rights %u", info.region_first, info.region_end, info.rights);
    printf(info.name[0] ? ", %s at offset 0x%x\n" : "\n", info.name, info.offset);
    expect_true("a region begins at vaddr's page", info.region_first == (header->vaddr & ~0xfffu));
    expect_number("its rights are the header's flags", (long)rights_of(header), (long)info.rights);
    if (info.backing != PAGE_BACKING_FILE) return;  // a page of data that was written to is the program's own
    expect_text("its contents come from", "/demos/proghdr", info.name);
    expect_hex("at the header's offset", header->off & ~0xfffu, info.offset);
}

int main(int argc, char** argv)
{
    struct elfhdr elf;
    struct proghdr headers[kMostHeaders];
    slide_begin(argc, argv, says);
    const int count = read_headers(&elf, headers);
    slide_part("The program headers of /demos/proghdr, entry 0x%08x", elf.entry);
    for (int i = 0; i < count; i++)
        print_header(&headers[i]);
    expect_hex("its magic number", kMagic, elf.magic);
    const struct proghdr* last = NULL;
    for (int i = 0; i < count; i++) {
        if (headers[i].type != kLoad) continue;
        compare(&headers[i]);
        last = &headers[i];
    }
    slide_part("Behind filesz");
    const uintptr_t bss = (uintptr_t)zeroes;
    expect_true("the array of zeroes lies behind vaddr + filesz",
                last && bss + sizeof zeroes > last->vaddr + last->filesz);
    expect_true("and before vaddr + memsz", last && bss + sizeof zeroes <= last->vaddr + last->memsz);
    expect_number("a byte of it", 0, zeroes[2 * kSlidePage]);
    return slide_end();
}
