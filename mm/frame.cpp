#include "mm/frame.h"

#include "arch/fpu.h"
#include "arch/multiboot.h"
#include "arch/percpu.h"
#include "core/assert.h"
#include "core/log.h"
#include "core/spinlock.h"
#include "core/thread.h"
#include "lib/bits.h"
#include "lib/optional.h"
#include "lib/string.h"
#include "mm/fail.h"
#include "mm/reclaim.h"
#include "mm/tlb_shadow.h"

namespace faultline {

FrameRecord* frame_table;
Frame the_zero_frame;

namespace {

u32 table_end;     // one past the highest frame
u32 total_frames;  // managed by the table

// A list of free frames, linked through their own first words. Frame 0 is never free: 0 ends the list.
struct FreeList {
    u32 head = 0;
    u32 count = 0;

    void push(Frame frame)
    {
        *static_cast<u32*>(frame_memory(frame)) = head;
        head = frame.number();
        count++;
    }
    Frame pop()
    {
        const Frame frame{head};
        head = *static_cast<u32*>(frame_memory(frame));
        count--;
        return frame;
    }
};

constexpr u32 kBatch = 32;  // frames that move between a CPU's list and the global one at a time

// This CPU's frames: one list in use and perhaps a full batch beside it, so that neither a run of allocations nor one of
// frees goes to the global list for each frame. The lock is nearly always free: only a CPU in want looks into another's.
struct CpuFrames {
    SpinLock lock{LockRank::FrameAllocator};
    FreeList free;              // at most a batch
    FreeList full;              // a batch, or none
    u32 uses[kFrameUses] = {};  // frames counted up here may be counted down elsewhere: only the sum counts
};

PER_CPU PerCpu<CpuFrames> cpu_frames;

// Whole batches, linked through the second word of each batch's first frame, and loose frames.
struct GlobalFrames {
    u32 first_batch = 0;
    FreeList loose;
    u32 count = 0;  // frames in both
};

SpinLock global_lock{LockRank::Leaf};
GlobalFrames global_free GUARDED_BY(global_lock);
u32 reserve_frames;  // the last ones: half for the kernel's objects, all for threads that free memory by using some
u32 low_frames;  // fewer on the global list: time to wake the background thread

// Why the next allocation takes the slow way.
enum Attention : u32 { kRanLow = 1, kMayFail = 2 };
Atomic<u32> attention;

bool may_take_reserve()
{
    if (current_context.load() == nullptr) return false;
    const Thread& self = current_thread();
    return self.may_use_reserve || self.reclaim_depth > 0;  // to free memory may take a little
}

// How many of the last frames are not for this use. What programs ask for ends at the reserve; the kernel's own objects,
// without which nobody could so much as kill, end at half of it.
u32 frames_kept_from(FrameUse use)
{
    if (may_take_reserve()) return 0;
    const bool is_programs = use == FrameUse::Anonymous || use == FrameUse::Cache || use == FrameUse::Pipe;
    return is_programs ? reserve_frames : reserve_frames / 2;
}

void count_use(CpuFrames& here, FrameUse use, u32 change)
{
    here.uses[static_cast<u32>(use)] += change;
}

#ifdef FAULTLINE_DEBUG
constexpr u32 kPoison = 0xfeeefeee;

void poison(Frame frame)
{
    u32* words = static_cast<u32*>(frame_memory(frame));
    for (u32 i = 1; i < kPageSize / 4; i++)
        words[i] = kPoison;
}

void check_poison(Frame frame)
{
    const u32* words = static_cast<const u32*>(frame_memory(frame));
    for (u32 i = 1; i < kPageSize / 4; i++)
        if (words[i] != kPoison) panic("free frame 0x%x was written at offset 0x%x", frame.number(), i * 4);
}
void poison_word(u32& word)
{
    word = kPoison;
}
#else
void poison_word(u32&) {}
void poison(Frame) {}
void check_poison(Frame) {}
#endif

u32& next_batch(u32 first_frame)
{
    return static_cast<u32*>(frame_memory(Frame{first_frame}))[1];
}

void put_batch(FreeList& batch) REQUIRES(global_lock)
{
    next_batch(batch.head) = global_free.first_batch;
    global_free.first_batch = batch.head;
    global_free.count += kBatch;
    batch = FreeList{};
}

FreeList take_batch() REQUIRES(global_lock)
{
    const u32 first = global_free.first_batch;
    global_free.first_batch = next_batch(first);
    global_free.count -= kBatch;
    poison_word(next_batch(first));
    FreeList batch;
    batch.head = first;
    batch.count = kBatch;
    return batch;
}

void loosen_batch() REQUIRES(global_lock)
{
    FreeList batch = take_batch();
    global_free.count += kBatch;
    while (batch.count > 0)
        global_free.loose.push(batch.pop());
}

// Moves up to a batch from the global list. False: there is none (or only the reserve).
bool refill(CpuFrames& here, FrameUse use) REQUIRES(here.lock)
{
    SpinGuard guard{global_lock};
    const u32 kept = frames_kept_from(use);
    if (global_free.count <= kept) return false;
    // One at a time from the reserve: what were left over on this CPU's list anybody could take.
    const u32 wanted = global_free.count <= reserve_frames ? 1 : min(kBatch, global_free.count - kept);
    if (wanted == kBatch && global_free.first_batch != 0) {
        here.free = take_batch();
    } else {
        while (global_free.loose.count < wanted)
            loosen_batch();
        for (u32 i = 0; i < wanted; i++)
            here.free.push(global_free.loose.pop());
        global_free.count -= wanted;
    }
    if (global_free.count < low_frames) attention.fetch_or(kRanLow);
    return true;
}

// The list in use is full: it becomes the batch beside it, and the batch that was there goes to the global list.
void make_room_for_one(CpuFrames& here) REQUIRES(here.lock)
{
    if (here.full.count != 0) {
        SpinGuard guard{global_lock};
        put_batch(here.full);
    }
    here.full = here.free;
    here.free = FreeList{};
}

// Every CPU's list goes back to the global one: free frames must not hide from a CPU in want.
void spill_all_cpus()
{
    for (u32 cpu = 0; cpu < cpu_count(); cpu++) {
        CpuFrames& frames = cpu_frames.on(cpu);
        SpinGuard guard{frames.lock};
        SpinGuard global{global_lock};
        if (frames.full.count != 0) put_batch(frames.full);
        global_free.count += frames.free.count;
        while (frames.free.count > 0)
            global_free.loose.push(frames.free.pop());
    }
}

// The list in use has a frame: from the batch beside it or from the global list, if need be.
bool has_frame(CpuFrames& here, FrameUse use) REQUIRES(here.lock)
{
    if (here.free.count != 0) return true;
    if (here.full.count == 0) return refill(here, use);
    here.free = here.full;
    here.full = FreeList{};
    return true;
}

Optional<Frame> take_free_frame(FrameUse use)
{
    CpuFrames& here = cpu_frames.here();
    SpinGuard guard{here.lock};
    if (!has_frame(here, use)) return {};
    count_use(here, FrameUse::Free, ~0u);
    count_use(here, use, 1);
    const Frame frame = here.free.pop();
    frame_table[frame.number()].use = use;  // with the list: a frame of use Free is on one, whoever looks
    return frame;
}

void give_back(CpuFrames& here, Frame frame, FrameRecord& record) REQUIRES(here.lock)
{
    count_use(here, record.use, ~0u);
    count_use(here, FrameUse::Free, 1);
    if (record.use == FrameUse::Table) TlbShadow::table_freed(frame);
    record.use = FrameUse::Free;
    poison(frame);
    if (here.free.count == kBatch) make_room_for_one(here);
    here.free.push(frame);
}

// ---- Building the table ----

bool overlaps(PhysAddr begin, PhysAddr end, PhysAddr other_begin, PhysAddr other_end)
{
    return begin < other_end && other_begin < end;
}

// Where [begin, begin + size) may stand: the end of something in its way, or begin.
PhysAddr after_obstacles(const BootInfo& boot, PhysAddr begin, u32 size_bytes)
{
    PhysAddr at = begin;
    for (bool moved = true; moved;) {
        moved = false;
        if (overlaps(at, at + size_bytes, PhysAddr{0}, boot.kernel_end)) {
            at = boot.kernel_end;
            moved = true;
        }
        for (const BootModule& module : boot.modules)
            if (overlaps(at, at + size_bytes, module.begin, module.end)) {
                at = PhysAddr{page_round_up(module.end.value())};
                moved = true;
            }
    }
    return at;
}

PhysAddr place_for_table(const BootInfo& boot, u32 size_bytes, PhysAddr limit)
{
    for (const MemoryRange& range : boot.ram) {
        const PhysAddr at = after_obstacles(boot, range.begin, size_bytes);
        const PhysAddr end = range.end < limit ? range.end : limit;
        if (at < end && end.value() - at.value() >= size_bytes) return at;
    }
    panic("no room for the frame table: %u KiB of RAM in one piece are needed", size_bytes / kKiB);
}

void mark(PhysAddr begin, PhysAddr end, FrameUse use)
{
    const u32 last = min(divide_up(end.value(), kPageSize), table_end);
    for (u32 number = begin.value() / kPageSize; number < last; number++) {
        if (frame_table[number].use == FrameUse::Reserved) continue;  // no RAM
        frame_table[number].use = use;
        frame_table[number].owners.store(use == FrameUse::Free ? 0 : 1);
    }
}

void fill_free_list()
{
    CpuFrames& here = cpu_frames.here();
    SpinGuard guard{global_lock};
    FreeList batch;
    for (u32 number = table_end; number-- > 1;) {
        const FrameUse use = frame_table[number].use;
        if (use == FrameUse::Reserved) continue;
        total_frames++;
        count_use(here, use, 1);
        if (use != FrameUse::Free) continue;
        if (batch.count == kBatch) put_batch(batch);
        batch.push(Frame{number});
        poison(Frame{number});
    }
    global_free.count += batch.count;
    global_free.loose = batch;
}

}  // namespace

void init_frames(const BootInfo& boot, u32 limit_bytes, u32 side_bytes)
{
    const u32 direct_map_bytes = kDirectMapEnd - kKernelBase;
    const u32 ram_end = boot.ram[boot.ram.size() - 1].end.value();
    u32 limit = min(ram_end, direct_map_bytes);
    if (ram_end > direct_map_bytes)
        log_info("memory: %u MiB above %u MiB do not fit the direct map and are left out",
                 (ram_end - direct_map_bytes) / kMiB, direct_map_bytes / kMiB);
    if (limit_bytes != 0) limit = min(limit, page_round_down(limit_bytes));

    table_end = limit / kPageSize;
    const u32 size_bytes = page_round_up(table_end * (static_cast<u32>(sizeof(FrameRecord)) + side_bytes));
    const PhysAddr place = place_for_table(boot, size_bytes, PhysAddr{limit});
    frame_table = place.to_kernel().as<FrameRecord>();
    memset(static_cast<void*>(frame_table), 0, size_bytes);  // all Reserved

    for (const MemoryRange& range : boot.ram)
        for (u32 number = range.begin.value() / kPageSize;
             number < min(range.end.value() / kPageSize, table_end); number++)
            frame_table[number].use = FrameUse::Free;
    mark(PhysAddr{0}, PhysAddr{kPageSize}, FrameUse::Kernel);  // frame 0: the BIOS's data; never free
    mark(boot.kernel_begin, boot.kernel_end, FrameUse::Kernel);
    mark(boot.ap_trampoline, boot.ap_trampoline + kPageSize, FrameUse::Kernel);
    mark(place, place + size_bytes, FrameUse::Kernel);
    for (const BootModule& module : boot.modules)
        mark(module.begin, module.end, FrameUse::Kernel);
    fill_free_list();
    reserve_frames = min(u32{64}, total_frames / 64);
    low_frames = total_frames / 64 + reserve_frames;
    the_zero_frame = allocate_frame(Fill::Zero, FrameUse::Zero).value();
    log_info("memory: %u MiB in %u frames, %u free", total_frames / (kMiB / kPageSize), total_frames,
             free_frames());
}

void* frame_side_table()
{
    return frame_table + table_end;
}

bool is_managed(Frame frame)
{
    return frame.number() < table_end && frame_table[frame.number()].use != FrameUse::Reserved;
}

u32 frame_limit()
{
    return table_end;
}

namespace {

// Off the fast path: wakes the background thread, fails on purpose.
[[gnu::noinline]] Result<void> attend(FrameUse use)
{
    if (attention.fetch_and(~u32{kRanLow}) & kRanLow) note_low_memory();
    const bool counts = (attention.load() & kMayFail) != 0 && use != FrameUse::Slab;
    return counts && must_fail_on_purpose() ? Result<void>{Errno::NoMemory} : Result<void>{};
}

}  // namespace

void let_frames_fail(bool on)
{
    if (on)
        attention.fetch_or(kMayFail);
    else
        attention.fetch_and(~u32{kMayFail});
}

Result<Frame> allocate_frame(Fill fill, FrameUse use)
{
    if (__builtin_expect(attention.load_relaxed() != 0, false)) TRY(attend(use));
    auto taken = take_free_frame(use);
    if (!taken) {
        note_low_memory();
        spill_all_cpus();
        taken = take_free_frame(use);
        if (!taken) return Errno::NoMemory;
    }
    const Frame frame = *taken;
    check_poison(frame);
    FrameRecord& record = frame_table[frame.number()];
    record.owners.store_release(1);
    record.object = nullptr;
    record.flags = 0;
    record.valid_sectors = record.dirty_sectors = 0;
    if (fill == Fill::Zero) clear_page(frame_memory(frame));
    return frame;
}

void release_frame(Frame frame)
{
    release_frames(&frame, 1);
}

// The lock is taken with the first frame to free, if any, which the analysis cannot follow.
void release_frames(const Frame* frames, u32 count) NO_THREAD_SAFETY_ANALYSIS
{
    CpuFrames* here = nullptr;
    for (u32 i = 0; i < count; i++) {
        FrameRecord& record = frame_record(frames[i]);
        debug_assert(record.use != FrameUse::Free && record.owners.load() > 0);
        if (record.owners.fetch_sub(1) != 1) continue;
        if (!here) {
            here = &cpu_frames.here();
            here->lock.lock();
        }
        give_back(*here, frames[i], record);
    }
    if (here) here->lock.unlock();
}

void set_frame_use(Frame frame, FrameUse use)
{
    CpuFrames& here = cpu_frames.here();
    SpinGuard guard{here.lock};
    FrameRecord& record = frame_record(frame);
    count_use(here, record.use, ~0u);
    count_use(here, use, 1);
    record.use = use;
}

u32 managed_frames()
{
    return total_frames;
}

u32 free_frames()
{
    u32 count = 0;
    for (u32 cpu = 0; cpu < kMaxCpus; cpu++)
        count += cpu_frames.on(cpu).uses[static_cast<u32>(FrameUse::Free)];
    return count;
}

u32 frames_of_use(FrameUse use)
{
    u32 count = 0;
    for (u32 cpu = 0; cpu < cpu_count(); cpu++)
        count += cpu_frames.on(cpu).uses[static_cast<u32>(use)];
    return count;
}

FrameCounts count_frames()
{
    FrameCounts counts{};
    counts.total = total_frames;
    for (u32 cpu = 0; cpu < kMaxCpus; cpu++)
        for (u32 use = 0; use < kFrameUses; use++)
            counts.by_use[use] += cpu_frames.on(cpu).uses[use];
    counts.free = counts.by_use[static_cast<u32>(FrameUse::Free)];
    return counts;
}

bool is_frame_free(Frame frame)
{
    if (!is_managed(frame)) return false;
    const FrameRecord& record = frame_record(frame);
    if (record.use == FrameUse::Free) return true;
    const bool cached = record.use == FrameUse::Cache || record.use == FrameUse::Swap;
    return cached && record.owners.load() == 1 && record.dirty_sectors == 0 &&
           (record.flags & (kFrameBusy | kFrameWriting)) == 0;
}

#ifdef FAULTLINE_DEBUG
namespace {

void see_list(u32 head, u32 most, void (*see)(Frame))
{
    for (u32 number = head; number != 0 && most > 0; most--) {
        see(Frame{number});
        number = *static_cast<u32*>(frame_memory(Frame{number}));
    }
}

}  // namespace

u32 listed_free_frames() NO_THREAD_SAFETY_ANALYSIS
{
    u32 count = global_free.count;
    for (u32 cpu = 0; cpu < cpu_count(); cpu++)
        count += cpu_frames.on(cpu).free.count + cpu_frames.on(cpu).full.count;
    return count;
}

void for_each_listed_free_frame(void (*see)(Frame)) NO_THREAD_SAFETY_ANALYSIS
{
    for (u32 cpu = 0; cpu < cpu_count(); cpu++) {
        see_list(cpu_frames.on(cpu).free.head, cpu_frames.on(cpu).free.count, see);
        see_list(cpu_frames.on(cpu).full.head, cpu_frames.on(cpu).full.count, see);
    }
    see_list(global_free.loose.head, global_free.loose.count, see);
    for (u32 batch = global_free.first_batch; batch != 0; batch = next_batch(batch))
        see_list(batch, kBatch, see);
}
#endif

}  // namespace faultline
