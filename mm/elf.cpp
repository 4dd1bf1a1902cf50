#include "mm/elf.h"

#include "lib/bits.h"
#include "lib/string.h"

namespace faultline {

namespace {

// The file's own layout (System V ABI, "Object Files", "ELF Header" and "Program Header").
struct ElfHeader {
    u8 ident[16];
    u16 type, machine;
    u32 version, entry, program_headers, section_headers, flags;
    u16 header_size, program_header_size, program_header_count;
    u16 section_header_size, section_header_count, section_names;
};

struct ProgramHeader {
    u32 type, file_offset, vaddr, paddr, file_size, memory_size, flags, align;
};

constexpr u8 kMagic[] = {0x7f, 'E', 'L', 'F', 1 /* 32 bits */, 1 /* little endian */, 1 /* version */};
constexpr u16 kTypeExecutable = 2;
constexpr u16 kTypeMovable = 3;  // ET_DYN: position-independent programs, dynamic linkers
constexpr u16 kMachine386 = 3;
constexpr u32 kLoad = 1;
constexpr u32 kInterpreter = 3;
constexpr u32 kNotes = 4;

Rights rights_of(u32 flags)  // PF_X 1, PF_W 2, PF_R 4
{
    return Rights::from_bits((flags & 4 ? 1u : 0) | (flags & 2 ? 2u : 0) | (flags & 1 ? 4u : 0));
}

// Accepts a PT_LOAD header only if mapping it cannot surprise us. Sums are checked: a stranger wrote it.
Result<ElfSegment> check_segment(const ProgramHeader& header, u32 file_size_bytes)
{
    const auto file_end = checked_add(header.file_offset, header.file_size);
    const auto memory_end = checked_add(header.vaddr, header.memory_size);
    if (!file_end.ok() || !memory_end.ok()) return Errno::NoExec;
    if (header.file_size > header.memory_size) return Errno::NoExec;                 // bytes with no home
    if (file_end.value() > file_size_bytes) return Errno::NoExec;                    // truncated file
    if (memory_end.value() > kUserEnd) return Errno::NoExec;                         // would reach the kernel
    if ((header.vaddr - header.file_offset) % kPageSize != 0) return Errno::NoExec;  // cannot share frames
    if (header.align > 1 && !is_power_of_two(header.align)) return Errno::NoExec;
    return ElfSegment{header.file_offset, header.vaddr, header.file_size, header.memory_size,
                      rights_of(header.flags)};
}

Result<ElfHeader> check_header(Span<const u8> head)
{
    ElfHeader header;
    if (head.size() < sizeof(header)) return Errno::NoExec;
    memcpy(&header, head.data(), sizeof(header));
    if (memcmp(header.ident, kMagic, sizeof(kMagic)) != 0) return Errno::NoExec;
    if (header.type != kTypeExecutable && header.type != kTypeMovable) return Errno::NoExec;
    if (header.machine != kMachine386 || header.version != 1) return Errno::NoExec;
    if (header.program_header_size != sizeof(ProgramHeader)) return Errno::NoExec;
    if (header.program_header_count == 0 || header.program_header_count > kMaxHeaders) return Errno::NoExec;
    const u32 table_size = header.program_header_count * static_cast<u32>(sizeof(ProgramHeader));
    const auto table_end = checked_add(header.program_headers, table_size);
    if (!table_end.ok() || table_end.value() > head.size()) return Errno::NoExec;
    return header;
}

// Segments ascend in memory and share no page: a later one would silently replace bytes of an earlier one.
Result<void> append(ElfImage& image, const ElfSegment& segment)
{
    if (image.segment_count == kMaxSegments) return Errno::NoExec;
    const UserPage first = UserPage::containing(UserAddr{segment.vaddr});
    if (image.segment_count == 0)
        image.first = first;
    else if (first < image.end)
        return Errno::NoExec;
    image.end = UserPage::end_of(UserAddr{segment.vaddr + segment.memory_size});
    image.segments[image.segment_count++] = segment;
    return {};
}

// The path with its 0 must lie in the file; whoever reads it looks for that 0. Two of them: which would it be?
Result<void> note_interpreter(ElfImage& image, const ProgramHeader& header, u32 file_size_bytes)
{
    const auto end = checked_add(header.file_offset, header.file_size);
    if (image.interpreter_size != 0) return Errno::NoExec;
    if (header.file_size < 2 || header.file_size > kMaxInterpreterPath) return Errno::NoExec;
    if (!end.ok() || end.value() > file_size_bytes) return Errno::Io;  // as Linux says: it reads the name
    image.interpreter_offset = header.file_offset;
    image.interpreter_size = header.file_size;
    return {};
}

bool entry_is_executable(const ElfImage& image)
{
    for (u32 i = 0; i < image.segment_count; i++) {
        const ElfSegment& segment = image.segments[i];
        const u32 offset = image.entry.value() - segment.vaddr;
        if (segment.vaddr <= image.entry.value() && offset < segment.memory_size)
            return segment.rights.executable();
    }
    return false;
}

// Where the headers stand in memory, if a segment brings them along.
UserAddr headers_in_memory(const ElfImage& image, u32 file_offset, u32 size_bytes)
{
    for (u32 i = 0; i < image.segment_count; i++) {
        const ElfSegment& segment = image.segments[i];
        if (segment.file_offset <= file_offset &&
            file_offset + size_bytes <= segment.file_offset + segment.file_size)
            return UserAddr{segment.vaddr + (file_offset - segment.file_offset)};
    }
    return UserAddr{0};
}

}  // namespace

Result<ElfImage> check_elf(Span<const u8> head, u32 file_size_bytes)
{
    const ElfHeader header = TRY(check_header(head));
    ElfImage image{};
    image.entry = UserAddr{header.entry};
    image.header_count = header.program_header_count;
    image.header_size = sizeof(ProgramHeader);
    image.movable = header.type == kTypeMovable;
    image.align_pages = 1;
    for (u32 i = 0; i < header.program_header_count; i++) {
        ProgramHeader program;
        memcpy(&program, head.data() + header.program_headers + i * sizeof(program), sizeof(program));
        if (program.type == kInterpreter) TRY(note_interpreter(image, program, file_size_bytes));
        if (program.type == kNotes && image.notes_count < kMaxNotes)
            image.notes[image.notes_count++] = {program.file_offset, program.file_size};
        if (program.type != kLoad) continue;
        const ElfSegment segment = TRY(check_segment(program, file_size_bytes));
        if (segment.memory_size > 0) TRY(append(image, segment));
        image.align_pages = max(image.align_pages, program.align / kPageSize);
    }
    if (image.segment_count == 0 || !entry_is_executable(image)) return Errno::NoExec;
    image.headers =
        headers_in_memory(image, header.program_headers, header.program_header_count * image.header_size);
    return image;
}

Result<void> shift_elf(ElfImage& image, UserPage first)
{
    if (kUserEndPage < first || image.end - image.first > kUserEndPage - first) return Errno::NoMemory;
    const u32 shift = first.address().value() - image.first.address().value();  // modulo 2^32
    image.end = first + (image.end - image.first);
    image.first = first;
    image.entry = UserAddr{image.entry.value() + shift};
    if (image.headers.value() != 0) image.headers = UserAddr{image.headers.value() + shift};
    for (u32 i = 0; i < image.segment_count; i++)
        image.segments[i].vaddr += shift;
    image.shift = shift;
    return {};
}

// Each note: sizes of owner and description, type, the owner's name, the description, both padded to words (System V ABI,
// "Note Section").
bool notes_mark_xv6(Span<const u8> notes)
{
    constexpr char kOwner[] = "Faultline";
    constexpr u32 kXv6Note = 1;
    const u32 size = static_cast<u32>(notes.size());
    for (u32 at = 0; at + 3 * sizeof(u32) <= size;) {
        u32 header[3];
        memcpy(header, &notes[at], sizeof header);
        const auto [owner_size, description_size, type] = header;
        at += sizeof header;
        if (owner_size > kMaxNoteBytes || description_size > kMaxNoteBytes) return false;
        const u32 description = at + round_up(owner_size, 4u);
        const u32 end = description + round_up(description_size, 4u);
        if (end > size) return false;
        u32 value = 0;
        if (description_size == sizeof value) memcpy(&value, &notes[description], sizeof value);
        const bool is_ours = owner_size == sizeof kOwner && memcmp(&notes[at], kOwner, sizeof kOwner) == 0;
        if (is_ours && type == kXv6Note && value == 1) return true;
        at = end;
    }
    return false;
}

}  // namespace faultline
