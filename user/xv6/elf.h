// The headers of an executable file.
#pragma once

#include "types.h"

#define ELF_MAGIC 0x464C457FU  // "\x7FELF"

// At the file's beginning.
struct elfhdr {
    uint magic;
    uchar elf[12];
    ushort type;
    ushort machine;
    uint version;
    uint entry;
    uint phoff;  // where the program headers begin
    uint shoff;
    uint flags;
    ushort ehsize;
    ushort phentsize;
    ushort phnum;  // how many there are
    ushort shentsize;
    ushort shnum;
    ushort shstrndx;
};

// One for each part that is loaded.
struct proghdr {
    uint type;
    uint off;  // in the file
    uint vaddr;
    uint paddr;
    uint filesz;
    uint memsz;  // what the file does not have of it is zero
    uint flags;
    uint align;
};

#define ELF_PROG_LOAD 1

#define ELF_PROG_FLAG_EXEC 1
#define ELF_PROG_FLAG_WRITE 2
#define ELF_PROG_FLAG_READ 4
