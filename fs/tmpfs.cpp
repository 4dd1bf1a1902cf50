// Inodes of one instance stand on a list. A linked inode has one count for all of its names, so that directories need no
// counts of their own and a deep tree goes without recursion.
//
// Locks: an inode's own lock guards its directory and its contents' size, as everywhere; lock_ of the instance (spin) the list
// of inodes and their number.
#include "fs/tmpfs.h"

#include "fs/file.h"
#include "fs/file_system.h"
#include "fs/memory_file.h"
#include "fs/memory_seals.h"
#include "fs/tmpfs_options.h"
#include "fs/with_reclaim.h"
#include "lib/bits.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/heap.h"

namespace faultline {

namespace {

constexpr u32 kMagic = 0x01021994;           // TMPFS_MAGIC
constexpr u32 kEntryBytes = 20;              // what a name adds to its directory's size, as Linux counts
constexpr u32 kEmptySize = 2 * kEntryBytes;  // "." and ".."

class TmpInode;
struct InodesTag;

class Tmpfs final : public FileSystem {
public:
    explicit Tmpfs(const TmpfsOptions& options)
        : budget_{static_cast<u32>(min(options.size_bytes / kPageSize, u64{~0u}))}, options_{options}
    {
        device_ = anonymous_device_number();
    }

    const char* type_name() const override { return "tmpfs"; }
    Result<Ref<Inode>> root() override;
    FileSystemUsage usage() override;
    Result<void> unmount() override;
    Result<void> remount_with(bool read_only, const char* options) override;
    void show_options(Span<char> text) const override;
    void last_ref_dropped() override { destroy(this); }

    PageBudget& budget() { return budget_; }
    Result<void> enter(TmpInode& inode);  // NoSpace: too many
    void leave(TmpInode& inode);
    Result<void> reserve_link();  // a further name counts as an inode does
    void release_link();
    u64 next_number() { return numbers_.fetch_add(1); }

private:
    bool is_idle_locked() REQUIRES(lock_);
    TmpInode* next_linked();

    PageBudget budget_;
    TmpfsOptions options_;
    Atomic<u32> numbers_{1};
    SpinLock lock_{LockRank::Cache};
    IntrusiveList<TmpInode, InodesTag> inodes_ GUARDED_BY(lock_);
    u32 inode_count_ GUARDED_BY(lock_) = 0;
    Inode* root_ = nullptr;
};

// ---- Inodes ----

class TmpInode : public Inode, public ListNode<InodesTag> {
public:
    TmpInode(Tmpfs& file_system, const NewInode& wanted) : Inode{file_system, file_system.next_number()}
    {
        mode_ = wanted.mode;
        uid_ = wanted.uid;
        gid_ = wanted.gid;
        special_ = wanted.special;
        accessed_ = modified_ = changed_ = current_file_time();
    }

    Tmpfs& tmpfs() const { return static_cast<Tmpfs&>(file_system_); }
    Result<void> change_attributes(const AttributeChange& change) override;
    // A name of it was made, or is gone. The first has a count, which the last gives back.
    void add_link();
    void drop_link();
    void drop_all_links();
    bool is_linked() const { return link_count_ != 0; }
    void touch() { modified_ = changed_ = current_file_time(); }
    void touch_change() { changed_ = current_file_time(); }

protected:
    ~TmpInode() = default;
    friend class TmpDirectory;
};

void TmpInode::add_link()
{
    if (link_count_++ == 0) retain();
}

void TmpInode::drop_link()
{
    if (--link_count_ == 0) Ref<Inode>::adopt(this);
}

void TmpInode::drop_all_links()
{
    link_count_ = 0;
    Ref<Inode>::adopt(this);
}

Result<void> TmpInode::change_attributes(const AttributeChange& change)
{
    if (change.permissions) mode_ = (mode_ & kModeTypeMask) | (change.permissions.value() & 07777);
    uid_ = change.uid.value_or(uid_);
    gid_ = change.gid.value_or(gid_);
    accessed_ = change.accessed.value_or(accessed_);
    modified_ = change.modified.value_or(modified_);
    changed_ = current_file_time();
    return {};
}

// Enters the inode into its instance; where that is full, the inode ends.
template <class T, class... A> Result<Ref<T>> make_inode(Tmpfs& file_system, A&&... arguments)
{
    const Ref<T> inode = Ref<T>::adopt(TRY(with_reclaim([&] { return make<T>(file_system, arguments...); })));
    TRY(file_system.enter(*inode));
    return inode;
}

// ---- Regular files ----

class TmpFile final : public TmpInode {
public:
    TmpFile(Tmpfs& file_system, const NewInode& wanted)
        : TmpInode{file_system, wanted}, contents_{*this, file_system.budget()}
    {
    }

    Result<u32> read(File& file, u64 offset, IoBuffer& buffer) override;
    Result<u32> write(File& file, u64 offset, IoBuffer& buffer) override;
    Result<void> truncate(u64 size_bytes) override;
    Result<void> allocate(u64 start, u64 end) override;
    Result<void> punch(u64 start, u64 end) override;
    void attributes(Attributes& out) const override;
    Result<Ref<MemoryObject>> object() override { return Ref<MemoryObject>::share(&contents_); }
    MemorySeals* seals() override { return &seals_; }
    void last_ref_dropped() override;

private:
    MemoryFile contents_;
    MemorySeals seals_;
};

void TmpFile::last_ref_dropped()
{
    tmpfs().leave(*this);
    destroy(this);
}

void TmpFile::attributes(Attributes& out) const
{
    Inode::attributes(out);
    out.blocks = contents_.blocks();
}

Result<u32> TmpFile::read(File& file, u64 offset, IoBuffer& buffer)
{
    const Result<u32> done = contents_.read(buffer, offset);
    const bool quiet =
        (file.flags() & kOpenNoAccessTime) != 0 || (file.place() && file.place().mount->keeps_access_times());
    if (done.ok() && !quiet) accessed_ = current_file_time();
    return done;
}

Result<u32> TmpFile::write(File& file, u64 offset, IoBuffer& buffer)
{
    SleepGuard guard{lock_};
    if (file.appends()) offset = size_;
    if (buffer.remaining() == 0) return u32{0};
    TRY(seals_.check_write(offset, buffer.remaining(), size_));
    if (offset >= MemoryFile::kMaxSize) return Errno::FileTooBig;
    const Result<u32> done = contents_.write(buffer, offset);
    size_ = contents_.size_bytes();
    if (done.value_or(0) != 0) touch();
    return done;
}

Result<void> TmpFile::truncate(u64 size_bytes)
{
    TRY(seals_.check_resize(size_bytes, size_));
    TRY(contents_.truncate(size_bytes));
    size_ = size_bytes;
    touch();
    return {};
}

Result<void> TmpFile::allocate(u64 start, u64 end)
{
    if (end > MemoryFile::kMaxSize) return Errno::FileTooBig;
    const bool grows = end > size_;
    if (grows) TRY(seals_.check_resize(end, size_));
    TRY(contents_.allocate(start, end - start));
    if (grows) return truncate(end);
    touch_change();
    return {};
}

Result<void> TmpFile::punch(u64 start, u64 end)
{
    TRY(seals_.check_write(start, 0, size_));
    TRY(contents_.punch(start, end - start));
    touch();
    return {};
}

// ---- Symbolic links, and devices, fifos and sockets ----

class TmpLink final : public TmpInode {
public:
    TmpLink(Tmpfs& file_system, const NewInode& wanted, char* target, u32 size)
        : TmpInode{file_system, wanted}, target_{target}
    {
        size_ = size;
    }
    Result<u32> read_link(Span<char> target) override
    {
        const u32 size = static_cast<u32>(min(u64{target.size()}, size_));
        memcpy(target.data(), target_, size);
        return size;
    }
    void last_ref_dropped() override
    {
        tmpfs().leave(*this);
        heap_free(target_);
        destroy(this);
    }

private:
    char* target_;
};

class TmpNode final : public TmpInode {
public:
    using TmpInode::TmpInode;
    void last_ref_dropped() override
    {
        tmpfs().leave(*this);
        destroy(this);
    }
};

// ---- Directories ----

// Names by hash for lookup (chains within one hash), and by an ever-growing position for reading.
class TmpDirectory final : public TmpInode {
public:
    TmpDirectory(Tmpfs& file_system, const NewInode& wanted) : TmpInode{file_system, wanted}
    {
        size_ = kEmptySize;
    }
    ~TmpDirectory();

    Result<Ref<Inode>> lookup(StringView name) override;
    Result<Ref<Inode>> create(StringView name, const NewInode& wanted) override;
    Result<Ref<Inode>> create_nameless(const NewInode& wanted) override;
    Result<Ref<Inode>> make_directory(StringView name, const NewInode& wanted) override;
    Result<Ref<Inode>> make_symbolic_link(StringView name, StringView target,
                                          const NewInode& wanted) override;
    Result<void> link(StringView name, Inode& target) override;
    Result<void> unlink(StringView name, Inode& target) override;
    Result<void> remove_directory(StringView name, Inode& target) override;
    Result<void> rename(StringView name, Inode& moved, Inode& to_directory, StringView to_name,
                        Inode* replaced) override;
    Result<void> exchange(StringView name, Inode& inode, Inode& other_directory, StringView other_name,
                          Inode& other) override;
    Result<u64> read_directory(u64 position, DirectorySink& sink) override;
    void last_ref_dropped() override;

    TmpDirectory* parent = nullptr;  // itself for the root; for ".." in listings

private:
    static void move_parent(TmpInode& inode, TmpDirectory& from, TmpDirectory& to);
    struct Name {
        Name* next_of_hash;
        TmpInode* inode;
        u32 position;
        u32 hash;
        u32 length;
        char bytes[];
    };
    static constexpr u32 kFirstPosition = 2;  // "." and ".." stand before it

    Name* find(StringView name) const;
    Result<Name*> add(StringView name, TmpInode& inode);
    void remove(Name& name);
    Result<void> enter_maps(Name& name);
    static u32 key_of(u32 hash) { return hash & 0xfff; }
    bool empty() const { return size_ == kEmptySize; }
    Result<void> give_name(StringView name, TmpInode& inode);
    void count_names(i32 change)
    {
        size_ += static_cast<u64>(static_cast<i64>(change) * kEntryBytes);
        touch();
    }

    RadixMap<HeapNodes> by_hash_, by_position_;
    u32 next_position_ = kFirstPosition;
};

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
    return Ref<Inode>{TRY(make_inode<TmpFile>(tmpfs(), wanted))};
}

Result<Ref<Inode>> TmpDirectory::create(StringView name, const NewInode& wanted)
{
    Ref<TmpInode> inode;
    if ((wanted.mode & kModeTypeMask) == kModeRegular)
        inode = TRY(make_inode<TmpFile>(tmpfs(), wanted));
    else
        inode = TRY(make_inode<TmpNode>(tmpfs(), wanted));
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
    const u32 size = static_cast<u32>(target.size());
    char* const text = static_cast<char*>(TRY(with_reclaim([&] { return heap_allocate(max(size, 1u)); })));
    memcpy(text, target.data(), size);
    auto made = with_reclaim([&] { return make<TmpLink>(tmpfs(), wanted, text, size); });
    if (!made.ok()) {
        heap_free(text);
        return made.error();
    }
    const Ref<TmpLink> link = Ref<TmpLink>::adopt(made.value());
    TRY(tmpfs().enter(*link));
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

// ---- The instance ----

Result<void> Tmpfs::enter(TmpInode& inode)
{
    SpinGuard guard{lock_};
    if (inode_count_ >= options_.inodes) return Errno::NoSpace;
    inode_count_++;
    inodes_.push_back(inode);
    return {};
}

void Tmpfs::leave(TmpInode& inode)
{
    SpinGuard guard{lock_};
    if (!inode.on_list()) return;  // it never entered
    inode_count_--;
    inodes_.remove(inode);
}

Result<Ref<Inode>> Tmpfs::root()
{
    const NewInode wanted{kModeDirectory | options_.mode, options_.uid, options_.gid, {}};
    const Ref<TmpDirectory> made = TRY(make_inode<TmpDirectory>(*this, wanted));
    made->parent = made.get();
    made->add_link();
    made->add_link();
    root_ = made.get();
    return Ref<Inode>{made};
}

FileSystemUsage Tmpfs::usage()
{
    const u32 used = budget_.used();
    const u32 free = budget_.most() > used ? budget_.most() - used : 0;
    SpinGuard guard{lock_};
    return {kMagic,  kPageSize, budget_.most(), free, free, options_.inodes, options_.inodes - inode_count_,
            kMaxName};
}

bool Tmpfs::is_idle_locked()
{
    for (const TmpInode& inode : inodes_) {
        const u32 own =
            (inode.is_linked() ? 1 : 0) + (&inode == root_ ? 1 : 0);  // the mount's entry has the root
        if (inode.ref_count() != own) return false;
    }
    return true;
}

Result<void> Tmpfs::reserve_link()
{
    SpinGuard guard{lock_};
    if (inode_count_ >= options_.inodes) return Errno::NoSpace;
    inode_count_++;
    return {};
}

void Tmpfs::release_link()
{
    SpinGuard guard{lock_};
    inode_count_--;
}

// At most the root, which the mount still has, stands before it.
TmpInode* Tmpfs::next_linked()
{
    SpinGuard guard{lock_};
    for (TmpInode& inode : inodes_)
        if (inode.is_linked()) return &inode;
    return nullptr;
}

// Nobody can find its files any more. Those that are mapped make it busy; the others end one by one.
Result<void> Tmpfs::unmount()
{
    {
        SpinGuard guard{lock_};
        if (!is_idle_locked()) return Errno::Busy;
    }
    while (TmpInode* inode = next_linked())
        inode->drop_all_links();
    return {};
}

// ---- Mounting ----

Result<void> Tmpfs::remount_with(bool read_only, const char* text)
{
    TmpfsOptions changed = options_;
    TRY(parse_tmpfs_options(changed, text));
    const u64 pages = changed.size_bytes / kPageSize;
    SpinGuard guard{lock_};
    if (pages < budget_.used() || changed.inodes < inode_count_) return Errno::Invalid;
    budget_.set_most(static_cast<u32>(pages));
    options_ = changed;
    read_only_ = read_only;
    return {};
}

void Tmpfs::show_options(Span<char> text) const
{
    char mode[16] = "";
    if (options_.mode != 01777) format(mode, ",mode=%o", options_.mode);
    format(text, ",size=%uk,nr_inodes=%u%s", budget_.most() * (kPageSize / 1024), options_.inodes, mode);
}

Result<Ref<FileSystem>> create(const MountRequest& request)
{
    TmpfsOptions options = default_tmpfs_options();
    TRY(parse_tmpfs_options(options, request.options));
    Tmpfs* const made = TRY(with_reclaim([&] { return make<Tmpfs>(options); }));
    return Ref<FileSystem>::adopt(made);
}

FileSystemType tmpfs_type{"tmpfs", false, create};

}  // namespace

void register_tmpfs()
{
    register_file_system(tmpfs_type);
}

}  // namespace faultline
