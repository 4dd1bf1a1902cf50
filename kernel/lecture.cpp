#include "kernel/lecture.h"

#include "arch/x86.h"
#include "mm/frame.h"
#include "mm/page_table.h"

namespace faultline {

namespace {

volatile u32& word_of(Frame frame)
{
    return *static_cast<volatile u32*>(frame_memory(frame));
}

// ---- setpte: a page-table entry set by hand ----

// A directory of nobody's, with what was hung into it.
struct ScratchDirectory {
    PageDirectory directory;
    Frame table;
    bool has_table;

    ~ScratchDirectory()
    {
        if (has_table) release_frame(table);
        release_frame(directory.frame());
    }
};

// What a program would do whose directory this is: reads the word, then writes another. The kernel's half is the same in
// every directory, so the kernel runs on.
u32 exchange_through(const PageDirectory& directory, UserPage page, u32 word)
{
    InterruptsOff off;
    auto* at = reinterpret_cast<volatile u32*>(static_cast<usize>(page.address().value()));
    const u32 before = read_cr3();
    write_cr3(directory.frame().address());
    const u32 old = *at;
    *at = word;
    write_cr3(before);
    return old;
}

Result<void> set_entry_by_hand(TextBuffer& out, Frame mem)
{
    constexpr u32 kThroughMem = 0x12345678, kThroughPage = 0x9abcdef0;
    const UserPage page = UserPage::containing(UserAddr{0x00400000});
    ScratchDirectory scratch{
        TRY(PageDirectory::create()), {}, false};  // none, and there is nothing to give back
    out.print("va: 0x%08x\n", page.address().value());
    out.print("entry found without alloc: %s\n", scratch.directory.find(page) ? "yes" : "none");
    Pte* const pte = TRY(scratch.directory.find_or_create(page));
    scratch.table = scratch.directory.entries()[page.directory_index()].table();
    scratch.has_table = true;
    out.print("entry before: 0x%08x\n", pte->raw());
    word_of(mem) = kThroughMem;
    *pte = Pte::from_raw(mem.address().value() | kPresent | kWritable | kUser);
    out.print("mem: 0x%08x\n", KernelAddr::of(frame_memory(mem)).value());
    out.print("physical: 0x%08x\n", mem.address().value());
    out.print("entry set: 0x%08x\n", pte->raw());
    out.print("written through mem: 0x%08x\n", kThroughMem);
    out.print("read through va: 0x%08x\n", exchange_through(scratch.directory, page, kThroughPage));
    out.print("written through va: 0x%08x\n", kThroughPage);
    out.print("read through mem: 0x%08x\n", u32{word_of(mem)});
    out.print("entry after: 0x%08x\n", pte->raw());
    return {};
}

Result<void> write_setpte(TextBuffer& out)
{
    const Frame mem = TRY(allocate_frame(Fill::Zero, FrameUse::Kernel));
    const auto done = set_entry_by_hand(out, mem);
    release_frame(mem);
    return done;
}

// ---- kalloc: the list of free frames, which runs through the free frames themselves ----

constexpr u32 kShown = 3, kMostSpare = 13;

struct FreeListTrial {
    Frame frames[kShown];
    u32 links[kShown];  // each one's first word after it was freed
    Frame again;        // what the next allocation gave
    bool chained;       // the list was not handed to others in between
};

// Takes `spare` frames besides, so that not every trial meets the same end of this CPU's list.
Result<FreeListTrial> try_free_list(u32 spare)
{
    Frame held[kShown + kMostSpare];
    FreeListTrial trial{};
    InterruptsOff off;  // one CPU's list, and nobody else on it
    u32 count = 0;
    for (; count < kShown + spare; count++) {
        const auto frame = allocate_frame(Fill::Nothing, FrameUse::Kernel);
        if (!frame.ok()) break;
        held[count] = frame.value();
    }
    if (count < kShown + spare) {
        release_frames(held, count);
        return Errno::NoMemory;
    }
    for (u32 i = 0; i < kShown; i++) {
        trial.frames[i] = held[i];
        release_frame(held[i]);
        trial.links[i] = word_of(held[i]);
    }
    const auto again = allocate_frame(Fill::Nothing, FrameUse::Kernel);
    if (again.ok()) {
        trial.again = again.value();
        release_frame(trial.again);
    }
    release_frames(held + kShown, spare);
    trial.chained = trial.links[1] == trial.frames[0].number() &&
                    trial.links[2] == trial.frames[1].number() && trial.again == trial.frames[2];
    return trial;
}

Result<void> write_kalloc(TextBuffer& out)
{
    FreeListTrial trial{};
    for (u32 spare = 1; spare <= kMostSpare && !trial.chained; spare += 4)
        trial = TRY(try_free_list(spare));
    for (const Frame frame : trial.frames)
        out.print("kalloc: 0x%05x\n", frame.number());
    for (u32 i = 0; i < kShown; i++)
        out.print("kfree: 0x%05x, first word 0x%05x\n", trial.frames[i].number(), trial.links[i]);
    out.print("kalloc again: 0x%05x\n", trial.again.number());
    out.print("free frames: %u\n", free_frames());
    return {};
}

constexpr ProcText kTexts[] = {
    {"setpte", write_setpte},
    {"kalloc", write_kalloc},
};

}  // namespace

Span<const ProcText> lecture_texts()
{
    return kTexts;
}

}  // namespace faultline
