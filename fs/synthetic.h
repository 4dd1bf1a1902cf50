// Synthetic files: inodes whose contents are made when they are read, for /proc and its like. No disk, no page cache.
//
// The text of a SyntheticFile is made whole when it is opened, so one reader sees one moment. A SyntheticDirectory answers
// lookup and list. kernel/procfs is built of them.
//
// Each final class says how it ends:  void last_ref_dropped() override { destroy(this); }
#pragma once

#include "fs/file_system.h"
#include "fs/inode.h"
#include "lib/format.h"

namespace faultline {

// Text that grows by print(). The first failure (no memory) is kept, so that not every caller has to look.
class TextBuffer {
public:
    TextBuffer() = default;
    ~TextBuffer();
    TextBuffer(const TextBuffer&) = delete;
    TextBuffer& operator=(const TextBuffer&) = delete;

    void print(const char* text, ...) __attribute__((format(printf, 2, 3)));
    void append(StringView text);
    void append(char c);
    Result<void> status() const { return status_; }
    u32 size() const { return size_; }

    // Copies from `offset` on; returns how many bytes went.
    Result<u32> copy_out(u64 offset, IoBuffer& buffer) const;

private:
    struct Chunk {
        Chunk* next;
        char bytes[4080];
    };
    static constexpr u32 kChunk = sizeof Chunk::bytes;

    Chunk* first_ = nullptr;
    Chunk* last_ = nullptr;
    u32 size_ = 0;
    Result<void> status_;
};

// Base of all inodes without a disk: attributes from the constructor, times of its making; changes last while it lives.
class SyntheticInode : public Inode {
public:
    bool names_are_stable() const override { return false; }
    Result<void> change_attributes(const AttributeChange& change) override;
    Result<void> truncate(u64) override { return {}; }

protected:
    SyntheticInode(FileSystem& file_system, u64 number, u32 mode, u32 uid = 0, u32 gid = 0);
    ~SyntheticInode() = default;
};

// A file of text. `mode` with or without its type.
class SyntheticFile : public SyntheticInode {
public:
    virtual Result<void> write_text(TextBuffer& out) = 0;
    // A program wrote `text`, in one call. Default: Errno::Perm.
    virtual Result<void> accept_text(StringView text);
    Result<Ref<FileLike>> open(u32 flags) override;

protected:
    SyntheticFile(FileSystem& file_system, u64 number, u32 mode, u32 uid = 0, u32 gid = 0)
        : SyntheticInode{file_system, number, kModeRegular | mode, uid, gid}
    {
    }
    ~SyntheticFile() = default;
};

// A file whose text one plain function makes (most of /proc's top level); a second one, if given, takes what is written.
using MakeText = Result<void> (*)(TextBuffer& out);
using AcceptText = Result<void> (*)(StringView text);
Result<Ref<Inode>> create_text_file(FileSystem& file_system, u64 number, MakeText make,
                                    AcceptText accept = nullptr);

// A file of 64-bit records that are computed as they are read, as Linux's pagemap: positions and sizes are multiples of 8.
class SyntheticRecords : public SyntheticInode {
public:
    // Fills records from number `first` on; how many there are: less than asked for only at the end.
    virtual Result<u32> read_records(u64 first, Span<u64> out) = 0;
    Result<Ref<FileLike>> open(u32 flags) override;

protected:
    SyntheticRecords(FileSystem& file_system, u64 number, u32 mode, u32 uid = 0, u32 gid = 0)
        : SyntheticInode{file_system, number, kModeRegular | mode, uid, gid}
    {
    }
    ~SyntheticRecords() = default;
};

// Such a file whose records one plain function makes.
using ReadRecords = Result<u32> (*)(u64 first, Span<u64> out);
Result<Ref<Inode>> create_record_file(FileSystem& file_system, u64 number, u32 mode, ReadRecords read);

class SyntheticDirectory : public SyntheticInode {
public:
    // Gives entries from `position` on (0: the first); next positions must increase. "." and ".." are added for you.
    virtual Result<u64> list(u64 position, DirectorySink& sink) = 0;
    // To implement besides: Result<Ref<Inode>> lookup(StringView name) override;
    Result<u64> read_directory(u64 position, DirectorySink& sink) final;

protected:
    SyntheticDirectory(FileSystem& file_system, u64 number, u32 mode, u32 uid = 0, u32 gid = 0)
        : SyntheticInode{file_system, number, kModeDirectory | mode, uid, gid}
    {
        link_count_ = 2;
    }
    ~SyntheticDirectory() = default;
};

// A symbolic link: implement read_link, and link_place where it leads to a place whatever its name.
class SyntheticLink : public SyntheticInode {
protected:
    SyntheticLink(FileSystem& file_system, u64 number, u32 uid = 0, u32 gid = 0)
        : SyntheticInode{file_system, number, kModeSymbolicLink | 0777, uid, gid}
    {
    }
    ~SyntheticLink() = default;
};

// A link with a constant target.
Result<Ref<Inode>> create_link(FileSystem& file_system, u64 number, const char* target);

// For read_link: copies what fits and returns how much.
u32 copy_link_text(Span<char> to, StringView text);

}  // namespace faultline
