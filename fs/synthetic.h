// Synthetic files: inodes whose contents are made when they are read, for /proc and its like. No disk, no page cache.
//
// A SyntheticFile's text is written by one function into a growing buffer at open (so a reader sees one moment);
// a SyntheticDirectory answers lookup and listing by two functions. kernel/procfs is built of them.
#pragma once

#include "fs/file_system.h"
#include "fs/inode.h"
#include "lib/format.h"

namespace faultline {

// Text that grows by print(); remembers the first failure instead of making every caller check.
class TextBuffer {
public:
    ~TextBuffer();
    void print(const char* format, ...) __attribute__((format(printf, 2, 3)));
    void append(const void* bytes, usize size);
    Result<void> status() const { return status_; }
    Span<const char> text() const { return Span<const char>{data_, size_}; }

private:
    Result<void> reserve(usize size);

    char* data_ = nullptr;
    usize size_ = 0, capacity_ = 0;
    Result<void> status_;
};

// Base of all inodes without a disk: attributes from the constructor, times from now, unlinked never.
class SyntheticInode : public Inode {
public:
    bool names_are_stable() const override { return false; }
    Result<void> change_attributes(const AttributeChange& change) override;

protected:
    SyntheticInode(FileSystem& file_system, u64 number, u32 mode, u32 uid = 0, u32 gid = 0);
};

// A file of text. Subclasses give the text; reading goes through a copy made at open.
class SyntheticFile : public SyntheticInode {
public:
    using SyntheticInode::SyntheticInode;
    virtual Result<void> write_text(TextBuffer& out) = 0;
    Result<Ref<FileLike>> open(u32 flags) override;
};

// A file whose text one plain function makes (most of /proc's top level).
Result<Ref<Inode>> create_text_file(FileSystem& file_system, u64 number, u32 mode,
                                    Result<void> (*write)(TextBuffer&));

// A directory; subclasses override lookup and list. read_directory adds "." and "..".
class SyntheticDirectory : public SyntheticInode {
public:
    using SyntheticInode::SyntheticInode;
    // Gives entries from `position` on, counting from 0; next positions must increase.
    virtual Result<u64> list(u64 position, DirectorySink& sink) = 0;
    Result<u64> read_directory(u64 position, DirectorySink& sink) final;
};

// A symbolic link whose target is made when it is read. `is_magic_link` ones lead to a place instead (/proc/PID/exe,
// fd, cwd, root): path walks ask for `follow`.
class SyntheticLink : public SyntheticInode {
public:
    using SyntheticInode::SyntheticInode;
};

}  // namespace faultline
