// What all inodes of tmpfs have, and all kinds but directories.
#include "fs/tmpfs_inode.h"

#include "fs/file.h"
#include "fs/memory_seals.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/heap.h"

namespace faultline {

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

namespace {

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

}  // namespace

Result<Ref<TmpInode>> make_tmp_file(Tmpfs& file_system, const NewInode& wanted)
{
    return Ref<TmpInode>{TRY(make_inode<TmpFile>(file_system, wanted))};
}

Result<Ref<TmpInode>> make_tmp_node(Tmpfs& file_system, const NewInode& wanted)
{
    return Ref<TmpInode>{TRY(make_inode<TmpNode>(file_system, wanted))};
}

Result<Ref<TmpInode>> make_tmp_link(Tmpfs& file_system, const NewInode& wanted, StringView target)
{
    const u32 size = static_cast<u32>(target.size());
    char* const text = static_cast<char*>(TRY(with_reclaim([&] { return heap_allocate(max(size, 1u)); })));
    memcpy(text, target.data(), size);
    auto made = with_reclaim([&] { return make<TmpLink>(file_system, wanted, text, size); });
    if (!made.ok()) {
        heap_free(text);
        return made.error();
    }
    Ref<TmpInode> link = Ref<TmpInode>::adopt(made.value());
    TRY(file_system.enter(*link));
    return link;
}

}  // namespace faultline
