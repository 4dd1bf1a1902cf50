#include "fs/file_system.h"

#include "lib/atomic.h"

namespace faultline {

namespace {

// Grows at bring-up only, so readers need no lock.
FileSystemType* types = nullptr;
Atomic<u32> next_anonymous{1};

}  // namespace

void register_file_system(FileSystemType& type)
{
    FileSystemType** last = &types;
    while (*last)
        last = &(*last)->next;
    *last = &type;
}

const FileSystemType* find_file_system_type(StringView name)
{
    for (const FileSystemType* type = types; type; type = type->next)
        if (name == StringView{type->name}) return type;
    return nullptr;
}

const FileSystemType* first_file_system_type()
{
    return types;
}

DeviceNumber anonymous_device_number()
{
    return DeviceNumber{0, next_anonymous.fetch_add(1)};
}

Result<void> FileSystem::remount(bool read_only)
{
    read_only_ = read_only;
    return {};
}

Result<void> FileSystem::remount_with(bool read_only, const char*)
{
    return remount(read_only);
}

void FileSystem::show_options(Span<char> text) const
{
    text[0] = 0;
}

}  // namespace faultline
