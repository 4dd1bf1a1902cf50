// ELF32 for i386 by program headers: every field is checked before anything is mapped; sections do not matter.
//
// check_elf and shift_elf are pure (host tests feed them hostile headers). Where programs come on demand each segment is mapped onto the
// file's memory object, and no page is read but the one in which file data ends and bss begins: what follows the data in
// it is zeroed at once.
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
constexpr u32 kMaxNotes = 4;      // PT_NOTE headers that are looked at
constexpr u32 kMaxNoteBytes = 1024;
constexpr u32 kElfHeaderBytes = 52;        // the ELF header itself
constexpr u32 kMaxInterpreterPath = 4096;  // with its 0
constexpr u32 kMovedProgramStart = 0x00400000;
constexpr u32 kElfHeadBytes =
    4096;  // what exec reads of a file: the ELF header and all program headers lie in here

struct ElfSegment {  // xv6: proghdr ; checked, of type PT_LOAD
    u32 file_offset;
    u32 vaddr;
    u32 file_size;
    u32 memory_size;
    Rights rights;
};

struct ElfNotes {
    u32 file_offset, file_size;
};

struct ElfImage {
    UserAddr entry;
    ElfSegment segments[kMaxSegments];
    u32 segment_count;
    UserAddr headers;  // AT_PHDR: where the program headers stand in memory (0: they are not mapped)
    u32 header_count;  // AT_PHNUM
    u32 header_size;   // AT_PHENT
    u32 interpreter_offset, interpreter_size;  // PT_INTERP: its path in the file, with the 0; size 0: none
    bool movable;                              // ET_DYN: linked for no place; shift_elf() gives it one
    u32 align_pages;                           // of which the shift must be a multiple: a power of two
    u32 shift;                                 // what shift_elf() added to all addresses (AT_BASE)
    UserPage first, end;                       // the pages that the segments span
    ElfNotes notes[kMaxNotes];                 // PT_NOTE segments, not yet looked into
    u32 notes_count;
};

// `head` holds the file's first min(size, kElfHeadBytes) bytes. NoExec for whatever is not a program that we can run; Io
// where the interpreter's name lies beyond the file's end.
Result<ElfImage> check_elf(Span<const u8> head, u32 file_size_bytes);

// Gives a movable image its place: all addresses move so that its first page is `first`. NoMemory where it would reach
// the kernel.
Result<void> shift_elf(ElfImage& image, UserPage first);

// The contents of a PT_NOTE segment: is the note among them that marks programs written for xv6? (Owner "Faultline",
// type 1, the word 1: scripts/build-program --xv6 puts it there.) Pure.
bool notes_mark_xv6(Span<const u8> notes);

// Puts the program into the empty space, as its policy says: maps all segments and starts the heap behind the last one, or
// allocates and loads every page, with a guard page, `stack_pages` of stack and the heap on top. A movable image comes back
// shifted. With an interpreter it stands at kMovedProgramStart, where the heap has all the room above it; without one it
// may be the interpreter itself, asked for by name, so it stands among the mappings and leaves programs their place.
Result<void> place_elf(AddressSpace& space, ElfImage& image, const Ref<MemoryObject>& file, u32 stack_pages);

// The dynamic linker of the program that was placed; it stands among the mappings, and brings nothing but segments.
Result<void> place_interpreter(AddressSpace& space, ElfImage& image, const Ref<MemoryObject>& file);

}  // namespace faultline
