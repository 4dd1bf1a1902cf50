// System calls that read directories, in the three forms that programs know.
#include "kernel/syscall/descriptor.h"
#include "kernel/syscall/table.h"
#include "lib/string.h"

namespace faultline {

namespace {

Result<u32> read_records(Task& self, Descriptor fd, UserSpan<u8> entries, RecordFormat format)
{
    const Ref<File> file = TRY(file_of(self, fd));
    if (entries.start().value() > kUserEnd || entries.size_bytes() > kUserEnd - entries.start().value())
        return Errno::Fault;
    IoBuffer buffer = IoBuffer::user(entries.start(), entries.size_bytes());
    return file->read_directory(buffer, format);
}

// struct old_linux_dirent: readdir's one entry.
struct OneEntry {
    u32 inode, position;
    u16 name_length;
    char name[kMaxName + 1];
};

struct OneEntrySink : DirectorySink {
    OneEntry entry;
    bool has_one;
};

bool take_one(DirectorySink& base, StringView name, u64 inode, u8, u64 next_position)
{
    OneEntrySink& sink = static_cast<OneEntrySink&>(base);
    if (sink.has_one) return false;
    sink.has_one = true;
    sink.entry.inode = static_cast<u32>(inode);
    sink.entry.position = static_cast<u32>(next_position);
    sink.entry.name_length = static_cast<u16>(name.size());
    memcpy(sink.entry.name, name.data(), name.size());
    sink.entry.name[name.size()] = 0;
    return true;
}

}  // namespace

Result<u32> sys_getdents64(Task& self, Descriptor fd, UserSpan<u8> entries)
{
    return read_records(self, fd, entries, RecordFormat::Wide);
}

Result<u32> sys_getdents(Task& self, Descriptor fd, UserSpan<u8> entries)
{
    return read_records(self, fd, entries, RecordFormat::Narrow);
}

// 1: there was an entry; 0: the end. The count is not looked at.
Result<u32> sys_readdir(Task& self, Descriptor fd, UserAddr entry, u32)
{
    const Ref<File> file = TRY(file_of(self, fd));
    OneEntrySink sink;
    sink.take = take_one;
    sink.has_one = false;
    TRY(file->for_each_entry(sink));
    if (!sink.has_one) return 0u;
    const u32 size = static_cast<u32>(offsetof(OneEntry, name)) + sink.entry.name_length + 1;
    TRY(copy_to_user(entry, &sink.entry, size));
    return 1u;
}

}  // namespace faultline
