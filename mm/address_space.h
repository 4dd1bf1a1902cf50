// An address space: the user half of a page directory, the regions that say what it means, and the heap's bounds.
//
// Everything goes through here: exec, mmap, brk and fork change regions; handle_fault() makes pages present, for programs
// and for system calls alike. Lock: lock_ (rank Space, sleeps) guards regions, page tables and bounds. Nothing that may
// reclaim or read from a source is called under it: the lock is dropped, and everything looked up again.
#pragma once

#include "core/sleep_lock.h"
#include "core/thread.h"
#include "lib/ref.h"
#include "mm/consistency.h"
#include "mm/fault_action.h"
#include "mm/fork_family.h"
#include "mm/frame.h"
#include "mm/page_table.h"
#include "mm/policy.h"
#include "mm/region.h"
#include "mm/tlb.h"

namespace faultline {

struct PageView;      // mm/inspect.h
struct RegionUsage;   // mm/inspect.h
struct SpaceReceipt;  // mm/inspect.h

enum class FaultOutcome : u8 {
    Done,               // retry the instruction
    DeniedMapError,     // no region there: SEGV_MAPERR
    DeniedAccessError,  // the region forbids it: SEGV_ACCERR
    BusError,           // beyond the object's end, or the source could not read: SIGBUS
    OutOfMemory,        // even after reclaiming
    Interrupted,        // a fatal signal arrived while waiting
};

// By how much what exec places is moved (aslr=1).
struct SpaceShifts {
    u32 program_pages = 0;  // up: a movable program
    u32 heap_pages = 0;     // up, from the program's end
    u32 stack_pages = 0;    // down
    u32 mmap_pages = 0;     // down, from the stack's reserve
};

// Limits that exec takes from the process (RLIMIT_*) and the command line.
struct SpaceLimits {
    u32 stack_bytes = 8 * kMiB;
    u32 data_bytes = ~u32{0};
    u32 space_bytes = ~u32{0};
    u32 locked_bytes = ~u32{0};                               // unlimited for root
    u32 guard_gap_pages = 256;                                // stack_guard_gap=
    u32 fault_around_pages = kFullPolicy.fault_around_pages;  // fault_around=, vm; the policy may allow fewer
    SpaceShifts shifts;
};

struct MapRequest {
    UserPage first;  // where, or a hint
    u32 pages = 0;   // > 0
    Rights rights;
    Rights most_rights = Rights::all();
    Sharing sharing = Sharing::Private;
    RegionKind kind = RegionKind::Mapping;
    enum class Place : u8 { Anywhere, Fixed, FixedNoReplace } place = Place::Anywhere;
    u16 flags = 0;  // RegionFlag: Locked, GrowsDown, NoReserve
    bool populate = false;
    Ref<MemoryObject> object;  // none: anonymous (Shared makes an object of its own)
    PageIndex object_start;
};

struct RemapRequest {
    UserPage first;
    u32 old_pages, new_pages;  // old_pages 0: another view of shared memory
    UserPage target;           // where, or a hint
    enum class Place : u8 { Here, Anywhere, Fixed } place = Place::Here;  // Here: may not move
    bool keep_old = false;                                                // the old range stays, empty
};

enum class From : u8 { Address, RegionStart };  // RegionStart: PROT_GROWSDOWN

// madvise, where it is more than a hint.
enum class Advice : u8 {
    Hint,      // nothing to do
    WillNeed,  // read file pages in
    DontNeed,  // drop the pages: anonymous ones read as zero again, file pages come back from the object
    DontNeedLocked,
    Free,  // the same for private anonymous memory
    Cold,  // a hint that locked memory refuses
    DontFork,
    DoFork,
    WipeOnFork,
    KeepOnFork,
    PopulateRead,
    PopulateWrite,
};

struct SyncRequest {
    bool write = false;       // and wait
    bool invalidate = false;  // refuses locked memory; everybody sees the object anyway
};

struct SpaceUsage {
    u32 resident_anonymous, resident_file;  // pages
    u32 mapped_pages, table_frames;
    u32 peak_resident, peak_mapped;
    u32 swapped_pages;
    u32 data_pages, stack_pages, text_pages, locked_pages;
};

struct FaultCounts {
    u32 actions[kFaultActions];
    u32 minor, major;
};

struct ForkCounts {
    u32 shared, copied;  // frames that all forks of a space together lent or copied
};

constexpr u32 kMostRegions = 65530;  // of a space, Linux's max_map_count: they are the kernel's memory

class AddressSpace : public RefCounted, public ListNode<FamilySpacesTag>, public CheckedSpace {
public:
    // A space of its own family (exec). No lock may be held: makes room if need be.
    static Result<Ref<AddressSpace>> create(const Policy& policy, const SpaceLimits& limits);
    void last_ref_dropped();

    // A copy: by the policy, every page copied, or every frame shared until one of the two writes. NoMemory leaves
    // nothing behind.
    Result<Ref<AddressSpace>> fork();
    // The out-of-memory killer's: the pages go now, whatever their dying process still waits for. From here on faults are
    // refused (Interrupted), so that no system call takes the zeroes in their place for contents.
    void abandon();
    // Also the killer's: does the space that it condemned last still have memory to give back? It may be nobody's any more.
    void condemn();
    static bool condemned_one_lives();
    // Gives back all memory, tables and the directory. No CPU may have the space loaded any more.  // xv6: freevm
    void tear_down();
    LoadedSpace& loaded() { return loaded_; }  // xv6: switchuvm ; core/scheduler loads it

    // The fault handler. `access` is what was tried; the address is the user's. Sleeps. See mm/fault.cpp.
    FaultOutcome handle_fault(UserAddr address, Access access);

    // mmap: where the mapping now stands. NoMemory where there is no room or no memory or a limit forbids it; Exists for
    // FixedNoReplace; Again where RLIMIT_MEMLOCK forbids it.
    Result<UserAddr> map(const MapRequest& request);
    Result<void> unmap(UserPage first, UserPage end);
    // After protect, remap or discard: what the policy wants there at once is made present.
    Result<void> fill(UserPage first, UserPage end);
    // mprotect, up to the first hole (NoMemory) or object that forbids it (Access).
    Result<void> protect(UserPage first, UserPage end, Rights rights, From from = From::Address);
    // mremap. Fault where the old range is not one region.
    Result<UserAddr> remap(const RemapRequest& request);
    // madvise: what is mapped of the range; then NoMemory if some was not.
    Result<void> advise(UserPage first, UserPage end, Advice advice);
    // msync: dirty pages of shared mappings reach the source. NoMemory where a page is not mapped.
    Result<void> sync(UserPage first, UserPage end, SyncRequest request);
    // mincore: one byte a page, 1 where resident. How many, up to the first hole; NoMemory where it begins with one.
    Result<u32> residency(UserPage first, Span<u8> out);
    // mlock, mlock2, munlock (flags 0), up to the first hole: NoMemory. Brings the pages in, unless they are locked on fault.
    Result<void> lock(UserPage first, UserPage end, u16 flags);
    // mlockall, munlockall: what is mapped now, if `current`, and what will be, by the flags in `future`.
    Result<void> lock_all(Optional<u16> current, u16 future);

    // exec: where so many pages are free, at the hint if that can be. NoMemory.
    Result<UserPage> find_room(UserPage hint, u32 pages);
    // exec: the heap begins here, empty.
    void set_heap_start(UserPage start);
    // brk: the break as it now stands, moved if that was possible.  // xv6: growproc
    UserAddr set_heap_end(UserAddr end);
    UserAddr heap_end() const { return heap_end_; }
    UserAddr heap_start() const { return heap_start_.address(); }
    // exec: the top `pages` of the stack exist when it returns. TooBig where the layout's stack is too short for that.
    Result<void> need_stack(u32 pages);
    UserAddr stack_top() const { return stack_top_.address(); }

    // exec in the xv6 layout, everything at once (mm/eager.cpp): zeroed pages; then a file's bytes, through the kernel's
    // map, since the space is not loaded; then the guard page and the stack above it, and the heap above that.
    Result<void> add_pages(UserPage first, UserPage end, Rights rights);
    Result<void> load_pages(UserAddr to, MemoryObject& file, u32 file_offset,
                            u32 size_bytes);  // xv6: loaduvm
    Result<void> add_guard_and_stack(UserPage guard, u32 stack_pages);

    // Writes into this space, which need not be loaded: exec's argument pages. Makes the pages present as a store would.
    Result<void> write_memory(UserAddr to, const void* from, u32 size_bytes);
    Result<void> clear_memory(UserAddr to, u32 size_bytes);
    // The same for a debugger: also where the program itself may not write, in a copy of its own. Fault where that would change
    // a file, or what others share.
    Result<void> poke_memory(UserAddr to, const void* from, u32 size_bytes);
    // Reads it: /proc/PID/cmdline. As many bytes as are readable.
    u32 read_memory(void* to, UserAddr from, u32 size_bytes);

    Pte entry(UserPage page);  // a copy of the PTE, 0 where there is none
    Pde
    directory_entry(UserPage page);  // xv6: output_top_level_pte_for ; the value; printing is the caller's
    bool is_alive() const { return alive_; }
    SpaceUsage usage();
    const FaultCounts& fault_counts() const { return faults_; }
    const Policy& policy() const { return policy_; }
    SpaceLimits& limits() { return limits_; }
    const SpaceLimits& limits() const { return limits_; }
    u32 resident_pages() const { return resident_anonymous_ + resident_file_; }
    u32 swapped_pages() const { return swapped_pages_; }
    // What its end gives back, at most: page tables, regions, and pages in swap, too.
    u32 footprint_pages() const;
    // swapoff: every page that is in swap becomes present again. NoMemory, Io. Sleeps.
    Result<void> bring_in();

    // For /proc/PID/maps and dumppagetable: the region at or after `page`, copied out under the lock.
    struct RegionView {
        UserPage first, end;
        Rights rights, most_rights;
        Sharing sharing;
        RegionKind kind;
        bool has_object;
        PageIndex object_start;
        Ref<MemoryObject> object;
        u16 flags;  // RegionFlag
    };
    Optional<RegionView> region_at_or_after(UserPage page);
    PageView view_page(UserPage page);  // mm/inspect.cpp
    // Entries from `first` on, absent ones too; how many: fewer at the end of the user's half.
    u32 copy_entries(UserPage first, Span<Pte> out);
    RegionUsage usage_of(UserPage first, UserPage end);
    // `program` is the file that is executed, or null.
    SpaceReceipt receipt(const MemoryObject* program, u64 program_size_bytes);
    // Present pages in address order: calls see(context, page, pte) with the lock held; see must not sleep.
    void for_each_present(void (*see)(void* context, UserPage page, Pte pte), void* context);

    // The line that explains a denied fault: "read of unmapped address", "write to read-only page of /bin/sh", ...
    void explain_fault(UserAddr address, Access access, Span<char> out);

private:
    friend class ReverseMap;
    friend class SpaceTest;  // mm/self_test.cpp
    friend class SpaceCheck;
    friend class MemoryLook;
    friend class Damage;
    AddressSpace(const Policy& policy, const SpaceLimits& limits, Ref<ForkFamily> family)
        : family_{move(family)}, policy_{policy}, limits_{limits}
    {
    }
    static Result<Ref<AddressSpace>> create(const Policy& policy, const SpaceLimits& limits,
                                            Ref<ForkFamily> family);

    static RegionView view_of(const Region& region);

    // mm/fault.cpp
    struct Fault;
    FaultOutcome serve(Fault& fault);
    FaultOutcome make_present(UserPage page, Access access);
    enum class Step : u8;
    Step try_fault(Fault& fault) REQUIRES(lock_);
    Step carry_out(Fault& fault, FaultAction action)
        REQUIRES(lock_);  // xv6: setup_page_table_entry_for ; the action that decide() chose
    Region* region_for(UserPage page)
        REQUIRES(lock_);  // xv6: is_address_okay ; the answer is the region that says what is allowed
    Region* grow_stack(Region& stack, UserPage page) REQUIRES(lock_);
    Step map_zero_page(Fault& fault) REQUIRES(lock_);
    Step zero_fill(Fault& fault) REQUIRES(lock_);  // xv6: allocuvm ; one page, when it is touched
    Step fetch(Fault& fault) REQUIRES(lock_);
    Step map_fetched(Fault& fault, Frame pinned) REQUIRES(lock_);
    Step map_swapped(Fault& fault, Frame pinned) REQUIRES(lock_);
    void leave_swap(Frame frame, UserPage page) REQUIRES(lock_);
    Result<Frame> allocate_private(UserPage page, Fill fill);
    Step map_own_copy(Fault& fault, Frame original) REQUIRES(lock_);
    Step must_ask(Fault& fault, bool for_store) REQUIRES(lock_);
    Step make_writable(Fault& fault) REQUIRES(lock_);
    Step replace_stale(Fault& fault) REQUIRES(lock_);
    Step copy_frame(Fault& fault) REQUIRES(lock_);
    void map_neighbours(const Fault& fault) REQUIRES(lock_);
    Result<void> ask_object(Fault& fault);
    Result<void> set_entry(Fault& fault, Pte pte) REQUIRES(lock_);  // xv6: mappages ; one page
    void count_fault(const Fault& fault, FaultAction action);
    static void trace_fault(const Fault& fault, FaultAction action);

    // mm/shared_table.cpp: page tables that fork shares whole
    bool shares_table(UserPage page) const
    {
        const u32 pde = directory_.entries()[page.directory_index()].raw();
        return (pde & (kPresent | kWritable)) == kPresent;
    }
    bool has_own_table(UserPage page) REQUIRES(lock_);
    bool may_share_table(const Region& region, UserPage first, UserPage end) const;
    void share_table(AddressSpace& child, UserPage first) REQUIRES(lock_);
    Result<void> own_table(UserPage page) REQUIRES(lock_);
    Result<void> own_tables(UserPage first, UserPage end) REQUIRES(lock_);
    void leave_table(UserPage page) REQUIRES(lock_);

    // mm/eager.cpp: everything at once
    Result<void> map_pages(UserPage first, u32 pages, Frame frame, u32 flags)
        REQUIRES(lock_);  // xv6: mappages ; a run of frames; panics where a page is there already
    Result<void> allocate_pages(UserPage first, UserPage end, Rights rights)
        REQUIRES(lock_);                                                                      // xv6: allocuvm
    Result<void> copy_every_page(AddressSpace& child, const Region& region) REQUIRES(lock_);  // xv6: copyuvm
    Result<void> add_filled(const MapRequest& request) REQUIRES(lock_);
    static void gather_frames(u32 wanted);

    // mm/address_space.cpp: the set of regions, fork, the end; mm/mapping.cpp: what changes mappings
    class Change;  // mm/space_change.h
    template <class Attempt> auto changing(Attempt attempt);
    void settle_charge() REQUIRES(lock_);
    Result<void> charge(u32 pages) REQUIRES(lock_);
    Result<void> may_add(u32 pages, RegionTraits traits, Sharing sharing) REQUIRES(lock_);
    void count_pages(const Region& region, u32 more) REQUIRES(lock_);
    RegionTraits traits_of(const MapRequest& request) REQUIRES(lock_);
    Result<Region*> new_region(UserPage first, UserPage end, RegionTraits traits, Sharing sharing,
                               RegionKind kind) REQUIRES(lock_);
    Result<Region*> region_like(const Region& region, UserPage first, UserPage end) REQUIRES(lock_);
    Result<Region*> make_region(const MapRequest& request, UserPage first) REQUIRES(lock_);
    Result<Region*> add_region(const MapRequest& request, UserPage first) REQUIRES(lock_);
    void insert_region(Region& region) REQUIRES(lock_);
    void drop_region(Region& region) REQUIRES(lock_);
    void take_out(Region& region) REQUIRES(lock_);
    void set_bounds(Region& region, UserPage first, UserPage end) REQUIRES(lock_);
    void move_bounds(Region& region, UserPage first, UserPage end) REQUIRES(lock_);
    Result<Region*> split(Region& region, UserPage at) REQUIRES(lock_);
    Region* merge_with_previous(Region& region) REQUIRES(lock_);
    Region* extend_neighbour(const MapRequest& request, UserPage first) REQUIRES(lock_);
    static bool continues(const Region& a, const Region& b);
    struct PagesIn {
        u32 mapped, charged;
    };
    PagesIn count_pages_in(UserPage first, UserPage end) REQUIRES(lock_);
    Result<UserPage> place_for(const MapRequest& request) REQUIRES(lock_);
    Result<UserPage> choose_place(UserPage hint, u32 pages) REQUIRES(lock_);
    UserPage mmap_top() const;
    Result<UserAddr> map_locked(const MapRequest& request) REQUIRES(lock_);
    template <class Wanted> Result<void> alter(UserPage first, UserPage end, Wanted wanted) REQUIRES(lock_);
    Result<Region*> cut_out(Region& region, UserPage first, UserPage end) REQUIRES(lock_);
    Region* hand_over(Region& region, UserPage first, UserPage end, RegionTraits traits, TlbBatch& tlb)
        REQUIRES(lock_);
    void set_traits(Region& region, RegionTraits traits, TlbBatch& tlb) REQUIRES(lock_);
    Result<RegionTraits> protected_traits(const Region& region, u32 pages, Rights rights) REQUIRES(lock_);
    Result<void> protect_locked(UserPage first, UserPage end, Rights rights, From from) REQUIRES(lock_);
    template <class What>
    Result<void> for_each_mapped(UserPage first, UserPage end, What what) REQUIRES(lock_);
    Result<void> advise_region(const Region& region, UserPage first, UserPage end, Advice advice)
        REQUIRES(lock_);
    Result<void> discard(UserPage first, UserPage end) REQUIRES(lock_);
    Result<void> read_in(UserPage first, UserPage end);
    Result<void> populate_as(UserPage first, UserPage end, Access access);
    Result<void> populate_for(UserPage first, UserPage end, Access access);
    Result<void> may_lock(UserPage first, UserPage end) REQUIRES(lock_);
    Result<void> lock_current(u16 flags) REQUIRES(lock_);
    Result<void> unmap_locked(UserPage first, UserPage end) REQUIRES(lock_);
    void drop_pages(UserPage first, UserPage end, TlbBatch& tlb) REQUIRES(lock_);  // xv6: deallocuvm
    void free_empty_tables(UserPage first, UserPage end, TlbBatch& tlb) REQUIRES(lock_);
    void apply_rights(Region& region, UserPage first, UserPage end, TlbBatch& tlb) REQUIRES(lock_);
    Result<Ref<AddressSpace>> try_fork(bool& starved);
    Result<void> copy_to(AddressSpace& child) REQUIRES(lock_);
    Result<void> copy_region_to(AddressSpace& child, const Region& region, bool& rights_lost) REQUIRES(lock_);
    void count_residents_again() REQUIRES(lock_);
    void forget_residents(AddressSpace& child, const Region& region) REQUIRES(lock_);
    Result<void> copy_pages_to(AddressSpace& child, const Region& region, bool& rights_lost)
        REQUIRES(lock_);  // xv6: copyuvm ; where frames are shared: copies PTEs, not pages
    Result<UserAddr> remap_locked(RemapRequest request) REQUIRES(lock_);
    Result<bool> grow_in_place(Region& region, const RemapRequest& request) REQUIRES(lock_);
    Result<UserPage> target_for(const RemapRequest& request) REQUIRES(lock_);
    Result<UserAddr> move_region(const RemapRequest& request) REQUIRES(lock_);
    Result<void> make_leavable(const RemapRequest& request) REQUIRES(lock_);
    Result<void> make_tables(UserPage from, UserPage to, u32 pages) REQUIRES(lock_);
    void move_pages(UserPage from, UserPage to, u32 pages, TlbBatch& tlb) REQUIRES(lock_);
    Result<void> resize_heap(UserPage old_end, UserPage new_end) REQUIRES(lock_);
    Result<void> extend_heap(const MapRequest& request, UserPage old_end) REQUIRES(lock_);
    UserPage next_with_table(UserPage page, UserPage end) REQUIRES(lock_);
    Result<Pte*> entry_for(UserPage page) REQUIRES(lock_);
    Result<void> populate(UserPage first, UserPage end);
    Result<Frame> pin_page(UserPage page, Access access);
    Result<Frame> pin_for_poke(UserPage page);
    void take_right_to_write(Fault& fault) REQUIRES(lock_);
    Frame pinned(const Fault& fault) REQUIRES(lock_);
    void release_frames_of(const Region& region) REQUIRES(lock_);
    void release_tables_of(const Region& region) REQUIRES(lock_);
    Pte share_swapped(Pte entry);
    void drop_swapped(Pte entry);
    Optional<UserPage> find_swapped(UserPage from) REQUIRES(lock_);
    void count_mapped(Frame frame);
    void count_unmapped(Frame frame);

    SleepLock lock_{LockRank::Space};
    IntervalMap<Region> regions_ GUARDED_BY(lock_);
    IntrusiveList<Region, ObjectRegionsTag> dead_ GUARDED_BY(lock_);  // destroyed once the lock is free
    Region* last_region_ GUARDED_BY(lock_) = nullptr;                 // where the last fault was
    PageDirectory directory_;
    TableSet tables_;  // of directory_
    LoadedSpace loaded_;
    const Ref<ForkFamily> family_;  // the home of private memory; the space stands on its list while alive
    const Policy& policy_;
    SpaceLimits limits_;
    UserPage heap_start_;
    UserAddr heap_end_;
    UserPage stack_top_ = kUserEndPage;
    u32 stack_pages_ = 0;      // of the xv6 layout
    u32 lowest_mapping_ = 16;  // page: no mapping is put lower unless it was asked for
    u16 future_flags_ = 0;     // mlockall(MCL_FUTURE): of every new region
    bool starved_ = false;  // the change under way found no kernel memory: worth another try after reclaiming
    u32 mapped_pages_ = 0;  // RLIMIT_AS
    u32 peak_mapped_ = 0;
    u32 data_pages_ = 0;      // RLIMIT_DATA
    u32 locked_pages_ = 0;    // RLIMIT_MEMLOCK
    u32 charged_pages_ = 0;   // of regions that are charged
    u32 settled_charge_ = 0;  // what mm/commit.h counts for us: the same between changes
    u32 resident_anonymous_ = 0;
    u32 resident_file_ = 0;
    u32 peak_resident_ = 0;
    u32 swapped_pages_ = 0;
    u32 table_frames_ = 0;
    u32 region_count_ = 0;
    FaultCounts faults_{};
    ForkCounts forked_{};
    bool alive_ = false;
    bool takes_faults_ = false;  // alive, and not abandoned
};

// All spaces' faults together, for /proc/vmstat: sums over the CPUs.
FaultCounts total_fault_counts();

}  // namespace faultline
