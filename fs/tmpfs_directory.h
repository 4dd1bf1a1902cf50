// A directory of tmpfs: names by hash for lookup (chains within one hash), and by an ever-growing position for reading.
// Lock: the inode's own, which the callers of all of this hold.
#pragma once

#include "fs/tmpfs_inode.h"

namespace faultline {

constexpr u32 kEntryBytes = 20;              // what a name adds to its directory's size, as Linux counts
constexpr u32 kEmptySize = 2 * kEntryBytes;  // "." and ".."

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

}  // namespace faultline
