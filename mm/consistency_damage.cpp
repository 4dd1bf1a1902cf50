#include "mm/consistency_damage.h"

#ifdef FAULTLINE_DEBUG

#include "core/assert.h"
#include "mm/address_space.h"
#include "mm/consistency.h"
#include "mm/frame.h"
#include "mm/swap.h"

namespace faultline {

// A space with a few touched pages of private memory, and a hand inside it.
class Damage {
public:
    static constexpr u32 kPages = 4;
    static constexpr UserPage kFirst{0x10000};

    Damage() : space_{AddressSpace::create(kFullPolicy, SpaceLimits{}).value()}
    {
        MapRequest request;
        request.first = kFirst;
        request.pages = kPages;
        request.rights = Rights::read_write();
        request.place = MapRequest::Place::Fixed;
        assert(space_->map(request).ok());
        for (u32 i = 0; i < kPages; i++)
            assert(space_->handle_fault((kFirst + i).address(), Access::Write) == FaultOutcome::Done);
    }

    AddressSpace& space() { return *space_; }
    Pte& entry(u32 page) { return *space_->directory_.find(kFirst + page); }
    void change_something_else() { assert(space_->unmap(kFirst + (kPages - 1), kFirst + kPages).ok()); }
    void forget_region() NO_THREAD_SAFETY_ANALYSIS { space_->regions_.remove(*space_->regions_.first()); }
    void miscount() { space_->resident_anonymous_++; }

private:
    Ref<AddressSpace> space_;
};

namespace {

constexpr const char* kUnnoticed = "the damage was not found";

const char* add_owner()
{
    Damage damage;
    retain_frame(damage.entry(1).frame());
    check_all_memory();
    return kUnnoticed;
}

const char* take_owner_away()
{
    Damage damage;
    const auto child = damage.space().fork();
    assert(child.ok());
    release_frame(damage.entry(1).frame());
    check_all_memory();
    return kUnnoticed;
}

const char* make_shared_frame_writable()
{
    Damage damage;
    const auto child = damage.space().fork();
    assert(child.ok());
    damage.entry(1) = damage.entry(1).made_writable();
    damage.change_something_else();
    return kUnnoticed;
}

const char* free_mapped_frame()
{
    Damage damage;
    release_frame(damage.entry(1).frame());
    damage.change_something_else();
    return kUnnoticed;
}

const char* lose_frame()
{
    assert(allocate_frame(Fill::Nothing, FrameUse::Anonymous).ok());
    check_all_memory();
    return kUnnoticed;
}

const char* lose_page()
{
    Damage damage;
    damage.entry(1) = Pte{};
    damage.miscount();
    check_all_memory();
    return kUnnoticed;
}

const char* write_protect_without_flush()
{
    Damage damage;
    damage.entry(1) = damage.entry(1).read_only();
    damage.change_something_else();
    return kUnnoticed;
}

const char* unmap_without_flush()
{
    Damage damage;
    release_frame(damage.entry(1).frame());
    damage.entry(1) = Pte{};
    damage.change_something_else();
    return kUnnoticed;
}

const char* replace_without_flush()
{
    Damage damage;
    const Frame other = allocate_frame(Fill::Zero, FrameUse::Anonymous).value();
    release_frame(damage.entry(1).frame());
    damage.entry(1) = Pte::user(other, true);
    damage.change_something_else();
    return kUnnoticed;
}

const char* map_nowhere()
{
    Damage damage;
    damage.forget_region();
    check_whole_space(damage.space());
    return kUnnoticed;
}

const char* miscount_pages()
{
    Damage damage;
    damage.miscount();
    damage.change_something_else();
    return kUnnoticed;
}

// From a running system with pages in swap only: call 1009.
const char* add_slot_owner()
{
    SwapArea* const area = swap_area_now();
    for (u32 slot = 1; area && slot <= area->total_slots(); slot++) {
        if (area->owners(slot) == 0) continue;
        area->add_owner(slot);
        check_all_memory();
        return kUnnoticed;
    }
    return "nothing is in swap";
}

const char* plant_nothing()
{
    {
        Damage sound;
        const auto child = sound.space().fork();
        assert(child.ok());
        assert(sound.space().handle_fault(Damage::kFirst.address(), Access::Write) == FaultOutcome::Done);
        sound.change_something_else();
        check_all_memory();
    }
    check_all_memory();
    return nullptr;
}

constexpr MemoryTest kTests[] = {
    {"consistency", plant_nothing, false},
    {"damage-owner-added", add_owner, true},
    {"damage-owner-taken", take_owner_away, true},
    {"damage-shared-writable", make_shared_frame_writable, true},
    {"damage-free-mapped", free_mapped_frame, true},
    {"damage-frame-lost", lose_frame, true},
    {"damage-page-lost", lose_page, true},
    {"damage-unflushed-write", write_protect_without_flush, true},
    {"damage-unflushed-page", unmap_without_flush, true},
    {"damage-unflushed-frame", replace_without_flush, true},
    {"damage-slot-owner", add_slot_owner, true},
    {"damage-no-region", map_nowhere, true},
    {"damage-miscounted", miscount_pages, true},
};

}  // namespace

Span<const MemoryTest> damage_tests()
{
    return kTests;
}

}  // namespace faultline

#else

namespace faultline {

Span<const MemoryTest> damage_tests()
{
    return {};
}

}  // namespace faultline

#endif
