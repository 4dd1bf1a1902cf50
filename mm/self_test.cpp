// Tests of the slides' functions, run inside the kernel. Each makes what it needs and gives it back; those that need an
// address space make one that no CPU ever loads.
#include "mm/self_test.h"

#include "lib/string.h"
#include "mm/address_space.h"
#include "mm/anonymous_object.h"
#include "mm/fail.h"
#include "mm/frame.h"
#include "mm/space_change.h"

#define EXPECT(condition)                                                                                    \
    if (!(condition)) return #condition

extern "C" char kernel_text_begin[];  // boot/kernel.ld

namespace faultline {

namespace {

constexpr u32 kPageWords = kPageSize / 4;

u32* words_of(Frame frame)
{
    return static_cast<u32*>(frame_memory(frame));
}

bool is_all_zero(Frame frame)
{
    for (u32 i = 0; i < kPageWords; i++)
        if (words_of(frame)[i] != 0) return false;
    return true;
}

u32 frames_in_use(FrameUse use)
{
    return count_frames().by_use[static_cast<u32>(use)];
}

u32 frames_of_spaces()
{
    return frames_in_use(FrameUse::Anonymous) + frames_in_use(FrameUse::Table) +
           frames_in_use(FrameUse::Directory);
}

// ---- Addresses and frames ----

const char* test_v2p()
{
    constexpr u32 kLinked = kKernelBase + kKernelLoadAddress;
    EXPECT(KernelAddr{kLinked}.to_phys() == PhysAddr{kKernelLoadAddress});
    EXPECT(PhysAddr{kKernelLoadAddress}.to_kernel() == KernelAddr{kLinked});
    const auto frame = allocate_frame(Fill::Nothing, FrameUse::Kernel);
    EXPECT(frame.ok());
    const KernelAddr seen = frame.value().address().to_kernel();
    const bool is_same =
        seen.as<u32>() == words_of(frame.value()) && seen.to_phys() == frame.value().address();
    release_frame(frame.value());
    EXPECT(is_same);
    return nullptr;
}

const char* test_kalloc()
{
    const auto frame = allocate_frame(Fill::Zero, FrameUse::Kernel);
    EXPECT(frame.ok());
    const bool is_right = is_managed(frame.value()) && frame_owners(frame.value()) == 1 &&
                          frame_record(frame.value()).use == FrameUse::Kernel && is_all_zero(frame.value()) &&
                          !is_frame_free(frame.value());
    release_frame(frame.value());
    EXPECT(is_right);
    EXPECT(is_frame_free(frame.value()));
    return nullptr;
}

// Frees two frames: the second's first word names the first, unless the list was full and a new one began between them.
const char* free_two_frames(bool& linked)
{
    const auto first = allocate_frame(Fill::Nothing, FrameUse::Kernel);
    const auto second = allocate_frame(Fill::Nothing, FrameUse::Kernel);
    EXPECT(first.ok() && second.ok());
    release_frame(first.value());
    release_frame(second.value());
    linked = *words_of(second.value()) == first.value().number();
    const auto again = allocate_frame(Fill::Nothing, FrameUse::Kernel);
    EXPECT(again.ok());
    const bool is_last = again.value() == second.value();
    release_frame(again.value());
    EXPECT(is_last);
    return nullptr;
}

// The free list runs through the free frames' own first words, and gives out last what came back first.
const char* test_kfree()
{
    bool linked = false;
    if (const char* const wrong = free_two_frames(linked)) return wrong;
    if (linked) return nullptr;
    const auto kept = allocate_frame(Fill::Nothing, FrameUse::Kernel);  // one less: now the list is not full
    EXPECT(kept.ok());
    const char* const wrong = free_two_frames(linked);
    release_frame(kept.value());
    if (wrong) return wrong;
    return linked ? nullptr : "a free frame's first word names the next free frame";
}

// ---- Page tables ----

const char* test_setupkvm()
{
    auto made = PageDirectory::create();
    EXPECT(made.ok());
    const PageDirectory directory = made.value();
    const Pde* const entries = directory.entries();
    u32 user_entries = 0, user_kernel_entries = 0;
    for (u32 i = 0; i < kEntries; i++) {
        if (i < kUserDirectoryEntries)
            user_entries += entries[i].raw() != 0;
        else
            user_kernel_entries += (entries[i].raw() & kUser) != 0;
    }
    const UserPage text{static_cast<u32>(reinterpret_cast<usize>(kernel_text_begin)) / kPageSize};
    const Pte* const pte = directory.find(text);
    const bool maps_text = pte && pte->present() && !pte->writable() && !pte->is_user() &&
                           pte->frame().number() == text.number() - kKernelBase / kPageSize;
    release_frame(directory.frame());
    EXPECT(user_entries == 0);
    EXPECT(user_kernel_entries == 0);
    EXPECT(maps_text);
    return nullptr;
}

}  // namespace

// Has the keys of AddressSpace. Each test begins with an empty space and the region that it needs.
class SpaceTest {
public:
    explicit SpaceTest(const Policy& policy)
    {
        auto made = AddressSpace::create(policy, SpaceLimits{});
        if (made.ok()) space_ = made.take();
    }
    bool ready() const { return space_.get() != nullptr; }
    AddressSpace& space() { return *space_; }
    void forget() { space_ = nullptr; }

    bool add_region(UserPage first, u32 pages) NO_THREAD_SAFETY_ANALYSIS
    {
        MapRequest request;
        request.pages = pages;
        request.rights = Rights::read_write();
        return space_->add_region(request, first).ok();
    }
    Pte* find(UserPage page) const { return space_->directory_.find(page); }
    Result<Pte*> find_or_create(UserPage page) NO_THREAD_SAFETY_ANALYSIS { return space_->entry_for(page); }
    Pde directory_entry(UserPage page) { return space_->directory_entry(page); }
    Result<void> map(UserPage first, u32 pages, Frame frame, u32 flags) NO_THREAD_SAFETY_ANALYSIS
    {
        return space_->map_pages(first, pages, frame, flags);
    }
    Result<void> allocate(UserPage first, UserPage end) NO_THREAD_SAFETY_ANALYSIS
    {
        return space_->allocate_pages(first, end, Rights::read_write());
    }
    void drop(UserPage first, UserPage end) NO_THREAD_SAFETY_ANALYSIS
    {
        TlbBatch tlb{space_->loaded_};
        space_->drop_pages(first, end, tlb);
    }
    u32 present_pages(UserPage first, UserPage end) const
    {
        u32 count = 0;
        for (UserPage page = first; page < end; ++page) {
            const Pte* pte = find(page);
            count += pte && pte->present();
        }
        return count;
    }

private:
    Ref<AddressSpace> space_;
};

namespace {

constexpr UserPage kSomewhere{kEntries - 2};  // so that four pages lie in two tables

const char* test_walkpgdir()
{
    SpaceTest test{kStockPolicy};
    EXPECT(test.ready());
    EXPECT(test.add_region(kSomewhere, 4));
    const u32 tables = frames_in_use(FrameUse::Table);
    EXPECT(test.find(kSomewhere) == nullptr);  // without creating: nothing is made
    EXPECT(frames_in_use(FrameUse::Table) == tables);
    const auto made = test.find_or_create(kSomewhere);
    EXPECT(made.ok());
    EXPECT(frames_in_use(FrameUse::Table) == tables + 1);
    EXPECT(made.value()->raw() == 0);
    EXPECT(test.find(kSomewhere) == made.value());
    EXPECT(test.find(kSomewhere + 1) == made.value() + 1);
    EXPECT(test.find(kSomewhere + 2) == nullptr);  // the next table
    const auto again = test.find_or_create(kSomewhere);
    EXPECT(again.ok() && again.value() == made.value());
    EXPECT(frames_in_use(FrameUse::Table) == tables + 1);
    EXPECT(entry_flags(test.directory_entry(kSomewhere).raw()) == (kPresent | kWritable | kUser));
    return nullptr;
}

// Frames of the kernel image stand in for memory; their entries are taken out again by hand.
const char* map_run(SpaceTest& test)
{
    const Frame first = Frame::containing(PhysAddr{kKernelLoadAddress});
    EXPECT(test.map(kSomewhere, 4, first, kPresent | kUser).ok());
    for (u32 i = 0; i < 4; i++) {
        const Pte* pte = test.find(kSomewhere + i);
        EXPECT(pte && pte->raw() == ((first.number() + i) << kPageShift | kPresent | kUser));
    }
    return nullptr;
}

const char* test_mappages()
{
    SpaceTest test{kStockPolicy};
    EXPECT(test.ready());
    EXPECT(test.add_region(kSomewhere, 4));
    const char* const wrong = map_run(test);
    for (u32 i = 0; i < 4; i++)
        if (Pte* pte = test.find(kSomewhere + i)) *pte = Pte{};
    return wrong;
}

const char* test_remap()
{
    SpaceTest test{kStockPolicy};
    EXPECT(test.ready());
    EXPECT(test.add_region(kSomewhere, 1));
    const Frame frame = Frame::containing(PhysAddr{kKernelLoadAddress});
    EXPECT(test.map(kSomewhere, 1, frame, kPresent | kUser).ok());
    EXPECT(test.map(kSomewhere, 1, frame, kPresent | kUser).ok());  // panics
    return "a second mapping of a page panics";
}

// ---- Programs' memory ----

const char* test_allocuvm()
{
    SpaceTest test{kStockPolicy};
    EXPECT(test.ready());
    EXPECT(test.add_region(kSomewhere, 4));
    const u32 before = frames_in_use(FrameUse::Anonymous);
    EXPECT(test.allocate(kSomewhere, kSomewhere + 4).ok());
    EXPECT(frames_in_use(FrameUse::Anonymous) == before + 4);
    for (u32 i = 0; i < 4; i++) {
        const Pte pte = *test.find(kSomewhere + i);
        EXPECT(pte.present() && pte.writable() && pte.is_user());
        EXPECT(is_all_zero(pte.frame()) && frame_owners(pte.frame()) == 1);
    }
    EXPECT(test.space().resident_pages() == 4);
    return nullptr;
}

// The fourth allocation fails: first that is the third page's frame (after two frames and a table), then, with that table
// there already, the second table. Each prints the slides' line, and leaves no page behind.
const char* test_allocuvm_undo()
{
    SpaceTest test{kStockPolicy};
    EXPECT(test.ready());
    EXPECT(test.add_region(kSomewhere, 4));
    const u32 before = frames_in_use(FrameUse::Anonymous);
    for (u32 round = 0; round < 2; round++) {
        fail_nth_allocation(4);
        const auto outcome = test.allocate(kSomewhere, kSomewhere + 4);
        EXPECT(fail_nth_allocation(0) == 0);
        EXPECT(!outcome.ok() && outcome.error() == Errno::NoMemory);
        EXPECT(test.present_pages(kSomewhere, kSomewhere + 4) == 0);
        EXPECT(frames_in_use(FrameUse::Anonymous) == before);
        EXPECT(test.space().resident_pages() == 0);
    }
    return nullptr;
}

const char* test_deallocuvm()
{
    SpaceTest test{kStockPolicy};
    EXPECT(test.ready());
    EXPECT(test.add_region(kSomewhere, 4));
    EXPECT(test.allocate(kSomewhere, kSomewhere + 4).ok());
    Frame frames[4];
    for (u32 i = 0; i < 4; i++)
        frames[i] = test.find(kSomewhere + i)->frame();
    test.drop(kSomewhere + 1, kSomewhere + 4);
    EXPECT(test.find(kSomewhere)->present() && !is_frame_free(frames[0]));
    for (u32 i = 1; i < 4; i++)
        EXPECT(test.find(kSomewhere + i)->raw() == 0 && is_frame_free(frames[i]));
    EXPECT(test.space().resident_pages() == 1);
    return nullptr;
}

const char* test_freevm()
{
    const u32 before = frames_of_spaces();
    SpaceTest test{kStockPolicy};
    EXPECT(test.ready());
    EXPECT(test.add_region(kSomewhere, 4));
    EXPECT(test.allocate(kSomewhere, kSomewhere + 4).ok());
    EXPECT(frames_of_spaces() == before + 4 + 2 + 1);  // pages, tables, directory
    const Frame page = test.find(kSomewhere)->frame();
    test.forget();
    EXPECT(is_frame_free(page));
    EXPECT(frames_of_spaces() == before);
    return nullptr;
}

// A file of three pages, each of which says at each word where in the file it stands.
Result<Ref<MemoryObject>> make_file()
{
    auto file = TRY(AnonymousObject::create(3, Promise::No));
    for (u32 i = 0; i < 3; i++) {
        bool was_read;
        const Frame page = TRY(file->get_page(PageIndex{i}, Access::Write, was_read));
        for (u32 word = 0; word < kPageWords; word++)
            words_of(page)[word] = i * kPageSize + word * 4;
        release_frame(page);
    }
    return Ref<MemoryObject>{file};
}

// A segment that begins and ends in the middle of a page: what lies around it stays zero.
const char* test_loaduvm()
{
    constexpr u32 kOffset = 0x100, kSize = 2 * kPageSize;
    auto file = make_file();
    EXPECT(file.ok());
    SpaceTest test{kStockPolicy};
    EXPECT(test.ready());
    EXPECT(test.space().add_pages(kSomewhere, kSomewhere + 3, Rights::read_execute()).ok());
    const UserAddr to = kSomewhere.address() + kOffset;
    EXPECT(test.space().load_pages(to, *file.value(), kOffset, kSize).ok());
    for (u32 at = 0; at < 3 * kPageSize; at += 4) {
        const u32 word = words_of(test.find(kSomewhere + at / kPageSize)->frame())[at % kPageSize / 4];
        EXPECT(word == (at < kOffset || at >= kOffset + kSize ? 0 : at));
    }
    EXPECT(!test.find(kSomewhere)->writable());
    return nullptr;
}

const char* compare_copy(SpaceTest& parent, AddressSpace& child, UserPage page)
{
    const Pte original = *parent.find(page), copy = child.entry(page);
    EXPECT(copy.present() && copy.frame() != original.frame());
    EXPECT(entry_flags(copy.raw()) == entry_flags(original.untouched().raw()));
    EXPECT(memcmp(words_of(copy.frame()), words_of(original.frame()), kPageSize) == 0);
    words_of(original.frame())[0]++;
    EXPECT(words_of(copy.frame())[0] != words_of(original.frame())[0]);
    return nullptr;
}

// Program, guard page and stack: the child has its own frame for each, with the same rights.
const char* test_copyuvm()
{
    SpaceTest parent{kStockPolicy};
    EXPECT(parent.ready());
    EXPECT(parent.space().add_pages(kSomewhere, kSomewhere + 2, Rights::all()).ok());
    EXPECT(parent.space().add_guard_and_stack(kSomewhere + 2, 1).ok());
    for (u32 i = 0; i < 4; i++)
        words_of(parent.find(kSomewhere + i)->frame())[i] = 0xfa017 + i;
    EXPECT(!parent.find(kSomewhere + 2)->is_user());
    auto child = parent.space().fork();
    EXPECT(child.ok());
    for (u32 i = 0; i < 4; i++)
        if (const char* wrong = compare_copy(parent, *child.value(), kSomewhere + i)) return wrong;
    EXPECT(child.value()->heap_start() == parent.space().heap_start());
    return nullptr;
}

const char* grow_and_shrink(SpaceTest& test, u32 pages_at_once)
{
    AddressSpace& space = test.space();
    EXPECT(space.add_guard_and_stack(kSomewhere, 1).ok());
    const UserPage heap = kSomewhere + 2;
    const UserAddr start = heap.address();
    EXPECT(space.heap_end() == start);
    EXPECT(space.set_heap_end(start + 3 * kPageSize - 1) == start + 3 * kPageSize - 1);
    EXPECT(test.present_pages(heap, heap + 4) == pages_at_once);
    EXPECT(space.set_heap_end(start + 3 * kPageSize) ==
           start + 3 * kPageSize);  // within the page that it has
    EXPECT(test.present_pages(heap, heap + 4) == pages_at_once);
    EXPECT(space.set_heap_end(start + 1) == start + 1);
    EXPECT(test.present_pages(heap, heap + 4) == min(pages_at_once, u32{1}));
    EXPECT(space.set_heap_end(UserAddr{kUserEnd}) == start + 1);  // refused: the break stays
    EXPECT(space.set_heap_end(start - 1) == start + 1);
    return nullptr;
}

const char* test_growproc()
{
    SpaceTest stock{kStockPolicy}, lazy{kLazyPolicy};
    EXPECT(stock.ready() && lazy.ready());
    if (const char* wrong = grow_and_shrink(stock, 3)) return wrong;
    return grow_and_shrink(lazy, 0);
}

constexpr MemoryTest kTests[] = {
    {"V2P", test_v2p, false},
    {"kalloc", test_kalloc, false},
    {"kfree", test_kfree, false},
    {"setupkvm", test_setupkvm, false},
    {"walkpgdir", test_walkpgdir, false},
    {"mappages", test_mappages, false},
    {"remap", test_remap, true},
    {"allocuvm", test_allocuvm, false},
    {"allocuvm-undo", test_allocuvm_undo, false},
    {"deallocuvm", test_deallocuvm, false},
    {"loaduvm", test_loaduvm, false},
    {"copyuvm", test_copyuvm, false},
    {"freevm", test_freevm, false},
    {"growproc", test_growproc, false},
};

}  // namespace

Span<const MemoryTest> memory_tests()
{
    return kTests;
}

}  // namespace faultline
