#include "fs/ext2/file_system.h"

#include "arch/report.h"
#include "core/random.h"
#include "fs/with_reclaim.h"
#include "fs/writer.h"
#include "mm/heap.h"

namespace faultline::ext2 {

namespace {

// Disks that are mounted: a second mount of one would see and write old bytes.
constexpr u32 kMaxMounted = 16;
SpinLock claims_lock{LockRank::Leaf};
const BlockDevice* claimed[kMaxMounted] GUARDED_BY(claims_lock) = {};

Result<void> claim(const BlockDevice& device)
{
    SpinGuard guard{claims_lock};
    const BlockDevice** free = nullptr;
    for (const BlockDevice*& slot : claimed) {
        if (slot == &device) return Errno::Busy;
        if (!slot) free = &slot;
    }
    if (!free) return Errno::TooManyFiles;
    *free = &device;
    return {};
}

void give_up(const BlockDevice& device)
{
    SpinGuard guard{claims_lock};
    for (const BlockDevice*& slot : claimed)
        if (slot == &device) slot = nullptr;
}

FileSystemType ext2_type{"ext2", true, Ext2::create};

}  // namespace

void register_ext2()
{
    register_file_system(ext2_type);
}

// ---- Mounting and unmounting ----

Ext2::Ext2(BlockDevice& device) : volume_{device}
{
    device_ = DeviceNumber{device.major_number(), device.minor_number()};
}

Result<Ref<FileSystem>> Ext2::create(const MountRequest& request)
{
    if (!request.device) return Errno::NotBlock;
    TRY(claim(*request.device));
    const Result<Ext2*> made = make<Ext2>(*request.device);
    if (!made.ok()) {
        give_up(*request.device);
        return made.error();
    }
    Ref<Ext2> file_system = Ref<Ext2>::adopt(made.value());  // its end gives the device up
    TRY(file_system->start(request.read_only));
    return Ref<FileSystem>{move(file_system)};
}

Result<void> Ext2::start(bool read_only)
{
    dead_ = true;  // until it stands
    generation_.store(random_u32());
    read_only_ = read_only;
    TRY(volume_.open(read_only_));
    const Ref<Ext2Inode> root = TRY(find_inode(kRootInode));
    if (!root->is_directory()) {
        volume_.log("not mounted: its root is no directory");
        return Errno::Invalid;
    }
    if (!read_only_) TRY(volume_.begin_writing());
    dead_ = false;
    return {};
}

void Ext2::last_ref_dropped()
{
    give_up(volume_.device());
    destroy(this);
}

Result<Ref<Inode>> Ext2::root()
{
    return Ref<Inode>{TRY(find_inode(kRootInode))};
}

FileSystemUsage Ext2::usage()
{
    const Geometry& geometry = volume_.geometry();
    const FreeTotals free = volume_.free_totals();
    FileSystemUsage usage{};
    usage.magic = kMagic;
    usage.block_size = geometry.block_size;
    usage.blocks = geometry.block_count - volume_.system_blocks();
    usage.free_blocks = free.blocks;
    usage.available_blocks = free.blocks > free.reserved_blocks ? free.blocks - free.reserved_blocks : 0;
    usage.inodes = geometry.inode_count;
    usage.free_inodes = free.inodes;
    usage.max_name = kMaxName;
    return usage;
}

void Ext2::postpone(Ext2Inode& inode)
{
    {
        SpinGuard guard{table_lock_};
        inode.next_postponed = postponed_;
        postponed_ = &inode;
    }
    wake_writer();
}

void Ext2::finish_postponed()
{
    for (;;) {
        Ext2Inode* inode;
        {
            SpinGuard guard{table_lock_};
            inode = postponed_;
            if (inode) postponed_ = inode->next_postponed;
        }
        if (!inode) return;
        inode->finish();
    }
}

void Ext2::store_dirty_inodes()
{
    finish_postponed();
    for (;;) {
        Ref<Ext2Inode> inode;
        {
            SpinGuard guard{table_lock_};
            Ext2Inode* const first = dirty_.pop_front();
            if (!first) return;
            if (!first->retain_if_live()) continue;  // it stores itself on its way out
            inode = Ref<Ext2Inode>::adopt(first);
        }
        if (!inode->store_if_dirty().ok()) return;  // it stays dirty; the next round tries again
    }
}

Result<void> Ext2::sync()
{
    if (read_only_) return {};
    store_dirty_inodes();
    const Result<void> data = CachedObject::write_back_everything();
    store_dirty_inodes();
    const Result<void> metadata = volume_.write_out(Volume::State::InUse);
    return data.ok() ? metadata : data;
}

// The mount still counts the root's entry, and that the root; nothing else may count an inode.
bool Ext2::is_in_use()
{
    SpinGuard guard{table_lock_};
    for (Ext2Inode* inode : buckets_)
        for (; inode; inode = inode->next_in_bucket)
            if (inode->number() != kRootInode || inode->ref_count() > 1) return true;
    return false;
}

Result<void> Ext2::unmount()
{
    finish_postponed();
    if (is_in_use()) return Errno::Busy;
    if (!read_only_) {
        TRY(sync());
        TRY(volume_.write_out(Volume::State::Clean));
    }
    dead_ = true;
    return {};
}

Result<void> Ext2::remount(bool wants_read_only)
{
    if (wants_read_only == read_only_) return {};
    if (wants_read_only) {
        read_only_ = true;  // from here on nothing changes
        store_dirty_inodes();
        TRY(CachedObject::write_back_everything());
        return volume_.write_out(Volume::State::Clean);
    }
    TRY(volume_.check_writable());
    TRY(volume_.begin_writing());
    read_only_ = false;
    return {};
}

Ref<Ext2Inode> Ext2::find_orphan()
{
    SpinGuard guard{table_lock_};
    for (Ext2Inode* inode : buckets_)
        for (; inode; inode = inode->next_in_bucket)
            if (inode->is_orphan() && inode->retain_if_live()) return Ref<Ext2Inode>::adopt(inode);
    return nullptr;
}

// What was unlinked but is still open would be lost space; nobody will use it any more.
void Ext2::free_orphans()
{
    while (const Ref<Ext2Inode> orphan = find_orphan())
        orphan->delete_from_disk();
}

void Ext2::shut_down()
{
    if (read_only_ || dead_) return;
    free_orphans();
    static_cast<void>(sync());
    const Result<void> done = volume_.write_out(Volume::State::Clean);
    if (!done.ok()) volume_.log("it could not be written out");
    read_only_ = true;
    dead_ = true;
}

// ---- The table of inodes ----

Ext2Inode* Ext2::find_locked(u32 number)
{
    for (Ext2Inode* inode = buckets_[number % kBuckets]; inode; inode = inode->next_in_bucket)
        if (inode->number() == number) return inode;
    return nullptr;
}

// Waits while an inode of that number is on its way out. Null: there is none.
Ref<Ext2Inode> Ext2::find_in_table(u32 number)
{
    SpinGuard guard{table_lock_};
    for (;;) {
        Ext2Inode* const inode = find_locked(number);
        if (!inode || inode->retain_if_live()) return Ref<Ext2Inode>::adopt(inode);
        static_cast<void>(removed_.sleep(table_lock_));
    }
}

// Puts the inode into the table unless somebody was faster; gives back whichever stands there.
Result<Ref<Ext2Inode>> Ext2::enter(Ext2Inode& inode)
{
    SpinGuard guard{table_lock_};
    const u32 number = static_cast<u32>(inode.number());
    while (Ext2Inode* const other = find_locked(number)) {
        if (other->retain_if_live()) return Ref<Ext2Inode>::adopt(other);
        static_cast<void>(removed_.sleep(table_lock_));
    }
    inode.next_in_bucket = buckets_[number % kBuckets];
    buckets_[number % kBuckets] = &inode;
    return Ref<Ext2Inode>::adopt(&inode);
}

Result<Ref<Ext2Inode>> Ext2::find_inode(u32 number)
{
    if (!volume_.geometry().is_usable_inode(number)) {
        volume_.report_damage("an entry leads to inode %u", number);
        return Errno::Io;
    }
    if (Ref<Ext2Inode> known = find_in_table(number)) return known;
    Ext2Inode* const inode = TRY(with_reclaim([&] { return make<Ext2Inode>(*this, number); }));
    const Result<void> loaded = inode->load();
    if (!loaded.ok()) {
        inode->discard();
        return loaded.error();
    }
    Result<Ref<Ext2Inode>> entered = enter(*inode);
    if (entered.value().get() != inode) inode->discard();
    return entered;
}

Result<Ref<Ext2Inode>> Ext2::new_inode(u32 number)
{
    Ext2Inode* const inode = TRY(with_reclaim([&] { return make<Ext2Inode>(*this, number); }));
    Result<Ref<Ext2Inode>> entered = enter(*inode);
    if (entered.value().get() == inode) return entered;
    inode->discard();
    volume_.report_damage("inode %u is in use, but its bitmap calls it free", number);
    return Errno::Io;
}

void Ext2::add_dirty(Ext2Inode& inode)
{
    SpinGuard guard{table_lock_};
    if (!inode.on_list()) dirty_.push_back(inode);
}

void Ext2::remove(Ext2Inode& inode)
{
    SpinGuard guard{table_lock_};
    if (inode.on_list()) dirty_.remove(inode);
    Ext2Inode** link = &buckets_[inode.number() % kBuckets];
    while (*link && *link != &inode)
        link = &(*link)->next_in_bucket;
    if (*link) *link = inode.next_in_bucket;
    removed_.wake_all();
}

}  // namespace faultline::ext2
