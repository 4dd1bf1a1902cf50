#include "fs/ext2/inode.h"

#include "core/thread.h"
#include "fs/ext2/file_system.h"
#include "fs/file.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/heap.h"

namespace faultline::ext2 {

namespace {

constexpr i64 kDaySeconds = 24 * 60 * 60;

bool is_later(const FileTime& a, const FileTime& b)
{
    return a.seconds != b.seconds ? a.seconds > b.seconds : a.nanoseconds > b.nanoseconds;
}

// The old field holds 32 bits of the seconds, signed; the extra one two bits more and the nanoseconds.
FileTime decode_time(u32 seconds, const u32* extra)
{
    FileTime time{static_cast<i32>(seconds), 0};
    if (!extra) return time;
    time.seconds += static_cast<i64>(*extra & 3) << 32;
    time.nanoseconds = min(*extra >> 2, u32{999'999'999});
    return time;
}

u32 extra_of(const FileTime& time)
{
    const u32 epoch = static_cast<u32>((time.seconds - static_cast<i32>(time.seconds)) >> 32) & 3;
    return time.nanoseconds << 2 | epoch;
}

bool known_type(u32 mode)
{
    switch (mode & kModeTypeMask) {
    case kModeRegular:
    case kModeDirectory:
    case kModeSymbolicLink:
    case kModeCharacterDevice:
    case kModeBlockDevice:
    case kModeFifo:
    case kModeSocket:
        return true;
    default:
        return false;
    }
}

// A device number as ext2 keeps it: 8 and 8 bits in the first pointer, or Linux's 32-bit form in the second.
DeviceNumber decode_device(const u32* pointers)
{
    if (pointers[0] != 0) return DeviceNumber{pointers[0] >> 8 & 0xff, pointers[0] & 0xff};
    return DeviceNumber::from_encoded(pointers[1]);
}

void encode_device(DeviceNumber number, u32* pointers)
{
    const bool is_small = number.major() < 256 && number.minor() < 256;
    pointers[0] = is_small ? number.major() << 8 | number.minor() : 0;
    pointers[1] = is_small ? 0 : number.encoded();
}

// Where the extra bytes of an inode's slot hold times; null where they do not.
RawInodeExtra* times_of(u8* slot, u32 inode_size)
{
    if (inode_size <= kOldInodeSize) return nullptr;
    RawInodeExtra* const extra = reinterpret_cast<RawInodeExtra*>(slot + kOldInodeSize);
    const bool sane = extra->size >= sizeof(RawInodeExtra) && extra->size <= inode_size - kOldInodeSize;
    return sane ? extra : nullptr;
}

}  // namespace

Ext2Inode::Ext2Inode(Ext2& file_system, u32 number) : Inode{file_system, number}, object_{*this, *this, 0} {}

Ext2& Ext2Inode::ext2() const
{
    return static_cast<Ext2&>(file_system_);
}
Volume& Ext2Inode::volume() const
{
    return ext2().volume();
}

// ---- Life ----

void Ext2Inode::decode(const RawInode& raw, const RawInodeExtra* extra)
{
    mode_ = raw.mode;
    uid_ = raw.uid_low | u32{raw.uid_high} << 16;
    gid_ = raw.gid_low | u32{raw.gid_high} << 16;
    link_count_ = raw.link_count;
    size_ = raw.size | (is_regular() ? u64{raw.size_high} << 32 : 0);
    blocks_ = raw.sectors;
    flags_ = raw.flags;
    generation_ = raw.generation;
    attribute_block_ = raw.attribute_block;
    accessed_ = decode_time(raw.accessed, extra ? &extra->accessed : nullptr);
    modified_ = decode_time(raw.modified, extra ? &extra->modified : nullptr);
    changed_ = decode_time(raw.changed, extra ? &extra->changed : nullptr);
    SleepGuard guard{map_lock_};
    memcpy(pointers_, raw.blocks, sizeof pointers_);
    if (is_device()) special_ = decode_device(pointers_);
}

void Ext2Inode::encode(RawInode& raw, RawInodeExtra* extra)
{
    raw.mode = static_cast<u16>(mode_);
    raw.uid_low = static_cast<u16>(uid_);
    raw.uid_high = static_cast<u16>(uid_ >> 16);
    raw.gid_low = static_cast<u16>(gid_);
    raw.gid_high = static_cast<u16>(gid_ >> 16);
    raw.link_count = static_cast<u16>(link_count_);
    raw.size = static_cast<u32>(size_);
    if (is_regular()) raw.size_high = static_cast<u32>(size_ >> 32);
    raw.sectors = static_cast<u32>(blocks_);
    raw.flags = flags_;
    raw.generation = generation_;
    raw.attribute_block = attribute_block_;
    raw.accessed = static_cast<u32>(accessed_.seconds);
    raw.modified = static_cast<u32>(modified_.seconds);
    raw.changed = static_cast<u32>(changed_.seconds);
    raw.deleted = link_count_ == 0 ? raw.changed : 0;
    memcpy(raw.blocks, pointers_, sizeof pointers_);
    if (!extra) return;
    extra->accessed = extra_of(accessed_);
    extra->modified = extra_of(modified_);
    extra->changed = extra_of(changed_);
}

// What decode found must be something that the rest of this code can be asked to work with.
Result<void> Ext2Inode::check_loaded() const
{
    if (link_count_ == 0) return damaged("an entry leads to it, but it is not in use: links", 0);
    if (!known_type(mode_)) return damaged("it has no type: mode", mode_);
    if ((flags_ & (kInodeFlagExtents | kInodeFlagInlineData)) != 0)
        return damaged("it is made as ext4 does: flags", flags_);
    if (attribute_block_ != 0 && !volume().is_file_block(attribute_block_))
        return damaged("its attributes lie outside: block", attribute_block_);
    if (is_directory() && size_ % volume().geometry().block_size != 0)
        return damaged("a directory of odd size", static_cast<u32>(size_));
    if (is_symbolic_link() && size_ >= kMaxPath)
        return damaged("a link that is too long", static_cast<u32>(size_));
    return {};
}

Result<void> Ext2Inode::load()
{
    const Volume::InodePlace place = volume().place_of_inode(static_cast<u32>(number_));
    const Block block = TRY(volume().read_block(place.block));
    u8* const slot = const_cast<u8*>(block.bytes()) + place.offset;
    decode(*reinterpret_cast<RawInode*>(slot), times_of(slot, volume().geometry().inode_size));
    TRY(check_loaded());
    if (is_regular()) object_.set_size(size_);
    loaded_ = true;
    return {};
}

void Ext2Inode::begin(const NewInode& wanted)
{
    mode_ = wanted.mode;
    uid_ = wanted.uid;
    gid_ = wanted.gid;
    link_count_ = 1;
    special_ = wanted.special;
    generation_ = ext2().next_generation();
    accessed_ = modified_ = changed_ = current_file_time();
    SleepGuard guard{map_lock_};
    if (is_device()) encode_device(special_, pointers_);
    is_new_ = true;
    loaded_ = true;
}

Result<void> Ext2Inode::store(Transaction& transaction)
{
    dirty_.store(false);  // what changes from here on is stored again
    const u32 inode_size = volume().geometry().inode_size;
    const Volume::InodePlace place = volume().place_of_inode(static_cast<u32>(number_));
    SleepGuard guard{map_lock_};
    const Result<u8*> block = transaction.modify(place.block);
    if (!block.ok()) {
        mark_dirty();
        return block.error();
    }
    u8* const slot = block.value() + place.offset;
    if (is_new_) {
        memset(slot, 0, inode_size);
        if (inode_size > kOldInodeSize)
            reinterpret_cast<RawInodeExtra*>(slot + kOldInodeSize)->size =
                static_cast<u16>(volume().extra_inode_size());
        is_new_ = false;
    }
    encode(*reinterpret_cast<RawInode*>(slot), times_of(slot, inode_size));
    return {};
}

Result<void> Ext2Inode::store_if_dirty()
{
    if (!dirty_.load()) return {};
    Transaction transaction{volume()};
    return store(transaction);
}

void Ext2Inode::mark_dirty()
{
    if (dirty_.load()) return;
    dirty_.store(true);
    ext2().add_dirty(*this);
}

void Ext2Inode::discard()
{
    loaded_ = false;
    destroy(this);
}

// In reclaim the caller may hold any lock of a file system, so what needs locks or the disk is the writer's.
void Ext2Inode::last_ref_dropped()
{
    const bool needs_work = loaded_ && !ext2().is_dead() && !is_clean();
    if (needs_work && current_thread().reclaim_depth != 0) return ext2().postpone(*this);
    finish();
}

// The table keeps the inode until it is written or freed: see Ext2.
void Ext2Inode::finish()
{
    if (loaded_ && !ext2().is_dead() && !is_clean()) {
        if (link_count_ == 0) {
            delete_from_disk();
        } else {
            settle_fresh();
            if (object_.is_dirty()) static_cast<void>(object_.write_back_all());  // errors are in the log
            static_cast<void>(store_if_dirty());
        }
    }
    ext2().remove(*this);
    destroy(this);
}

void Ext2Inode::free_attribute_block(Transaction& transaction)
{
    if (attribute_block_ == 0) return;
    const u32 block = attribute_block_;
    attribute_block_ = 0;
    const Result<u8*> bytes = transaction.modify(block);
    if (!bytes.ok()) return;
    RawAttributeHeader& header = *reinterpret_cast<RawAttributeHeader*>(bytes.value());
    if (header.magic != kAttributeMagic) {
        static_cast<void>(damaged("its attributes are none: block", block));
    } else if (header.reference_count > 1) {
        header.reference_count--;
    } else {
        transaction.forget(block);
        volume().free_blocks(transaction, block, 1);
    }
}

void Ext2Inode::delete_from_disk()
{
    const bool owns_blocks = is_regular() || is_directory() || (is_symbolic_link() && !is_fast_link());
    if (is_regular()) static_cast<void>(object_.truncate(0));
    Transaction transaction{volume()};
    if (owns_blocks) {
        SleepGuard guard{map_lock_};
        free_blocks_from(transaction, 0);
    }
    free_attribute_block(transaction);
    size_ = 0;
    blocks_ = 0;
    static_cast<void>(store(transaction));
    const auto kind = is_directory() ? Volume::InodeKind::Directory : Volume::InodeKind::File;
    volume().free_inode(transaction, static_cast<u32>(number_), kind);
    loaded_ = false;
}

// A fresh block counts: it would have to be written. Looked at without the lock: a wrong answer costs I/O, nothing else.
bool Ext2Inode::is_clean() const NO_THREAD_SAFETY_ANALYSIS
{
    return link_count_ != 0 && !dirty_.load() && !object_.is_dirty() && fresh_.empty();
}

Result<void> Ext2Inode::damaged(const char* what, u32 detail) const
{
    volume().report_damage("inode %u: %s %u", static_cast<u32>(number_), what, detail);
    return Errno::Io;
}

// ---- Attributes ----

void Ext2Inode::touch_change()
{
    modified_ = changed_ = current_file_time();
    mark_dirty();
}

// Linux's relatime: at most once a day, unless the file was changed since. The clock is asked every 256th time.
void Ext2Inode::touch_access(const File& file)
{
    const bool newer = is_later(accessed_, modified_) && is_later(accessed_, changed_);
    if (newer && ++accesses_skipped_ != 0) return;
    if ((file.flags() & kOpenNoAccessTime) != 0 || file_system_.read_only()) return;
    if (file.place() && (file.place().mount->read_only() || file.place().mount->keeps_access_times())) return;
    const FileTime now = current_file_time();
    if (newer && now.seconds - accessed_.seconds < kDaySeconds) return;
    accessed_ = now;
    mark_dirty();
}

Result<void> Ext2Inode::change_attributes(const AttributeChange& change)
{
    if (file_system_.read_only()) return Errno::ReadOnly;
    if (change.permissions) mode_ = (mode_ & kModeTypeMask) | (change.permissions.value() & 07777);
    uid_ = change.uid.value_or(uid_);
    gid_ = change.gid.value_or(gid_);
    accessed_ = change.accessed.value_or(accessed_);
    modified_ = change.modified.value_or(modified_);
    changed_ = current_file_time();
    Transaction transaction{volume()};
    return store(transaction);
}

Result<void> Ext2Inode::truncate(u64 size_bytes)
{
    if (!is_regular()) return is_directory() ? Errno::IsDirectory : Errno::Invalid;
    if (file_system_.read_only()) return Errno::ReadOnly;
    if (size_bytes > kMaxFileSize) return Errno::FileTooBig;
    const bool shrinks = size_bytes < size_;
    TRY(object_.truncate(size_bytes));
    size_ = size_bytes;
    touch_change();
    if (shrinks) free_beyond_end();
    return {};
}

// After it no block lies beyond the end. The last page may reach over several blocks: those behind the end are forgotten,
// which also waits until none of them is being written.
void Ext2Inode::free_beyond_end()
{
    const Geometry& geometry = volume().geometry();
    const u32 end = static_cast<u32>(round_up(size_, u64{geometry.block_size}));
    if (end % kPageSize != 0) object_.forget(end, kPageSize - end % kPageSize);
    Transaction transaction{volume()};
    SleepGuard guard{map_lock_};
    free_blocks_from(transaction, end >> geometry.block_shift);
}

Result<void> Ext2Inode::sync()
{
    if (is_regular()) TRY(object_.write_back_all());
    return settle();
}

Result<void> Ext2Inode::settle()
{
    TRY(store_if_dirty());
    TRY(volume().pages().write_back_all());
    return volume().device().flush();
}

Result<Ref<FileLike>> Ext2Inode::open(u32 flags)
{
    if (is_regular() && size_ > kMaxFileSize) return Errno::Overflow;
    return Inode::open(flags);
}

// ---- Contents ----

Result<u32> Ext2Inode::read(File& file, u64 offset, IoBuffer& buffer)
{
    if (!is_regular()) return is_directory() ? Errno::IsDirectory : Errno::Invalid;
    const Result<u32> done = object_.read(buffer, offset);
    if (done.ok()) touch_access(file);
    return done;
}

Result<u32> Ext2Inode::write(File& file, u64 offset, IoBuffer& buffer)
{
    if (!is_regular()) return is_directory() ? Errno::IsDirectory : Errno::Invalid;
    if (file_system_.read_only()) return Errno::ReadOnly;
    SleepGuard guard{lock_};
    if (file.appends()) offset = size_;
    if (buffer.remaining() == 0) return u32{0};
    if (offset >= kMaxFileSize) return Errno::FileTooBig;
    const u32 wanted = min(buffer.remaining(), kMaxFileSize - static_cast<u32>(offset));
    IoBuffer part = buffer.first(wanted);
    const Result<u32> done = write_extending(offset, part);
    if (done.ok()) buffer.skip(done.value());
    if ((file.flags() & kOpenDataSync) != 0 && done.ok()) TRY(sync());
    return done;
}

// Blocks that were found for bytes which then did not come (no memory, a bad address) do not stay beyond the end.
Result<u32> Ext2Inode::write_extending(u64 offset, IoBuffer& buffer)
{
    const u32 wanted = buffer.remaining();
    write_end_.store(static_cast<u32>(offset) + wanted);
    const Result<u32> done = object_.write(buffer, offset);
    write_end_.store(0);
    size_ = max(size_, object_.size_bytes());
    if (done.value_or(0) != 0) touch_change();
    if (done.value_or(0) == wanted) return done;
    if (offset + wanted > size_) free_beyond_end();
    settle_fresh();
    return done;
}

Result<Ref<MemoryObject>> Ext2Inode::object()
{
    if (!is_regular()) return Errno::NoDevice;
    return Ref<MemoryObject>::share(&object_);
}

Result<u32> Ext2Inode::read_link(Span<char> target)
{
    if (!is_symbolic_link()) return Errno::Invalid;
    const u32 size = static_cast<u32>(min(u64{target.size()}, size_));
    if (is_fast_link()) {
        if (size_ > sizeof pointers_)
            return damaged("a short link that is too long:", static_cast<u32>(size_)).error();
        SleepGuard guard{map_lock_};
        memcpy(target.data(), pointers_, size);
        return size;
    }
    if (size_ > volume().geometry().block_size) return damaged("a link longer than its block:", size).error();
    const u32 block = TRY(directory_block(0));
    const Block text = TRY(volume().read_block(block));
    memcpy(target.data(), text.bytes(), size);
    return size;
}

}  // namespace faultline::ext2
