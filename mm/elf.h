// ELF32 for i386 by program headers: every field is checked before anything is mapped; sections do not matter.
//
// check_elf is pure (host tests feed it hostile headers). map_elf maps each segment onto the file's memory object: no page
// is read here but the one in which file data ends and bss begins: what follows the data in it is zeroed at once.
#pragma once

#include "arch/layout.h"
#include "lib/ref.h"
#include "lib/result.h"
#include "lib/span.h"
#include "mm/rights.h"

namespace faultline {

class AddressSpace;
class MemoryObject;

constexpr u32 kMaxSegments = 16;  // PT_LOAD headers of one program
constexpr u32 kMaxHeaders = 64;   // program headers of any type
constexpr u32 kElfHeadBytes =
    4096;  // what exec reads of a file: the ELF header and all program headers lie in here

struct ElfSegment {  // xv6: proghdr ; checked, of type PT_LOAD
    u32 file_offset;
    u32 vaddr;
    u32 file_size;
    u32 memory_size;
    Rights rights;
};

struct ElfImage {
    UserAddr entry;
    ElfSegment segments[kMaxSegments];
    u32 segment_count;
    UserAddr headers;  // AT_PHDR: where the program headers stand in memory (0: they are not mapped)
    u32 header_count;  // AT_PHNUM
    u32 header_size;   // AT_PHENT
    u32 interpreter_offset, interpreter_size;  // PT_INTERP; size 0: none
    UserPage first, end;                       // the pages that the segments span
};

// `head` holds the file's first min(size, kElfHeadBytes) bytes. NoExec for whatever is not a program that we can run.
Result<ElfImage> check_elf(Span<const u8> head, u32 file_size_bytes);

// Maps all segments and starts the heap behind the last one.  // xv6: loaduvm ; maps, the page fault loads
Result<void> map_elf(AddressSpace& space, const ElfImage& image, const Ref<MemoryObject>& file);

}  // namespace faultline
