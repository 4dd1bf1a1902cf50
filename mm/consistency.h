// Debug builds: do regions, page tables, frame records, free lists and TLBs agree?
//
// One space is checked under its lock at the end of every change (the mmap family, brk, fork, exec) and at its end; a page
// whenever a fault or the reverse map has changed it. All of memory is checked when a process has ended, with every other CPU
// stopped for the moment: owners of a frame = PTEs and cache entries that refer to it, and pins; no PTE to a free frame, no
// frame that nobody has. Where something is under way (a pin, a frame that is about to be mapped) the check lets the others
// run and looks again; what stays wrong is a bug.
//
// A bug ends in a panic that names the frame, the region, and the system call at whose end it was seen. How large spaces and
// memories are sampled: kEntriesAtOnce and kTimePart in the sources. Release builds contain none of this.
#pragma once

#include "lib/intrusive_list.h"
#include "lib/span.h"
#include "mm/entry.h"

namespace faultline {

class AddressSpace;

struct ConsistencyCounts {
    u32 spaces, pages, everything;  // checks done
    u32 spaces_left_out, everything_left_out;
};

#ifdef FAULTLINE_DEBUG

struct CheckedSpacesTag;

// The part of an address space that the checks need.
class CheckedSpace : public ListNode<CheckedSpacesTag> {
    friend class SpaceCheck;
    u32 credit_ = 0;  // entries that may be looked at before their time; the space's lock
    u32 cost_ = 0;    // entries at the last check
};

void init_consistency();  // after init_heap

// Lock: the space's is held. May wait for others' pins.
void check_space(AddressSpace& space);        // at the end of a change; large spaces not every time
void check_whole_space(AddressSpace& space);  // every time
void check_page(AddressSpace& space, UserPage page);

// The space takes part in the check of all memory from here on, until here. No lock is held, or any.
void note_space_begins(AddressSpace& space);
void note_space_ends(AddressSpace& space);

// No lock held; may sleep. A process has ended: not so often that it takes more than a part of the time.
void check_all_memory_now_and_then();
// At once, and with the patience to tell a lost frame from one that is merely held. For self-tests and the end.
void check_all_memory();

// Who runs, and in which call: kernel/ knows.
void set_call_describer(void (*describe)(Span<char> out));

// Whoever keeps pages of the cache pinned for long derives from this and names them when asked: see(frame) for each pin. All
// other CPUs are stopped then, outside of spin locks.
class PinHolder : public ListNode<> {
public:
    using NamePins = void (*)(const PinHolder& self, void (*see)(Frame));
    explicit PinHolder(NamePins namer);
    ~PinHolder();
    void name_pins(void (*see)(Frame)) const { name_pins_(*this, see); }

private:
    NamePins name_pins_;
};

ConsistencyCounts consistency_counts();

#else

class CheckedSpace {};

inline void init_consistency() {}
inline void check_space(AddressSpace&) {}
inline void check_whole_space(AddressSpace&) {}
inline void check_page(AddressSpace&, UserPage) {}
inline void note_space_begins(AddressSpace&) {}
inline void note_space_ends(AddressSpace&) {}
inline void check_all_memory_now_and_then() {}
inline void check_all_memory() {}
inline void set_call_describer(void (*)(Span<char>)) {}

class PinHolder {
public:
    explicit PinHolder(void (*)(const PinHolder&, void (*)(Frame))) {}
};

#endif

}  // namespace faultline
