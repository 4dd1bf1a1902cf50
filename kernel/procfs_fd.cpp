#include "kernel/procfs_fd.h"

#include "fs/mount.h"
#include "kernel/procfs.h"
#include "kernel/task.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/heap.h"

namespace faultline {

namespace {

constexpr u32 kFirstFdNumber = 1024, kFirstInfoNumber = 2048;  // of inodes
static_assert(FileTable::kMost <= 1024 && kFirstInfoNumber + FileTable::kMost <= kProcessInodes);

}  // namespace

// The path of a place, as the caller sees it.
Result<u32> read_place(const Place& place, Span<char> target)
{
    const Ref<PathPlaces> own = current_task().process().share_places();
    char* room = static_cast<char*>(TRY(heap_allocate(kMaxPath)));
    const Result<StringView> path = path_of(place, own->root(), {room, kMaxPath});
    const u32 size = path.ok() ? copy_link_text(target, path.value()) : 0;
    heap_free(room);
    if (!path.ok()) return path.error();
    return size;
}

namespace {

Ref<FileTable> share_files(Process& process)
{
    SpinGuard guard{process_lock};
    return process.files;
}

// An entry for each open descriptor at or after `position`.
u64 list_open(FileTable& files, u32 pid, u32 first_number, u32 mode, u64 position, DirectorySink& sink)
{
    for (;;) {
        const auto fd = files.next_open(static_cast<u32>(position));
        if (!fd) return position;
        char name[12];
        format(name, "%u", *fd);
        if (!sink.take(sink, name, process_inode(pid, first_number + *fd), directory_type_of(mode), *fd + 1))
            return position;
        position = *fd + 1;
    }
}

// What fd/N leads to where the open file has no name, as a pipe: stat shows the file, open gives what it gives for itself.
class NamelessFile final : public SyntheticInode {
public:
    NamelessFile(FileSystem& file_system, u64 number, const Attributes& attributes, Ref<File> file)
        : SyntheticInode{file_system, number, attributes.mode, attributes.uid, attributes.gid}, file_{move(
                                                                                                    file)}
    {
    }
    void attributes(Attributes& out) const override { file_->attributes(out); }
    Result<Ref<FileLike>> open(u32 flags) override { return file_->like().open_again(flags); }
    void last_ref_dropped() override { destroy(this); }

private:
    Ref<File> file_;
};

class FdLink final : public SyntheticLink {
public:
    FdLink(FileSystem& file_system, u64 number, Ref<File> file)
        : SyntheticLink{file_system, number}, file_{move(file)}
    {
    }
    Result<bool> link_place(Place& out) override
    {
        out = file_->place();
        if (out) return true;
        Attributes attributes{};
        file_->attributes(attributes);
        auto file = Ref<Inode>::adopt(TRY(make<NamelessFile>(file_system_, number_, attributes, file_)));
        out.entry = TRY(Entry::create_root(move(file)));
        return true;
    }
    Result<u32> read_link(Span<char> target) override
    {
        if (has_name()) return read_place(file_->place(), target);
        char text[48];
        file_->like().describe(Span<char>{text});
        return copy_link_text(target, text);
    }
    void last_ref_dropped() override { destroy(this); }

private:
    bool has_name() const  // a NamelessFile that was opened has none either
    {
        const Inode* inode = file_->find_inode();
        return inode && !(inode->is_fifo() && &inode->file_system() == &file_system_);
    }

    Ref<File> file_;
};

class FdDirectory final : public SyntheticDirectory {
public:
    FdDirectory(FileSystem& file_system, u64 number, Ref<Process> process)
        : SyntheticDirectory{file_system, number, 0500, process->credentials.uid, process->credentials.gid},
          process_{move(process)}
    {
    }
    Result<Ref<Inode>> lookup(StringView name) override
    {
        u32 fd;
        const Ref<FileTable> files = share_files(*process_);
        if (!files || !parse_number(name, fd) || fd >= FileTable::kMost) return Errno::NoEntry;
        auto file = files->find(static_cast<i32>(fd));
        if (!file.ok()) return Errno::NoEntry;
        const u64 number = process_inode(process_->pid(), kFirstFdNumber + fd);
        return Ref<Inode>::adopt(TRY(make<FdLink>(file_system_, number, file.take())));
    }
    Result<u64> list(u64 position, DirectorySink& sink) override
    {
        const Ref<FileTable> files = share_files(*process_);
        if (!files) return position;
        return list_open(*files, process_->pid(), kFirstFdNumber, kModeSymbolicLink, position, sink);
    }
    void last_ref_dropped() override { destroy(this); }

private:
    Ref<Process> process_;
};

// ---- fdinfo ----

// As C writes octal.
void print_flags(u32 flags, TextBuffer& out)
{
    out.append('0');
    u32 digits = 1;
    while (digits < 11 && flags >> 3 * digits != 0)
        digits++;
    while (digits-- > 0)
        out.append(static_cast<char>('0' + (flags >> 3 * digits & 7)));
    out.append('\n');
}

class FdInfoFile final : public SyntheticFile {
public:
    FdInfoFile(FileSystem& file_system, u64 number, const Process& process, Ref<File> file, OnExec on_exec)
        : SyntheticFile{file_system, number, 0400, process.credentials.uid, process.credentials.gid},
          file_{move(file)}, on_exec_{on_exec}
    {
    }
    Result<void> write_text(TextBuffer& out) override
    {
        Attributes attributes{};
        file_->attributes(attributes);
        const u32 flags = file_->flags() | (on_exec_ == OnExec::Close ? u32{kOpenCloseOnExec} : 0);
        out.print("pos:\t%llu\nflags:\t", file_->position());
        print_flags(flags, out);
        out.print("mnt_id:\t%u\nino:\t%llu\n", file_->place() ? file_->place().mount->id() : 0,
                  attributes.inode_number);
        file_->like().print_state(out);
        return {};
    }
    void last_ref_dropped() override { destroy(this); }

private:
    Ref<File> file_;
    OnExec on_exec_;
};

class FdInfoDirectory final : public SyntheticDirectory {
public:
    FdInfoDirectory(FileSystem& file_system, u64 number, Ref<Process> process)
        : SyntheticDirectory{file_system, number, 0555, process->credentials.uid, process->credentials.gid},
          process_{move(process)}
    {
    }
    Result<Ref<Inode>> lookup(StringView name) override
    {
        u32 fd;
        if (!may_trace(current_task(), *process_)) return Errno::Access;
        const Ref<FileTable> files = share_files(*process_);
        if (!files || !parse_number(name, fd) || fd >= FileTable::kMost) return Errno::NoEntry;
        auto file = files->find(static_cast<i32>(fd));
        const auto on_exec = files->on_exec(static_cast<i32>(fd));
        if (!file.ok() || !on_exec.ok()) return Errno::NoEntry;
        const u64 number = process_inode(process_->pid(), kFirstInfoNumber + fd);
        return Ref<Inode>::adopt(
            TRY(make<FdInfoFile>(file_system_, number, *process_, file.take(), on_exec.value())));
    }
    Result<u64> list(u64 position, DirectorySink& sink) override
    {
        if (!may_trace(current_task(), *process_)) return Errno::Access;
        const Ref<FileTable> files = share_files(*process_);
        if (!files) return position;
        return list_open(*files, process_->pid(), kFirstInfoNumber, kModeRegular, position, sink);
    }
    void last_ref_dropped() override { destroy(this); }

private:
    Ref<Process> process_;
};

}  // namespace

Result<Ref<Inode>> create_fd_directory(FileSystem& file_system, u64 number, Ref<Process> process)
{
    return Ref<Inode>::adopt(TRY(make<FdDirectory>(file_system, number, move(process))));
}

Result<Ref<Inode>> create_fdinfo_directory(FileSystem& file_system, u64 number, Ref<Process> process)
{
    return Ref<Inode>::adopt(TRY(make<FdInfoDirectory>(file_system, number, move(process))));
}

}  // namespace faultline
