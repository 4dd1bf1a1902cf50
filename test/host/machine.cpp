#include "machine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <mutex>
#include <vector>

#include "arch/clock.h"
#include "arch/fpu.h"
#include "arch/report.h"
#include "core/random.h"
#include "core/sleep_lock.h"
#include "fs/devices.h"
#include "fs/pipe.h"
#include "fs/writer.h"
#include "mm/eviction.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/page_cache.h"
#include "mm/reclaim.h"
#include "mm/rmap.h"
#include "mm/user_access.h"

namespace faultline {

bool quiet_log = false;
bool slow_copies = false;

// ---- Locks ----

namespace {
struct Held {
    LockRank ranks[16];
    u32 count = 0;
};
thread_local Held held[2];
}  // namespace

void check_lock_order(LockRank rank, bool is_spin)
{
    const Held& mine = held[is_spin];
    if (mine.count == 0) return;
    const LockRank top = mine.ranks[mine.count - 1];
    if (top < rank || (top == rank && may_nest_with_itself(rank))) return;
    fprintf(stderr, "lock order: rank %u taken under %u (%s)\n", static_cast<u32>(rank),
            static_cast<u32>(top), is_spin ? "spin" : "sleep");
    abort();
}
void note_lock(LockRank rank, bool is_spin)
{
    held[is_spin].ranks[held[is_spin].count++] = rank;
}
void note_unlock(LockRank rank, bool is_spin)
{
    Held& mine = held[is_spin];
    for (u32 i = mine.count; i-- > 0;) {
        if (mine.ranks[i] != rank) continue;
        for (u32 k = i; k + 1 < mine.count; k++)
            mine.ranks[k] = mine.ranks[k + 1];
        mine.count--;
        return;
    }
    abort();
}
void assert_may_sleep()
{
    if (held[1].count == 0) return;
    fprintf(stderr, "may sleep under a spin lock of rank %u\n", static_cast<u32>(held[1].ranks[0]));
    abort();
}

// ---- Memory ----

namespace {

std::mutex memory_mutex;
u32 fail_countdown = 0;
constexpr u32 kFrames = 65536;
FrameRecord records[kFrames];
alignas(4096) u8 zeroes[4096];
void* memories[kFrames] = {nullptr, zeroes};
std::vector<u32> free_numbers;
u32 next_number = 2;  // 0 is none, 1 is the zero frame
u32 used_frames = 0;

bool must_fail()
{
    return fail_countdown != 0 && --fail_countdown == 0;
}

}  // namespace

void fail_allocation(u32 n)
{
    fail_countdown = n;
}
u32 frames_in_use()
{
    return used_frames;
}

Result<void*> heap_allocate(u32 size_bytes)
{
    if (size_bytes > kMaxHeapBlock) abort();
    std::lock_guard<std::mutex> guard{memory_mutex};
    if (must_fail()) return Errno::NoMemory;
    return malloc(size_bytes);
}
void heap_free(void* block)
{
    free(block);
}

FrameRecord* frame_table = records;
Frame the_zero_frame{1};
void* frame_memory(Frame frame)
{
    return memories[frame.number()];
}
u32 managed_frames()
{
    return kFrames;
}
FrameCounts count_frames()
{
    return {};
}

Result<Frame> allocate_frame(Fill fill, FrameUse use)
{
    std::lock_guard<std::mutex> guard{memory_mutex};
    if (must_fail()) return Errno::NoMemory;
    u32 number;
    if (!free_numbers.empty()) {
        number = free_numbers.back();
        free_numbers.pop_back();
    } else {
        if (next_number == kFrames) return Errno::NoMemory;
        number = next_number++;
    }
    memories[number] = aligned_alloc(4096, 4096);
    memset(memories[number], fill == Fill::Zero ? 0 : 0xa5, 4096);
    FrameRecord& record = records[number];
    record.owners.store(1);
    record.object = nullptr;
    record.use = use;
    record.flags = record.valid_sectors = record.dirty_sectors = 0;
    used_frames++;
    return Frame{number};
}
Result<Frame> allocate_frame_reclaiming(Fill fill, FrameUse use)
{
    return allocate_frame(fill, use);
}
void release_frame(Frame frame)
{
    if (frame.number() == 0 || records[frame.number()].owners.load() == 0) abort();
    if (records[frame.number()].owners.fetch_sub(1) != 1) return;
    std::lock_guard<std::mutex> guard{memory_mutex};
    free(memories[frame.number()]);
    memories[frame.number()] = nullptr;
    free_numbers.push_back(frame.number());
    used_frames--;
}

bool make_room()
{
    return false;
}
u32 reclaim_frames(u32)
{
    return 0;
}
void wake_writer() {}
extern "C" {
void (*clear_page)(void*) = [](void* page) { memset(page, 0, 4096); };
void (*copy_page)(void*, const void*) = [](void* to, const void* from) { memcpy(to, from, 4096); };
}

void evict_clean_pages()
{
    for (u32 number = 2; number < next_number; number++) {
        FrameRecord& record = records[number];
        if (record.owners.load() != 1 || record.use != FrameUse::Cache || !record.object) continue;
        record.object->evict(Frame{number}, record.index);
    }
}

ReverseMap::Outcome ReverseMap::unmap(MemoryObject&, PageIndex, Frame)
{
    return {};
}
bool ReverseMap::take_accessed(MemoryObject&, PageIndex, Frame)
{
    return false;
}
void ReverseMap::for_each_mapping(MemoryObject&, PageIndex, Frame, const MappingVisitor&) {}
bool eviction_keeps_order;
void note_arrival(Frame) {}
bool ReverseMap::write_protect(MemoryObject&, PageIndex, Frame)
{
    return true;
}
void ReverseMap::unmap_from(MemoryObject&, PageIndex) {}

Result<void> copy_to_user(UserAddr, const void*, u32)
{
    return Errno::Fault;
}
Result<void> copy_from_user(void*, UserAddr, u32)
{
    return Errno::Fault;
}
Result<void> IoBuffer::put(const void* from, u32 size_bytes)
{
    if (is_user_) return Errno::Fault;
    memcpy(reinterpret_cast<void*>(address_), from, size_bytes);
    skip(size_bytes);
    return {};
}
Result<void> IoBuffer::get(void* to, u32 size_bytes)
{
    if (is_user_) return Errno::Fault;
    // As if the second half had to be faulted in: others get their chance in the middle of a copy.
    const u32 half = size_bytes / 2;
    memcpy(to, reinterpret_cast<void*>(address_), half);
    if (slow_copies) usleep(20);
    memcpy(static_cast<u8*>(to) + half, reinterpret_cast<void*>(address_ + half), size_bytes - half);
    skip(size_bytes);
    return {};
}
void IoBuffer::skip(u32 size_bytes)
{
    address_ += size_bytes;
    remaining_ -= size_bytes;
}

// ---- The rest ----

u64 wall_ns()
{
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<u64>(now.tv_sec) * 1000000000 + static_cast<u64>(now.tv_nsec);
}
u64 now_ns()
{
    return wall_ns();
}
u32 random_u32()
{
    return static_cast<u32>(random());
}

void assertion_failed(const char* condition, const char* file, int line)
{
    fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
    abort();
}

namespace {
void log_line(const char* text, va_list arguments)
{
    if (quiet_log) return;
    vfprintf(stdout, text, arguments);
    fputc('\n', stdout);
}
}  // namespace
#define LOGGER(name)                                                                                         \
    void name(const char* text, ...)                                                                         \
    {                                                                                                        \
        va_list arguments;                                                                                   \
        va_start(arguments, text);                                                                           \
        log_line(text, arguments);                                                                           \
        va_end(arguments);                                                                                   \
    }
LOGGER(log_info)
LOGGER(log_warn)
LOGGER(log_error)

void direct_map_violation(u32)
{
    abort();
}

Result<Ref<FileLike>> open_device(DeviceKind, DeviceNumber, u32)
{
    return Errno::NoDeviceOrAddress;
}
Result<Ref<FileLike>> open_fifo(Inode&, u32)
{
    return Errno::NoDeviceOrAddress;
}

Result<void> FileDisk::do_transfer(IoDirection direction, u64 sector, Span<const IoSegment> segments)
{
    requests++;
    off_t at = static_cast<off_t>(sector * 512);
    for (const IoSegment& segment : segments) {
        u8* const bytes = static_cast<u8*>(frame_memory(segment.frame)) + segment.offset;
        if (segment.offset % 512 != 0 || segment.size_bytes % 512 != 0 ||
            segment.offset + segment.size_bytes > 4096)
            abort();
        const ssize_t moved = direction == IoDirection::Read
                                  ? pread(descriptor_, bytes, segment.size_bytes, at)
                                  : pwrite(descriptor_, bytes, segment.size_bytes, at);
        if (moved != static_cast<ssize_t>(segment.size_bytes)) return Errno::Io;
        if (direction == IoDirection::Write) sectors_written += segment.size_bytes / 512;
        at += segment.size_bytes;
    }
    return {};
}

// Nothing watches files here: there is no epoll.
void forget_watchers(File&) {}

}  // namespace faultline
