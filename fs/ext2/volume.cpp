#include "fs/ext2/volume.h"

#include <stdarg.h>

#include "arch/clock.h"
#include "arch/report.h"
#include "fs/ext2/bitmap.h"
#include "lib/bits.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/heap.h"

namespace faultline::ext2 {

namespace {

constexpr u32 kMaxDamageLines = 20;
constexpr u32 kMaxDescriptorPages = kMaxHeapBlock / sizeof(Frame);

u32 now_seconds()
{
    return static_cast<u32>(wall_ns() / kNsPerSecond);
}

}  // namespace

// ---- Mounting ----

Volume::~Volume()
{
    for (u32 i = 0; i < descriptor_page_count_; i++)
        release_frame(descriptor_frames_[i]);
    heap_free(descriptor_frames_);
    SpinGuard guard{recent_lock_};
    for (const Recent& recent : recent_)
        if (recent.page != 0) release_frame(recent.frame);
}

void Volume::name_pins(const PinHolder& self, void (*see)(Frame)) NO_THREAD_SAFETY_ANALYSIS
{
    const Volume& volume = static_cast<const Volume&>(self);
    if (volume.super_page_) see(volume.super_page_.frame());
    for (u32 i = 0; i < volume.descriptor_page_count_; i++)
        see(volume.descriptor_frames_[i]);
    for (const Recent& recent : volume.recent_)
        if (recent.page != 0) see(recent.frame);
}

void Volume::log(const char* text) const
{
    log_warn("ext2: %s: %s", device_.name(), text);
}

void Volume::report_damage(const char* text, ...)
{
    const u32 count = damage_count_.fetch_add(1);
    if (count >= kMaxDamageLines) return;
    char line[160];
    va_list arguments;
    va_start(arguments, text);
    format_list(line, text, arguments);
    va_end(arguments);
    log_error("ext2: %s is damaged: %s%s", device_.name(), line,
              count == kMaxDamageLines - 1 ? " (further damage is not reported; run e2fsck)" : "");
}

Result<void> Volume::read_super(SuperBlock& super_block)
{
    if (device_.size_bytes() < kSuperOffset + sizeof(SuperBlock)) {
        log("not ext2: the device is too small");
        return Errno::Invalid;
    }
    super_page_ = TRY(pages_->page(PageIndex{0}));
    memcpy(&super_block, super_page_.data() + kSuperOffset, sizeof super_block);
    return {};
}

Result<void> Volume::check_super(const SuperBlock& super_block, bool& read_only)
{
    const MountCheck check = check_super_block(super_block, device_.size_bytes(), geometry_);
    if (check.problem) {
        log_error("ext2: %s: not mounted: %s%s%s", device_.name(), check.problem, check.feature ? ": " : "",
                  check.feature ? check.feature : "");
        return Errno::Invalid;
    }
    if (check.read_only && !read_only) {
        log_warn("ext2: %s: mounted read-only: it has the feature %s, which cannot be kept up",
                 device_.name(), check.feature);
        read_only = true;
    }
    if (device_.read_only() && !read_only) {
        log("mounted read-only: the device is");
        read_only = true;
    }
    was_clean_ = (super_block.state & kStateClean) != 0 && (super_block.state & kStateErrors) == 0;
    if (!was_clean_ && !read_only) log("it was not cleanly unmounted; run e2fsck");
    return {};
}

Result<void> Volume::pin_descriptors()
{
    descriptor_offset_ = offset_in_page(geometry_.descriptor_block);
    const u64 end = descriptor_offset_ + u64{geometry_.group_count} * sizeof(GroupDescriptor);
    const u64 count = (end + kPageSize - 1) / kPageSize;
    if (count > kMaxDescriptorPages) {
        log("not mounted: it has too many groups");
        return Errno::Invalid;
    }
    const u32 size = static_cast<u32>(count) * u32{sizeof(Frame)};
    descriptor_frames_ = static_cast<Frame*>(TRY(heap_allocate(size)));
    const PageIndex first = page_of(geometry_.descriptor_block);
    while (descriptor_page_count_ < count) {
        const PinnedPage page = TRY(pages_->page(first + descriptor_page_count_));
        retain_frame(page.frame());
        descriptor_frames_[descriptor_page_count_++] = page.frame();
    }
    return {};
}

Result<void> Volume::check_descriptors()
{
    u64 blocks = 0, inodes = 0;
    for (u32 group = 0; group < geometry_.group_count; group++) {
        if (const char* problem = check_group_descriptor(descriptor(group), group, geometry_)) {
            log_error("ext2: %s: not mounted: the descriptor of group %u is damaged: %s", device_.name(),
                      group, problem);
            return Errno::Invalid;
        }
        blocks += descriptor(group).free_blocks;
        inodes += descriptor(group).free_inodes;
    }
    SleepGuard guard{allocation_};
    free_blocks_ = static_cast<u32>(blocks);
    free_inodes_ = static_cast<u32>(inodes);
    return {};
}

Result<void> Volume::open(bool& read_only)
{
    SuperBlock* const copy = TRY(make<SuperBlock>());
    Result<void> good = read_super(*copy);
    if (good.ok()) good = check_super(*copy, read_only);
    const u32 wanted = copy->revision == 0 ? 0 : copy->want_extra_inode_size;
    destroy(copy);
    TRY(good);
    // Nanoseconds need 24 bytes behind the old inode; what the volume wishes counts if it is sane.
    const u32 room = geometry_.inode_size - kOldInodeSize;
    extra_inode_size_ = room == 0 ? 0 : wanted >= 24 && wanted % 4 == 0 && wanted <= room ? wanted : 32;
    TRY(pin_descriptors());
    return check_descriptors();
}

Result<void> Volume::begin_writing()
{
    super().state = static_cast<u16>(super().state & ~kStateClean);
    super().mount_time = now_seconds();
    super().mount_count++;
    pages_->set_dirty(super_page_, kSuperOffset, sizeof(SuperBlock));
    TRY(pages_->write_back(PageIndex{0}, PageIndex{1}));
    return device_.flush();
}

Result<void> Volume::write_out(State state)
{
    {
        SleepGuard guard{allocation_};
        super().free_blocks = free_blocks_;
        super().free_inodes = free_inodes_;
    }
    super().write_time = now_seconds();
    if (damage_count_.load() != 0) super().state |= kStateErrors;
    pages_->set_dirty(super_page_, kSuperOffset, sizeof(SuperBlock));
    TRY(pages_->write_back_all());
    TRY(device_.flush());
    if (state == State::InUse || !was_clean_) return {};
    // Only when all else is on the disk may the super block say so.
    super().state |= kStateClean;
    pages_->set_dirty(super_page_, kSuperOffset, sizeof(SuperBlock));
    TRY(pages_->write_back(PageIndex{0}, PageIndex{1}));
    return device_.flush();
}

Optional<Frame> Volume::find_recent(PageIndex index) const
{
    SpinGuard guard{recent_lock_};
    const Recent& recent = recent_[index.number() % kRecent];
    if (recent.page != index.number()) return {};
    retain_frame(recent.frame);
    return recent.frame;
}

Volume::Recent Volume::exchange_recent(u32 slot, Recent next) const
{
    SpinGuard guard{recent_lock_};
    const Recent previous = recent_[slot];
    recent_[slot] = next;
    return previous;
}

// The page leaves the recent ones afterwards: who takes it from there relies on all of it being valid.
void Volume::forget_block(u32 block)
{
    pages_->forget(u64{block} << geometry_.block_shift, geometry_.block_size);
    const Recent previous = exchange_recent(page_of(block).number() % kRecent, Recent{});
    if (previous.page != 0) release_frame(previous.frame);
}

Result<Frame> Volume::pin_page_of(u32 block) const
{
    if (block >= geometry_.block_count) return Errno::Io;
    const PageIndex index = page_of(block);
    if (index.number() != 0)
        if (const Optional<Frame> recent = find_recent(index)) return recent.value();
    const PinnedPage page = TRY(pages_->page(index));
    retain_frame(page.frame());
    if (index.number() == 0) return page.frame();
    retain_frame(page.frame());
    const Recent previous = exchange_recent(index.number() % kRecent, Recent{index.number(), page.frame()});
    if (previous.page != 0) release_frame(previous.frame);
    return page.frame();
}

Result<Block> Volume::read_block(u32 block) const
{
    const Frame frame = TRY(pin_page_of(block));
    return Block{frame, static_cast<const u8*>(frame_memory(frame)) + offset_in_page(block)};
}

FreeTotals Volume::free_totals()
{
    SleepGuard guard{allocation_};
    return {free_blocks_, free_inodes_, super().reserved_blocks};
}

u32 Volume::system_blocks() const
{
    const u32 in_each_group = 2 + geometry_.inodes_per_group / geometry_.inodes_per_block();
    u32 blocks = geometry_.first_data_block + geometry_.group_count * in_each_group;
    for (u32 group = 0; group < geometry_.group_count; group++)
        if (group_has_super(super(), group)) blocks += 1 + geometry_.descriptor_blocks;
    return blocks;
}

Result<void> Volume::check_writable() const
{
    Geometry scratch;
    const MountCheck check = check_super_block(super(), device_.size_bytes(), scratch);
    if (check.problem || check.read_only || device_.read_only()) return Errno::ReadOnly;
    return {};
}

Volume::InodePlace Volume::place_of_inode(u32 inode) const
{
    const u32 index = (inode - 1) % geometry_.inodes_per_group;
    const u32 table = descriptor(geometry_.group_of_inode(inode)).inode_table;
    return {table + index / geometry_.inodes_per_block(),
            index % geometry_.inodes_per_block() * geometry_.inode_size};
}

// ---- Blocks ----

GroupDescriptor& Volume::modify_descriptor(Transaction& transaction, u32 group)
{
    const u32 block = geometry_.descriptor_block + group / geometry_.descriptors_per_block();
    const u32 at = descriptor_offset_ + group * u32{sizeof(GroupDescriptor)};
    transaction.modify_pinned(block, descriptor_frames_[at / kPageSize]);
    return descriptor(group);
}

// Does the run (of one group) meet its bitmaps, its inode table, or its copy of super block and descriptors?
bool Volume::overlaps_system(u32 group, u32 first, u32 count) const
{
    const GroupDescriptor& system = descriptor(group);
    const auto meets = [&](u32 start, u32 length) { return first < start + length && start < first + count; };
    if (meets(system.block_bitmap, 1) || meets(system.inode_bitmap, 1)) return true;
    if (meets(system.inode_table, geometry_.inodes_per_group / geometry_.inodes_per_block())) return true;
    // Only at the start of a group can there be a copy of the super block: most questions end here.
    const u32 copies_end = geometry_.group_start(group) + 1 + geometry_.descriptor_blocks;
    return first < copies_end && group_has_super(super(), group);
}

bool Volume::is_file_block(u32 block) const
{
    return geometry_.is_data_block(block) && !overlaps_system(geometry_.group_of_block(block), block, 1);
}

// Takes clear bits of a group's bitmap.
Optional<BlockRun> Volume::take_run(u8* bitmap, u32 group, u32 goal_bit, u32 wanted)
{
    const u32 end = geometry_.blocks_in_group(group);
    const Optional<u32> bit = find_clear_near(bitmap, goal_bit, end);
    if (!bit) return {};
    const u32 count = count_clear_run(bitmap, bit.value(), min(wanted, end - bit.value()));
    for (u32 i = 0; i < count; i++)
        set_bit(bitmap, bit.value() + i);
    return BlockRun{geometry_.group_start(group) + bit.value(), count};
}

Result<Optional<BlockRun>> Volume::allocate_in_group(Transaction& transaction, u32 group, u32 goal_bit,
                                                     u32 wanted)
{
    if (descriptor(group).free_blocks == 0) return Optional<BlockRun>{};
    u8* const bitmap = TRY(transaction.modify(descriptor(group).block_bitmap));
    GroupDescriptor& counts = modify_descriptor(transaction, group);
    const Optional<BlockRun> run = take_run(bitmap, group, goal_bit, min(wanted, u32{counts.free_blocks}));
    if (!run) {
        report_damage("group %u has no free block, its descriptor says %u", group, u32{counts.free_blocks});
        return Optional<BlockRun>{};
    }
    if (overlaps_system(group, run->first, run->count)) {
        report_damage("the block bitmap of group %u calls its own tables free", group);
        return Errno::Io;
    }
    counts.free_blocks = static_cast<u16>(counts.free_blocks - run->count);
    free_blocks_ -= run->count;
    next_block_ = run->first + run->count;
    return run;
}

Result<BlockRun> Volume::allocate_blocks(Transaction& transaction, u32 goal, u32 wanted)
{
    const bool names_group = geometry_.is_data_block(goal) &&
                             (goal - geometry_.first_data_block) % geometry_.blocks_per_group == 0;
    const bool anywhere = names_group || !geometry_.is_data_block(goal);
    if (!geometry_.is_data_block(goal)) goal = geometry_.first_data_block + 1;
    const u32 first_group = geometry_.group_of_block(goal);
    SleepGuard guard{allocation_};
    if (free_blocks_ == 0) return Errno::NoSpace;
    const bool hint_is_there =
        geometry_.is_data_block(next_block_) && geometry_.group_of_block(next_block_) == first_group;
    if (anywhere && hint_is_there) goal = next_block_;
    for (u32 i = 0; i < geometry_.group_count; i++) {
        const u32 group = (first_group + i) % geometry_.group_count;
        const u32 goal_bit = i == 0 ? goal - geometry_.group_start(group) : 0;
        const Optional<BlockRun> run = TRY(allocate_in_group(transaction, group, goal_bit, wanted));
        if (run) return run.value();
    }
    return Errno::NoSpace;
}

void Volume::free_run_in_group(Transaction& transaction, u32 group, u32 first, u32 count)
{
    const Result<u8*> bitmap = transaction.modify(descriptor(group).block_bitmap);
    if (!bitmap.ok()) {
        report_damage("the block bitmap of group %u cannot be read; %u blocks are lost", group, count);
        return;
    }
    GroupDescriptor& counts = modify_descriptor(transaction, group);
    for (u32 i = 0; i < count; i++) {
        const u32 bit = first + i - geometry_.group_start(group);
        if (!test_bit(bitmap.value(), bit)) {
            report_damage("block %u is freed, but was free already", first + i);
            continue;
        }
        clear_bit(bitmap.value(), bit);
        counts.free_blocks++;
        free_blocks_++;
        next_block_ = min(next_block_, first + i);
    }
}

void Volume::free_blocks(Transaction& transaction, u32 first, u32 count)
{
    SleepGuard guard{allocation_};
    while (count > 0) {
        const u32 group = geometry_.group_of_block(first);
        const u32 left = geometry_.group_start(group) + geometry_.blocks_in_group(group) - first;
        const u32 here = min(count, left);
        free_run_in_group(transaction, group, first, here);
        first += here;
        count -= here;
    }
}

// ---- Inodes ----

Result<Optional<u32>> Volume::allocate_inode_in_group(Transaction& transaction, u32 group, InodeKind kind)
{
    if (descriptor(group).free_inodes == 0) return Optional<u32>{};
    u8* const bitmap = TRY(transaction.modify(descriptor(group).inode_bitmap));
    const u32 first_inode = group * geometry_.inodes_per_group + 1;
    u32 from = group == 0 ? geometry_.first_inode - 1 : 0;
    const bool hint_is_there =
        next_inode_ > first_inode && next_inode_ - first_inode < geometry_.inodes_per_group;
    if (hint_is_there) from = max(from, next_inode_ - first_inode);
    const Optional<u32> bit = find_clear_bit(bitmap, from, geometry_.inodes_per_group);
    if (!bit) {
        report_damage("group %u has no free inode, its descriptor says otherwise", group);
        return Optional<u32>{};
    }
    set_bit(bitmap, bit.value());
    GroupDescriptor& counts = modify_descriptor(transaction, group);
    counts.free_inodes--;
    if (kind == InodeKind::Directory) counts.directories++;
    free_inodes_--;
    next_inode_ = first_inode + bit.value() + 1;
    return Optional<u32>{first_inode + bit.value()};
}

// Directories are spread: among groups with at least the average of free inodes, that with most free blocks.
u32 Volume::group_for_directory() const
{
    const u32 average = free_inodes_ / geometry_.group_count;
    u32 best = 0;
    u32 best_blocks = 0;
    for (u32 group = 0; group < geometry_.group_count; group++) {
        const GroupDescriptor& candidate = descriptor(group);
        if (candidate.free_inodes == 0 || candidate.free_inodes < average) continue;
        if (candidate.free_blocks <= best_blocks) continue;
        best = group;
        best_blocks = candidate.free_blocks;
    }
    return best;
}

Result<u32> Volume::allocate_inode(Transaction& transaction, u32 parent, InodeKind kind)
{
    SleepGuard guard{allocation_};
    if (free_inodes_ == 0) return Errno::NoSpace;
    const u32 first = kind == InodeKind::Directory ? group_for_directory() : geometry_.group_of_inode(parent);
    for (u32 i = 0; i < geometry_.group_count; i++) {
        const Optional<u32> inode =
            TRY(allocate_inode_in_group(transaction, (first + i) % geometry_.group_count, kind));
        if (inode) return inode.value();
    }
    return Errno::NoSpace;
}

void Volume::free_inode(Transaction& transaction, u32 inode, InodeKind kind)
{
    const u32 group = geometry_.group_of_inode(inode);
    SleepGuard guard{allocation_};
    const Result<u8*> bitmap = transaction.modify(descriptor(group).inode_bitmap);
    const u32 bit = (inode - 1) % geometry_.inodes_per_group;
    if (!bitmap.ok() || !test_bit(bitmap.value(), bit)) {
        report_damage("inode %u is freed, but its bitmap cannot tell that it was in use", inode);
        return;
    }
    clear_bit(bitmap.value(), bit);
    GroupDescriptor& counts = modify_descriptor(transaction, group);
    counts.free_inodes++;
    if (geometry_.group_of_inode(next_inode_) == group) next_inode_ = min(next_inode_, inode);
    if (kind == InodeKind::Directory && counts.directories > 0) counts.directories--;
    free_inodes_++;
}

}  // namespace faultline::ext2
