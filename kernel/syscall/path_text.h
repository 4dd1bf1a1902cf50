// PathText: a path that a program gave, copied in. Short ones, nearly all, need no heap.
#pragma once

#include "fs/path.h"
#include "kernel/process.h"
#include "kernel/syscall/types.h"

namespace faultline {

class PathText {
public:
    PathText() = default;
    PathText(const PathText&) = delete;
    PathText& operator=(const PathText&) = delete;
    ~PathText();
    Result<StringView> read(UserString path);  // Fault, NameTooLong

private:
    char short_[96];
    char* long_ = nullptr;
};

// Name: a path of a system call, and where it starts: the working directory, or (the ...at calls) the directory behind
// a descriptor. Holds both while the call uses them.
class Name {
public:
    explicit Name(Process& process) : process_{process} {}
    // BadDescriptor, NotDirectory; an absolute path does not look at the descriptor.
    Result<void> read(Descriptor directory, UserString path);
    // The same, and an absolute path starts there, too, if it starts anywhere.
    Result<void> read_within(Descriptor directory, UserString path);

    // For a path that stands elsewhere: where it starts, without one.
    PathContext here()
    {
        places_ = process_.share_places();
        return context();
    }

    StringView path() const { return path_; }
    PathContext context() const { return context_as(process_.credentials); }
    PathContext context_as(const Credentials& who) const
    {
        return {places_->root(), file_ ? file_->place() : places_->working(), who};
    }

    // For openat2; kResolveInRoot makes the directory the root.
    PathContext context_restricted(u32 restrictions) const
    {
        const Place& start = file_ ? file_->place() : places_->working();
        const bool in_root = (restrictions & kResolveInRoot) != 0;
        return {in_root ? start : places_->root(), start, process_.credentials, restrictions};
    }

private:
    Result<void> find_start(Descriptor directory);

    Process& process_;
    PathText text_;
    StringView path_;
    Ref<PathPlaces> places_;
    Ref<File> file_;
};

}  // namespace faultline
