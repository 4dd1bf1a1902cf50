#include "fs/tmpfs_directory.h"

#include "fs/hashed_name.h"
#include "lib/string.h"
#include "mm/heap.h"

namespace faultline {

TmpDirectory::~TmpDirectory()
{
    for (auto entry = by_position_.next(0); entry; entry = by_position_.next(entry->key + 1))
        heap_free(reinterpret_cast<Name*>(entry->value));
}

void TmpDirectory::last_ref_dropped()
{
    tmpfs().leave(*this);
    destroy(this);
}

TmpDirectory::Name* TmpDirectory::find(StringView text) const
{
    const u32 hash = hashed(text).hash;
    Name* name = reinterpret_cast<Name*>(by_hash_.find(key_of(hash)));
    while (name && !(name->hash == hash && same_bytes({name->bytes, name->length}, text)))
        name = name->next_of_hash;
    return name;
}

Result<void> TmpDirectory::enter_maps(Name& name)
{
    if (next_position_ == ~0u) return Errno::NoSpace;
    name.position = next_position_;
    name.next_of_hash = reinterpret_cast<Name*>(by_hash_.find(key_of(name.hash)));
    TRY(by_position_.insert(name.position, reinterpret_cast<u32>(&name)));
    const Result<void> hashed_in = by_hash_.insert(key_of(name.hash), reinterpret_cast<u32>(&name));
    if (!hashed_in.ok()) by_position_.remove(name.position);
    TRY(hashed_in);
    next_position_++;
    return {};
}

Result<TmpDirectory::Name*> TmpDirectory::add(StringView text, TmpInode& inode)
{
    const u32 size = static_cast<u32>(sizeof(Name) + text.size());
    Name* const name = static_cast<Name*>(TRY(with_reclaim([&] { return heap_allocate(size); })));
    name->inode = &inode;
    name->hash = hashed(text).hash;
    name->length = static_cast<u32>(text.size());
    memcpy(name->bytes, text.data(), text.size());
    const Result<void> entered = with_reclaim([&] { return enter_maps(*name); });
    if (!entered.ok()) {
        heap_free(name);
        return entered.error();
    }
    count_names(1);
    return name;
}

void TmpDirectory::remove(Name& name)
{
    const u32 key = key_of(name.hash);
    Name* first = reinterpret_cast<Name*>(by_hash_.find(key));
    if (first != &name) {
        while (first->next_of_hash != &name)
            first = first->next_of_hash;
        first->next_of_hash = name.next_of_hash;
    } else if (name.next_of_hash) {
        static_cast<void>(
            by_hash_.insert(key, reinterpret_cast<u32>(name.next_of_hash)).ok());  // it is there
    } else {
        by_hash_.remove(key);
    }
    by_position_.remove(name.position);
    heap_free(&name);
    count_names(-1);
}

Result<Ref<Inode>> TmpDirectory::lookup(StringView text)
{
    Name* const name = find(text);
    if (!name) return Errno::NoEntry;
    return Ref<Inode>::share(name->inode);
}

Result<void> TmpDirectory::give_name(StringView name, TmpInode& inode)
{
    TRY(add(name, inode));
    inode.add_link();
    return {};
}

Result<Ref<Inode>> TmpDirectory::create_nameless(const NewInode& wanted)
{
    return Ref<Inode>{TRY(make_tmp_file(tmpfs(), wanted))};
}

Result<Ref<Inode>> TmpDirectory::create(StringView name, const NewInode& wanted)
{
    const bool is_regular = (wanted.mode & kModeTypeMask) == kModeRegular;
    Ref<TmpInode> inode = TRY(is_regular ? make_tmp_file(tmpfs(), wanted) : make_tmp_node(tmpfs(), wanted));
    TRY(give_name(name, *inode));
    return Ref<Inode>{move(inode)};
}

Result<Ref<Inode>> TmpDirectory::make_directory(StringView name, const NewInode& wanted)
{
    const Ref<TmpDirectory> made = TRY(make_inode<TmpDirectory>(tmpfs(), wanted));
    TRY(give_name(name, *made));
    made->add_link();  // its own "."
    made->parent = this;
    link_count_++;  // its ".."
    return Ref<Inode>{made};
}

Result<Ref<Inode>> TmpDirectory::make_symbolic_link(StringView name, StringView target,
                                                    const NewInode& wanted)
{
    const Ref<TmpInode> link = TRY(make_tmp_link(tmpfs(), wanted, target));
    TRY(give_name(name, *link));
    return Ref<Inode>{link};
}

Result<void> TmpDirectory::link(StringView name, Inode& target)
{
    TmpInode& inode = static_cast<TmpInode&>(target);
    const bool is_further = inode.is_linked();  // a nameless file's first name is its own
    if (is_further) TRY(tmpfs().reserve_link());
    const Result<void> given = give_name(name, inode);
    if (!given.ok() && is_further) tmpfs().release_link();
    if (given.ok()) inode.touch_change();
    return given;
}

Result<void> TmpDirectory::unlink(StringView name, Inode& target)
{
    TmpInode& inode = static_cast<TmpInode&>(target);
    remove(*find(name));
    inode.touch_change();
    if (inode.link_count() > 1) tmpfs().release_link();
    inode.drop_link();
    return {};
}

Result<void> TmpDirectory::remove_directory(StringView name, Inode& target)
{
    TmpDirectory& directory = static_cast<TmpDirectory&>(target);
    if (!directory.empty()) return Errno::NotEmpty;
    remove(*find(name));
    link_count_--;
    directory.touch_change();
    directory.drop_all_links();
    return {};
}

// The new name is made before anything goes, so that a failure leaves all as it was.
Result<void> TmpDirectory::rename(StringView name, Inode& moved_inode, Inode& to, StringView to_name,
                                  Inode* replaced)
{
    TmpInode& moved = static_cast<TmpInode&>(moved_inode);
    TmpDirectory& target = static_cast<TmpDirectory&>(to);
    const bool is_directory = moved.is_directory();
    if (replaced && is_directory && !static_cast<TmpDirectory*>(replaced)->empty()) return Errno::NotEmpty;
    if (replaced) {
        target.find(to_name)->inode = &moved;
        target.touch();
    } else {
        TRY(target.add(to_name, moved));
    }
    remove(*find(name));
    if (is_directory) {
        link_count_--;
        if (!replaced) target.link_count_++;
        static_cast<TmpDirectory&>(moved).parent = &target;
    }
    moved.touch_change();
    if (!replaced) return {};
    TmpInode& gone = static_cast<TmpInode&>(*replaced);
    gone.touch_change();
    if (gone.link_count() > 1 && !is_directory) tmpfs().release_link();
    if (is_directory)
        gone.drop_all_links();
    else
        gone.drop_link();
    return {};
}

void TmpDirectory::move_parent(TmpInode& inode, TmpDirectory& from, TmpDirectory& to)
{
    inode.touch_change();
    if (!inode.is_directory()) return;
    from.link_count_--;
    to.link_count_++;
    static_cast<TmpDirectory&>(inode).parent = &to;
}

Result<void> TmpDirectory::exchange(StringView name, Inode& inode_base, Inode& other_directory,
                                    StringView other_name, Inode& other_base)
{
    TmpInode& inode = static_cast<TmpInode&>(inode_base);
    TmpInode& other = static_cast<TmpInode&>(other_base);
    TmpDirectory& target = static_cast<TmpDirectory&>(other_directory);
    find(name)->inode = &other;
    target.find(other_name)->inode = &inode;
    move_parent(inode, *this, target);
    move_parent(other, target, *this);
    touch();
    target.touch();
    return {};
}

Result<u64> TmpDirectory::read_directory(u64 position, DirectorySink& sink)
{
    const u8 type = directory_type_of(kModeDirectory);
    if (position == 0) {
        if (!sink.take(sink, ".", number_, type, 1)) return u64{0};
        position = 1;
    }
    if (position == 1) {
        if (!sink.take(sink, "..", parent->number_, type, kFirstPosition)) return u64{1};
        position = kFirstPosition;
    }
    while (position <= ~0u) {
        const auto entry = by_position_.next(static_cast<u32>(position));
        if (!entry) break;
        const Name& name = *reinterpret_cast<Name*>(entry->value);
        const TmpInode& inode = *name.inode;
        if (!sink.take(sink, {name.bytes, name.length}, inode.number(), directory_type_of(inode.mode()),
                       u64{name.position} + 1))
            return u64{name.position};
        position = u64{name.position} + 1;
    }
    return position;
}

}  // namespace faultline
