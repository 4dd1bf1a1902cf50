#include "lib/bits.h"
#include "mm/address_space.h"
#include "mm/elf.h"

namespace faultline {

namespace {

Result<void> map_file_part(AddressSpace& space, const ElfSegment& segment, const Ref<MemoryObject>& file)
{
    if (segment.file_size == 0) return {};
    MapRequest request;
    request.place = MapRequest::Place::FixedNoReplace;
    request.first = UserPage::containing(UserAddr{segment.vaddr});
    request.pages = UserPage::end_of(UserAddr{segment.vaddr + segment.file_size}) - request.first;
    request.rights = segment.rights;
    request.object = file;
    request.object_start = PageIndex{segment.file_offset / kPageSize};
    TRY(space.map(request));
    return {};
}

// Memory behind the file's bytes: the rest of their last page is zeroed to the page's end, as Linux does (a dynamic
// linker's first allocations are what is left of its last page), whole pages are anonymous.
Result<void> map_zero_part(AddressSpace& space, const ElfSegment& segment)
{
    const UserAddr begin{segment.vaddr + segment.file_size};
    const UserAddr end{segment.vaddr + segment.memory_size};
    const UserPage first = segment.file_size == 0 ? UserPage::containing(begin) : UserPage::end_of(begin);
    if (segment.rights.writable() && segment.file_size > 0 && segment.memory_size > segment.file_size)
        TRY(space.clear_memory(begin, first.address().value() - begin.value()));
    const UserPage last = UserPage::end_of(end);
    if (!(first < last)) return {};
    MapRequest request;
    request.place = MapRequest::Place::FixedNoReplace;
    request.first = first;
    request.pages = last - first;
    request.rights = segment.rights;
    TRY(space.map(request));
    return {};
}

// The Linux layout: windows onto the file; faults load.
Result<void> map_elf(AddressSpace& space, const ElfImage& image, const Ref<MemoryObject>& file)
{
    if (image.first.number() == 0) return Errno::NoExec;  // page 0 is never mapped in this layout
    for (u32 i = 0; i < image.segment_count; i++) {
        TRY(map_file_part(space, image.segments[i], file));
        TRY(map_zero_part(space, image.segments[i]));
    }
    return {};
}

// The xv6 layout: frames for every page, the file's bytes copied in.
Result<void> load_elf(AddressSpace& space, const ElfImage& image, MemoryObject& file)
{
    const bool flags_count = space.policy().segment_flags == SegmentFlags::Honoured;
    for (u32 i = 0; i < image.segment_count; i++) {
        const ElfSegment& segment = image.segments[i];
        const UserPage end = UserPage::end_of(UserAddr{segment.vaddr + segment.memory_size});
        TRY(space.add_pages(UserPage::containing(UserAddr{segment.vaddr}), end,
                            flags_count ? segment.rights : Rights::all()));
        TRY(space.load_pages(UserAddr{segment.vaddr}, file, segment.file_offset, segment.file_size));
    }
    return {};
}

Result<void> add_segments(AddressSpace& space, const ElfImage& image, const Ref<MemoryObject>& file)
{
    return space.policy().layout == Layout::Xv6 ? load_elf(space, image, *file) : map_elf(space, image, file);
}

// All segments keep their distances, so the whole span must find room, at `hint` or among the mappings. Nobody else sees
// the space yet: what is free now is free when the segments are mapped.
Result<void> move_elf(AddressSpace& space, ElfImage& image, UserPage hint)
{
    const u32 slack = image.align_pages - 1;
    const UserPage room = TRY(space.find_room(hint, image.end - image.first + slack));
    return shift_elf(image, room + ((image.first - room) & slack));
}

// Where the heap begins in the Linux layout. A movable program without interpreter leaves the lower addresses to it.
UserPage heap_start_behind(const AddressSpace& space, const ElfImage& image)
{
    const bool among_mappings = image.movable && image.interpreter_size == 0;
    const UserPage start = among_mappings ? UserPage::containing(UserAddr{kMovedProgramStart}) : image.end;
    return start + space.limits().shifts.heap_pages;
}

}  // namespace

Result<void> place_elf(AddressSpace& space, ElfImage& image, const Ref<MemoryObject>& file, u32 stack_pages)
{
    const UserPage usual =
        UserPage::containing(UserAddr{kMovedProgramStart}) + space.limits().shifts.program_pages;
    if (image.movable) TRY(move_elf(space, image, image.interpreter_size != 0 ? usual : UserPage{}));
    const bool below_stack = space.policy().layout == Layout::Xv6;
    if (below_stack && kUserEndPage - image.end < 1 + stack_pages) return Errno::NoMemory;
    TRY(add_segments(space, image, file));
    if (below_stack) return space.add_guard_and_stack(image.end, stack_pages);
    space.set_heap_start(heap_start_behind(space, image));
    return {};
}

Result<void> place_interpreter(AddressSpace& space, ElfImage& image, const Ref<MemoryObject>& file)
{
    if (image.movable) TRY(move_elf(space, image, UserPage{}));
    return add_segments(space, image, file);
}

}  // namespace faultline
