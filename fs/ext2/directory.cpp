// Directories: names in blocks that belong to the directory's inode, read and changed as metadata of the volume.
//
// Linear: a hashed directory is read as one (its index blocks look empty) and loses its index at the first change.
#include "fs/ext2/file_system.h"
#include "fs/ext2/inode.h"
#include "lib/string.h"

namespace faultline::ext2 {

namespace {

// The block's entries; for reading only where it did not come from a transaction.
DirectoryBlock entries_of(const Block& block, const Geometry& geometry)
{
    return DirectoryBlock{const_cast<u8*>(block.bytes()), geometry};
}

Ext2Inode& ext2_inode(Inode& inode)
{
    return static_cast<Ext2Inode&>(inode);
}

}  // namespace

// ---- Finding ----

Result<u32> Ext2Inode::directory_block(u32 index)
{
    SleepGuard guard{map_lock_};
    const u32 block = TRY(find_block(index));
    if (block == 0) return damaged("it lacks a block it needs: index", index).error();
    return block;
}

Result<Ext2Inode::Found> Ext2Inode::find_name(StringView name)
{
    for (u32 index = 0; index < directory_blocks(); index++) {
        const u32 number = TRY(directory_block(index));
        Block block = TRY(volume().read_block(number));
        const DirectoryBlock entries = entries_of(block, volume().geometry());
        const Result<Optional<DirectoryBlock::Position>> found = entries.find(name);
        if (!found.ok()) return damaged("its entries make no sense in block", index).error();
        if (!found.value()) continue;
        const DirectoryBlock::Position position = found.value().value();
        return Found{index, number, move(block), position, entries.inode_at(position)};
    }
    return Errno::NoEntry;
}

// The entry that the caller knows to be there, and to lead to `target`.
Result<Ext2Inode::Found> Ext2Inode::find_entry_of(StringView name, const Inode& target)
{
    Found found = TRY(find_name(name));
    if (found.inode != target.number()) return damaged("an entry changed its inode to", found.inode).error();
    return found;
}

Result<Ref<Inode>> Ext2Inode::lookup(StringView name)
{
    if (!is_directory()) return Errno::NotDirectory;
    const Found found = TRY(find_name(name));
    if (found.inode == number_) return damaged("it contains itself as entry of block", found.index).error();
    return Ref<Inode>{TRY(ext2().find_inode(found.inode))};
}

Result<bool> Ext2Inode::holds_no_names()
{
    for (u32 index = 0; index < directory_blocks(); index++) {
        const u32 number = TRY(directory_block(index));
        const Block block = TRY(volume().read_block(number));
        const Result<bool> empty = entries_of(block, volume().geometry()).is_empty();
        if (!empty.ok()) return damaged("its entries make no sense in block", index).error();
        if (!empty.value()) return false;
    }
    return true;
}

// A position is a byte offset in the directory: that of the entry to come next.
Result<u64> Ext2Inode::read_directory(u64 position, DirectorySink& sink)
{
    const Geometry& geometry = volume().geometry();
    while (position < size_) {
        const u32 index = static_cast<u32>(position >> geometry.block_shift);
        const u32 number = TRY(directory_block(index));
        const Block block = TRY(volume().read_block(number));
        const DirectoryBlock entries = entries_of(block, geometry);
        const u64 start = u64{index} << geometry.block_shift;
        Result<u32> offset = entries.first_entry_from(static_cast<u32>(position - start));
        while (offset.ok() && offset.value() < geometry.block_size) {
            const Result<EntryView> entry = entries.entry_at(offset.value());
            if (!entry.ok()) return damaged("its entries make no sense in block", index).error();
            const EntryView& view = entry.value();
            const u64 next = start + view.offset + view.record_size;
            const u8 type = directory_type_of_entry(view.type);
            if (view.inode != 0 && !sink.take(sink, view.name, view.inode, type, next))
                return start + view.offset;
            offset.value() += view.record_size;
        }
        if (!offset.ok()) return damaged("its entries make no sense in block", index).error();
        position = start + geometry.block_size;
    }
    return position;
}

// ---- Changing ----

void Ext2Inode::directory_changed()
{
    flags_ &= ~kInodeFlagIndex;
    modified_ = changed_ = current_file_time();
}

Result<bool> Ext2Inode::add_name_to_block(Transaction& transaction, u32 index, StringView name, u32 inode,
                                          u32 mode)
{
    const u32 number = TRY(directory_block(index));
    const Block block = TRY(volume().read_block(number));
    const Result<Optional<u32>> room =
        entries_of(block, volume().geometry()).find_room(name.size(), room_offset_);
    if (!room.ok()) return damaged("its entries make no sense in block", index).error();
    if (!room.value()) return false;
    DirectoryBlock entries{transaction.modify_pinned(number, block.frame()), volume().geometry()};
    room_offset_ = entries.insert_behind(room.value().value(), name, inode, entry_type_of_mode(mode));
    return true;
}

Result<void> Ext2Inode::add_name_to_new_block(Transaction& transaction, StringView name, u32 inode, u32 mode)
{
    const u32 block_size = volume().geometry().block_size;
    if (size_ > kMaxFileSize - block_size) return Errno::NoSpace;
    bool is_new = false;
    u32 number;
    {
        SleepGuard guard{map_lock_};
        number = TRY(find_or_add_block(transaction, directory_blocks(), is_new));
    }
    DirectoryBlock entries{TRY(transaction.modify(number)), volume().geometry()};
    entries.clear();
    TRY(entries.insert(name, inode, entry_type_of_mode(mode)));
    size_ += block_size;
    return {};
}

Result<void> Ext2Inode::add_name(Transaction& transaction, StringView name, u32 inode, u32 mode)
{
    for (; room_hint_ < directory_blocks(); room_hint_++, room_offset_ = 0)
        if (TRY(add_name_to_block(transaction, room_hint_, name, inode, mode))) return {};
    return add_name_to_new_block(transaction, name, inode, mode);
}

void Ext2Inode::remove_entry(Transaction& transaction, const Found& found)
{
    DirectoryBlock entries{transaction.modify_pinned(found.number, found.block.frame()), volume().geometry()};
    entries.remove(found.position);
    // The entry before it has room now, and may have swallowed the one that the hint named.
    if (found.index > room_hint_) return;
    room_offset_ =
        found.index == room_hint_ ? min(room_offset_, found.position.previous) : found.position.previous;
    room_hint_ = found.index;
}

Result<void> Ext2Inode::point_entry(Transaction& transaction, StringView name, const Inode& old_target,
                                    const Inode& target)
{
    const Found found = TRY(find_entry_of(name, old_target));
    DirectoryBlock entries{transaction.modify_pinned(found.number, found.block.frame()), volume().geometry()};
    entries.set_inode(found.position.offset, static_cast<u32>(target.number()),
                      entry_type_of_mode(target.mode()));
    return {};
}

// ---- Making ----

// An inode without a name, near this directory's.
Result<Ref<Ext2Inode>> Ext2Inode::new_child(Transaction& transaction, const NewInode& wanted,
                                            Volume::InodeKind kind)
{
    const u32 number = TRY(volume().allocate_inode(transaction, static_cast<u32>(number_), kind));
    Result<Ref<Ext2Inode>> made = ext2().new_inode(number);
    if (made.ok())
        made.value()->begin(wanted);
    else
        volume().free_inode(transaction, number, kind);
    return made;
}

// Makes an inode with its contents (by `fill`) and its name. Where a step fails the inode goes with its last count, and
// all it had with it, because it has no links.
template <class Fill>
Result<Ref<Inode>> Ext2Inode::add_inode(StringView name, const NewInode& wanted, Volume::InodeKind kind,
                                        Fill fill)
{
    if (file_system_.read_only()) return Errno::ReadOnly;
    if (link_count_ == 0) return Errno::NoEntry;
    Ref<Ext2Inode> child;  // goes after the transaction
    Transaction transaction{volume()};
    child = TRY(new_child(transaction, wanted, kind));
    Result<void> done = fill(transaction, *child);
    if (done.ok()) done = child->store(transaction);
    if (done.ok()) done = add_name(transaction, name, static_cast<u32>(child->number_), wanted.mode);
    if (!done.ok()) {
        child->link_count_ = 0;
        return done.error();
    }
    directory_changed();
    if (kind == Volume::InodeKind::Directory) link_count_++;
    TRY(store(transaction));
    return Ref<Inode>{child};
}

Result<Ref<Inode>> Ext2Inode::create(StringView name, const NewInode& wanted)
{
    return add_inode(name, wanted, Volume::InodeKind::File,
                     [](Transaction&, Ext2Inode&) { return Result<void>{}; });
}

// It is on the disk as a file that was removed while it was open.
Result<Ref<Inode>> Ext2Inode::create_nameless(const NewInode& wanted)
{
    if (file_system_.read_only()) return Errno::ReadOnly;
    if (link_count_ == 0) return Errno::NoEntry;
    Ref<Ext2Inode> child;  // goes after the transaction
    Transaction transaction{volume()};
    child = TRY(new_child(transaction, wanted, Volume::InodeKind::File));
    child->link_count_ = 0;
    TRY(child->store(transaction));
    return Ref<Inode>{child};
}

Result<void> Ext2Inode::fill_new_directory(Transaction& transaction, u32 parent)
{
    link_count_ = 2;
    bool is_new = false;
    u32 number;
    {
        SleepGuard guard{map_lock_};
        number = TRY(find_or_add_block(transaction, 0, is_new));
    }
    DirectoryBlock entries{TRY(transaction.modify(number)), volume().geometry()};
    entries.make_dots(static_cast<u32>(number_), parent);
    size_ = volume().geometry().block_size;
    return {};
}

Result<Ref<Inode>> Ext2Inode::make_directory(StringView name, const NewInode& wanted)
{
    if (link_count_ >= kMaxLinks) return Errno::TooManyLinks;
    return add_inode(name, wanted, Volume::InodeKind::Directory,
                     [this](Transaction& transaction, Ext2Inode& child) {
                         return child.fill_new_directory(transaction, static_cast<u32>(number_));
                     });
}

Result<void> Ext2Inode::fill_new_link(Transaction& transaction, StringView target)
{
    SleepGuard guard{map_lock_};
    size_ = target.size();
    if (target.size() < sizeof pointers_) {
        memcpy(pointers_, target.data(), target.size());
        return {};
    }
    bool is_new = false;
    const u32 number = TRY(find_or_add_block(transaction, 0, is_new));
    memcpy(TRY(transaction.modify(number)), target.data(), target.size());
    return {};
}

Result<Ref<Inode>> Ext2Inode::make_symbolic_link(StringView name, StringView target, const NewInode& wanted)
{
    if (target.size() >= volume().geometry().block_size) return Errno::NameTooLong;
    return add_inode(name, wanted, Volume::InodeKind::File, [&](Transaction& transaction, Ext2Inode& child) {
        return child.fill_new_link(transaction, target);
    });
}

// ---- Links ----

Result<void> Ext2Inode::link(StringView name, Inode& target)
{
    Ext2Inode& inode = ext2_inode(target);
    if (file_system_.read_only()) return Errno::ReadOnly;
    if (inode.link_count_ >= kMaxLinks) return Errno::TooManyLinks;
    if (link_count_ == 0) return Errno::NoEntry;
    Transaction transaction{volume()};
    TRY(add_name(transaction, name, static_cast<u32>(inode.number_), inode.mode_));
    directory_changed();
    inode.link_count_++;
    inode.changed_ = current_file_time();
    TRY(inode.store(transaction));
    return store(transaction);
}

// `target` lost a name (a directory: all of them).
void Ext2Inode::finish_unlink(Transaction& transaction, Ext2Inode& target, u32 links)
{
    directory_changed();
    target.link_count_ = links;
    target.changed_ = changed_;
    // Without links it will be stored when it is freed, which is mostly at once. What fails to be stored stays dirty.
    if (links == 0)
        target.mark_dirty();
    else
        static_cast<void>(target.store(transaction));
    static_cast<void>(store(transaction));
}

Result<void> Ext2Inode::unlink(StringView name, Inode& base)
{
    if (file_system_.read_only()) return Errno::ReadOnly;
    Ext2Inode& target = ext2_inode(base);
    const Found found = TRY(find_entry_of(name, target));
    Transaction transaction{volume()};
    remove_entry(transaction, found);
    finish_unlink(transaction, target, target.link_count_ == 0 ? 0 : target.link_count_ - 1);
    return {};
}

Result<void> Ext2Inode::remove_directory(StringView name, Inode& base)
{
    if (file_system_.read_only()) return Errno::ReadOnly;
    Ext2Inode& target = ext2_inode(base);
    if (!TRY(target.holds_no_names())) return Errno::NotEmpty;
    const Found found = TRY(find_entry_of(name, target));
    Transaction transaction{volume()};
    remove_entry(transaction, found);
    if (link_count_ > 2) link_count_--;  // its ".." is gone
    finish_unlink(transaction, target, 0);
    return {};
}

// The new name first, then the old one goes: a crash in between leaves two names, never none.
Result<void> Ext2Inode::rename(StringView name, Inode& moved_base, Inode& to_base, StringView to_name,
                               Inode* replaced_base)
{
    if (file_system_.read_only()) return Errno::ReadOnly;
    Ext2Inode& moved = ext2_inode(moved_base);
    Ext2Inode& to = ext2_inode(to_base);
    Ext2Inode* const replaced = static_cast<Ext2Inode*>(replaced_base);
    const bool is_directory_move = moved.is_directory() && &to != this;
    if (replaced && replaced->is_directory() && !TRY(replaced->holds_no_names())) return Errno::NotEmpty;
    if (is_directory_move && !replaced && to.link_count_ >= kMaxLinks) return Errno::TooManyLinks;
    if (to.link_count_ == 0) return Errno::NoEntry;

    Transaction transaction{volume()};
    if (replaced)
        TRY(to.point_entry(transaction, to_name, *replaced, moved));
    else
        TRY(to.add_name(transaction, to_name, static_cast<u32>(moved.number_), moved.mode_));
    const Found old = TRY(find_entry_of(name, moved));
    remove_entry(transaction, old);
    to.directory_changed();
    if (is_directory_move) {
        TRY(moved.point_entry(transaction, "..", *this, to));
        if (link_count_ > 2) link_count_--;
        to.link_count_++;
    }
    if (replaced) {
        const bool was_directory = replaced->is_directory();
        if (was_directory && to.link_count_ > 2) to.link_count_--;
        const u32 links = was_directory || replaced->link_count_ == 0 ? 0 : replaced->link_count_ - 1;
        to.finish_unlink(transaction, *replaced, links);
    }
    moved.changed_ = current_file_time();
    TRY(moved.store(transaction));
    directory_changed();
    TRY(store(transaction));
    return &to != this ? to.store(transaction) : Result<void>{};
}

// A directory goes from one parent to another: its ".." and their counts of links.
Result<void> Ext2Inode::move_parent(Transaction& transaction, Ext2Inode& from, Ext2Inode& to)
{
    if (!is_directory() || &from == &to) return {};
    TRY(point_entry(transaction, "..", from, to));
    if (from.link_count_ > 2) from.link_count_--;
    to.link_count_++;
    return {};
}

// Both entries are found before either is changed, and no entry changes its size, so nothing is left half done.
Result<void> Ext2Inode::exchange(StringView name, Inode& inode_base, Inode& other_directory_base,
                                 StringView other_name, Inode& other_base)
{
    if (file_system_.read_only()) return Errno::ReadOnly;
    Ext2Inode& inode = ext2_inode(inode_base);
    Ext2Inode& other_directory = ext2_inode(other_directory_base);
    Ext2Inode& other = ext2_inode(other_base);
    TRY(find_entry_of(name, inode));
    TRY(other_directory.find_entry_of(other_name, other));
    const bool gains = inode.is_directory() && !other.is_directory() && &other_directory != this;
    if (gains && other_directory.link_count_ >= kMaxLinks) return Errno::TooManyLinks;
    const bool gives = other.is_directory() && !inode.is_directory() && &other_directory != this;
    if (gives && link_count_ >= kMaxLinks) return Errno::TooManyLinks;

    Transaction transaction{volume()};
    TRY(point_entry(transaction, name, inode, other));
    TRY(other_directory.point_entry(transaction, other_name, other, inode));
    TRY(inode.move_parent(transaction, *this, other_directory));
    TRY(other.move_parent(transaction, other_directory, *this));
    directory_changed();
    other_directory.directory_changed();
    inode.changed_ = other.changed_ = changed_;
    TRY(inode.store(transaction));
    TRY(other.store(transaction));
    TRY(store(transaction));
    return &other_directory != this ? other_directory.store(transaction) : Result<void>{};
}

}  // namespace faultline::ext2
