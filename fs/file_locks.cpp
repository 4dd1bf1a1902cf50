#include "fs/file_locks.h"

#include "fs/file.h"
#include "fs/with_reclaim.h"
#include "mm/heap.h"

namespace faultline {

namespace {

// Who sleeps for whom, of those who can wait in a circle: record locks of processes.
struct BlockedOwner : ListNode<> {
    const void* owner;
    const void* waits_for;
};

constexpr u32 kBuckets = 32;
constexpr u32 kLongestCircle = 10;  // as Linux: whoever waits in a longer one is not told

SpinLock locks_lock{LockRank::Pipe};
IntrusiveList<FileLocks> all_locks GUARDED_BY(locks_lock);
IntrusiveList<BlockedOwner> blocked[kBuckets] GUARDED_BY(locks_lock);

IntrusiveList<BlockedOwner>& bucket_of(const void* owner) REQUIRES(locks_lock)
{
    return blocked[reinterpret_cast<usize>(owner) / 64 % kBuckets];
}

const BlockedOwner* find_blocked(const void* owner) REQUIRES(locks_lock)
{
    for (const BlockedOwner& one : bucket_of(owner))
        if (one.owner == owner) return &one;
    return nullptr;
}

// Would `owner` wait for itself, if it waited for `other`?
bool closes_circle(const void* owner, const void* other) REQUIRES(locks_lock)
{
    for (u32 steps = 0; steps < kLongestCircle; steps++) {
        const BlockedOwner* const next = find_blocked(other);
        if (!next) return false;
        other = next->waits_for;
        if (other == owner) return true;
    }
    return false;
}

FileLike& lockable(File& file)
{
    Inode* const inode = file.find_inode();
    return inode ? *inode : file.like();
}

Result<FileLocks*> locks_of(FileLike& file)
{
    if (file.locks) return file.locks;
    FileLocks* const made = TRY(with_reclaim([&] { return make<FileLocks>(file); }));
    {
        SpinGuard guard{locks_lock};
        if (!file.locks) {
            file.locks = made;
            all_locks.push_back(*made);
            return made;
        }
    }
    destroy(made);  // another was faster
    return file.locks;
}

// Nodes for one change, made before the spin lock is taken; what is left goes when it is free again.
class NodeSupply {
public:
    NodeSupply() = default;
    ~NodeSupply()
    {
        while (RangeLock* node = nodes_.pop_front())
            destroy(node);
    }
    NodeSupply(const NodeSupply&) = delete;
    NodeSupply& operator=(const NodeSupply&) = delete;
    Result<void> fill()
    {
        for (u32 i = 0; i < RangeLocks::kMostNodes; i++)
            nodes_.push_back(*TRY(with_reclaim([] { return make<RangeLock>(); })));
        return {};
    }
    RangeLocks::Nodes& nodes() { return nodes_; }

private:
    RangeLocks::Nodes nodes_;
};

Result<void> sleep_for(FileLocks& locks, const FileLock& wanted, const FileLock& in_the_way)
    REQUIRES(locks_lock)
{
    BlockedOwner one;
    one.owner = wanted.owner;
    one.waits_for = in_the_way.owner;
    if (wanted.kind == LockKind::Posix) {
        if (closes_circle(wanted.owner, one.waits_for)) return Errno::Deadlock;
        bucket_of(one.owner).push_back(one);
    }
    const Result<void> slept = locks.released.sleep(locks_lock, Wait::Interruptible);
    if (wanted.kind == LockKind::Posix) one.unlink();
    return slept;
}

void change(FileLocks& locks, const FileLock& wanted, RangeLocks::Nodes& nodes) REQUIRES(locks_lock)
{
    locks.of(wanted.kind).set(wanted, nodes);
    if (!locks.released.empty()) locks.released.wake_all();  // it may have been weakened, too
}

// flock changes its type by letting go first, as on Linux: who then has to wait or fails holds nothing.
void let_go_of_other_type(FileLocks& locks, const FileLock& wanted, RangeLocks::Nodes& nodes)
    REQUIRES(locks_lock)
{
    const RangeLock* const held = locks.whole.find_of(wanted.owner);
    if (!held || held->type == wanted.type) return;
    FileLock nothing = wanted;
    nothing.type = LockType::None;
    change(locks, nothing, nodes);
}

}  // namespace

Result<void> set_lock(File& file, const FileLock& wanted, OnConflict on_conflict)
{
    FileLike& locked = lockable(file);
    if (wanted.type == LockType::None && !locked.locks) return {};
    FileLocks& locks = *TRY(locks_of(locked));
    NodeSupply supply;
    TRY(supply.fill());
    SpinGuard guard{locks_lock};
    if (wanted.kind == LockKind::Whole) let_go_of_other_type(locks, wanted, supply.nodes());
    while (wanted.type != LockType::None) {
        const RangeLock* const in_the_way = locks.of(wanted.kind).find_conflict(wanted);
        if (!in_the_way) break;
        if (on_conflict == OnConflict::Fail) return Errno::Again;
        TRY(sleep_for(locks, wanted, *in_the_way));
    }
    change(locks, wanted, supply.nodes());
    return {};
}

Optional<FileLock> find_lock_conflict(File& file, const FileLock& wanted)
{
    FileLocks* const locks = lockable(file).locks;
    if (!locks) return {};
    SpinGuard guard{locks_lock};
    const RangeLock* const found = locks->of(wanted.kind).find_conflict(wanted);
    return found ? Optional<FileLock>{*found} : Optional<FileLock>{};
}

// Taking all away needs no node.
void release_locks(File& file, LockKind kind, const void* owner)
{
    FileLocks* const locks = lockable(file).locks;
    if (!locks) return;
    NodeSupply gone;
    SpinGuard guard{locks_lock};
    if (locks->of(kind).find_of(owner))
        change(*locks, {owner, 0, kind, LockType::None, 0, kLockToEnd}, gone.nodes());
}

void destroy_locks(FileLocks& locks)
{
    {
        SpinGuard guard{locks_lock};
        all_locks.remove(locks);
    }
    destroy(&locks);
}

u32 describe_locks(u32 first, Span<LockDescription> out)
{
    u32 number = 0, count = 0;
    SpinGuard guard{locks_lock};
    for (FileLocks& locks : all_locks) {
        Attributes attributes{};
        locks.file.attributes(attributes);
        RangeLocks* const kinds[] = {&locks.ranges, &locks.whole};
        for (RangeLocks* kind : kinds)
            for (const RangeLock& lock : kind->all()) {
                if (number++ < first) continue;
                if (count == out.size()) return count;
                out[count++] = {lock, attributes.device.encoded(), attributes.inode_number};
            }
    }
    return count;
}

}  // namespace faultline
