#include "kernel/procfs.h"

#include "kernel/lecture.h"
#include "kernel/pid_table.h"
#include "kernel/task.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/heap.h"

namespace faultline {

namespace {

constexpr u32 kMagic = 0x9fa0;
constexpr u64 kRootInode = 1, kSysInode = 2, kThreadSelfInode = 3, kSelfInode = 4, kMountsInode = 5,
              kLectureInode = 6, kTraceInode = 7, kFirstText = 16, kFirstDeviceText = 128,
              kFirstRecords = 192,
              kFirstLectureText = 208;  // /proc/sys has 257 and up
constexpr u8 kDirectoryType = directory_type_of(kModeDirectory), kFileType = directory_type_of(kModeRegular),
             kLinkType = directory_type_of(kModeSymbolicLink);

// A directory of files that are always there, after `children` of other kinds.
Result<Ref<Inode>> find_text(FileSystem& file_system, Span<const ProcText> texts, u64 first_inode,
                             StringView name)
{
    for (u32 i = 0; i < texts.size(); i++)
        if (name == StringView{texts[i].name})
            return create_text_file(file_system, first_inode + i, texts[i].write, texts[i].accept);
    return Errno::NoEntry;
}

Result<Ref<Inode>> find_records(FileSystem& file_system, Span<const ProcRecords> files, u64 first_inode,
                                StringView name)
{
    for (u32 i = 0; i < files.size(); i++)
        if (name == StringView{files[i].name})
            return create_record_file(file_system, first_inode + i, 0400, files[i].read);
    return Errno::NoEntry;
}

template <class T>
bool list_files(Span<const T> files, u64 first_inode, u64& position, u64 base, DirectorySink& sink)
{
    for (; position < base + files.size(); position++) {
        const u64 index = position - base;
        if (!sink.take(sink, files[static_cast<u32>(index)].name, first_inode + index, kFileType,
                       position + 1))
            return false;
    }
    return true;
}

// A directory of such files alone: /proc/sys/kernel, /proc/lecture.
class TextDirectory final : public SyntheticDirectory {
public:
    TextDirectory(FileSystem& file_system, u64 number, Span<const ProcText> texts, u64 first_inode)
        : SyntheticDirectory{file_system, number, 0555}, texts_{texts}, first_inode_{first_inode}
    {
    }
    Result<Ref<Inode>> lookup(StringView name) override
    {
        return find_text(file_system_, texts_, first_inode_, name);
    }
    Result<u64> list(u64 position, DirectorySink& sink) override
    {
        list_files(texts_, first_inode_, position, 0, sink);
        return position;
    }
    void last_ref_dropped() override { destroy(this); }

private:
    Span<const ProcText> texts_;
    u64 first_inode_;
};

// ---- /proc ----

class SelfLink final : public SyntheticLink {
public:
    explicit SelfLink(FileSystem& file_system) : SyntheticLink{file_system, kSelfInode} {}
    Result<u32> read_link(Span<char> target) override
    {
        char text[12];
        format(text, "%u", current_task().process().pid());
        return copy_link_text(target, text);
    }
    void last_ref_dropped() override { destroy(this); }
};

class ThreadSelfLink final : public SyntheticLink {
public:
    explicit ThreadSelfLink(FileSystem& file_system) : SyntheticLink{file_system, kThreadSelfInode} {}
    Result<u32> read_link(Span<char> target) override
    {
        char text[32];
        format(text, "%u/task/%u", current_task().process().pid(), current_task().tid());
        return copy_link_text(target, text);
    }
    void last_ref_dropped() override { destroy(this); }
};

class RootDirectory final : public SyntheticDirectory {
public:
    explicit RootDirectory(FileSystem& file_system) : SyntheticDirectory{file_system, kRootInode, 0555} {}
    Result<Ref<Inode>> lookup(StringView name) override;
    Result<u64> list(u64 position, DirectorySink& sink) override;
    void last_ref_dropped() override { destroy(this); }

private:
    static constexpr u64 kOthers = 6;  // self, sys, mounts, lecture, trace, thread-self
    static constexpr u64 kProcesses = kFirstProcessPosition;
};

// Any other error is of the file that was found.
bool is_missing(const Result<Ref<Inode>>& found)
{
    return !found.ok() && found.error() == Errno::NoEntry;
}

Result<Ref<Inode>> RootDirectory::lookup(StringView name)
{
    u32 pid;
    if (parse_number(name, pid)) return create_process_directory(file_system_, pid);
    if (name == "self") return Ref<Inode>::adopt(TRY(make<SelfLink>(file_system_)));
    if (name == "sys") return create_text_tree(file_system_, kSysInode, proc_sys_nodes());
    if (name == "thread-self") return Ref<Inode>::adopt(TRY(make<ThreadSelfLink>(file_system_)));
    if (name == "mounts") return create_link(file_system_, kMountsInode, "self/mounts");
    if (name == "lecture")
        return Ref<Inode>::adopt(
            TRY(make<TextDirectory>(file_system_, kLectureInode, lecture_texts(), kFirstLectureText)));
    if (name == "trace") return create_trace_file(file_system_, kTraceInode);
    auto records = find_records(file_system_, proc_system_records(), kFirstRecords, name);
    if (!is_missing(records)) return records;
    auto device = find_text(file_system_, proc_device_texts(), kFirstDeviceText, name);
    return is_missing(device) ? find_text(file_system_, proc_system_texts(), kFirstText, name) : move(device);
}

Result<u64> RootDirectory::list(u64 position, DirectorySink& sink)
{
    if (position == 0 && sink.take(sink, "self", kSelfInode, kLinkType, 1)) position = 1;
    if (position == 1 && sink.take(sink, "sys", kSysInode, kDirectoryType, 2)) position = 2;
    if (position == 2 && sink.take(sink, "mounts", kMountsInode, kLinkType, 3)) position = 3;
    if (position == 3 && sink.take(sink, "lecture", kLectureInode, kDirectoryType, 4)) position = 4;
    if (position == 4 && sink.take(sink, "trace", kTraceInode, kFileType, 5)) position = 5;
    if (position == 5 && sink.take(sink, "thread-self", kThreadSelfInode, kLinkType, 6)) position = 6;
    if (position < kOthers) return position;
    if (position < kProcesses) {
        const u64 records = kOthers + proc_system_texts().size();
        if (position < records && !list_files(proc_system_texts(), kFirstText, position, kOthers, sink))
            return position;
        const u64 devices = records + proc_system_records().size();
        if (position < devices && !list_files(proc_system_records(), kFirstRecords, position, records, sink))
            return position;
        if (!list_files(proc_device_texts(), kFirstDeviceText, position, devices, sink)) return position;
        position = kProcesses;
    }
    return TRY(list_processes(position, sink));
}

class ProcFileSystem final : public FileSystem {
public:
    ProcFileSystem() { device_ = anonymous_device_number(); }

    const char* type_name() const override { return "proc"; }
    Result<Ref<Inode>> root() override { return Ref<Inode>::adopt(TRY(make<RootDirectory>(*this))); }
    FileSystemUsage usage() override { return {kMagic, kPageSize, 0, 0, 0, 0, 0, kMaxName}; }
    void last_ref_dropped() override { destroy(this); }
};

Result<Ref<FileSystem>> create(const MountRequest&)
{
    return Ref<FileSystem>::adopt(TRY(make<ProcFileSystem>()));
}

FileSystemType proc_type{"proc", false, create};

}  // namespace

void register_procfs()
{
    init_proc_sys();
    register_file_system(proc_type);
}

}  // namespace faultline
