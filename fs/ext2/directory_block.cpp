#include "fs/ext2/directory_block.h"

#include "lib/string.h"

namespace faultline::ext2 {

Result<EntryView> DirectoryBlock::entry_at(u32 offset) const
{
    if (offset % 4 != 0 || offset + 8 > geometry_.block_size) return Errno::Io;
    RawDirectoryEntry raw;
    memcpy(&raw, bytes_ + offset, sizeof raw);
    const u32 name_length = raw.name_length + (geometry_.has_file_types ? 0u : u32{raw.type} << 8);
    const bool good = raw.record_size % 4 == 0 && raw.record_size >= size_for(name_length) &&
                      raw.record_size >= size_for(1) && raw.record_size <= geometry_.block_size - offset &&
                      raw.inode <= geometry_.inode_count &&
                      (raw.inode == 0 || (name_length > 0 && name_length < 256));
    if (!good) return Errno::Io;
    const u8 type = geometry_.has_file_types ? raw.type : u8{0};
    const char* name = reinterpret_cast<const char*>(bytes_ + offset + sizeof raw);
    return EntryView{offset, raw.inode, raw.record_size, type, StringView{name, name_length}};
}

Result<Optional<u32>> DirectoryBlock::find(StringView name) const
{
    for (u32 offset = 0; offset < geometry_.block_size;) {
        const EntryView entry = TRY(entry_at(offset));
        if (entry.inode != 0 && entry.name.size() == name.size() &&
            memcmp(entry.name.data(), name.data(), name.size()) == 0)
            return Optional<u32>{offset};
        offset += entry.record_size;
    }
    return Optional<u32>{};
}

Result<u32> DirectoryBlock::first_entry_from(u32 wanted) const
{
    u32 offset = 0;
    while (offset < wanted && offset < geometry_.block_size)
        offset += TRY(entry_at(offset)).record_size;
    return offset;
}

void DirectoryBlock::set_record_size(u32 offset, u32 record_size)
{
    const u16 size = static_cast<u16>(record_size);
    memcpy(bytes_ + offset + 4, &size, sizeof size);
}

void DirectoryBlock::write(u32 offset, u32 record_size, StringView name, u32 inode, u8 type)
{
    const RawDirectoryEntry raw{inode, static_cast<u16>(record_size), static_cast<u8>(name.size()),
                                geometry_.has_file_types ? type : u8{0}};
    memcpy(bytes_ + offset, &raw, sizeof raw);
    memcpy(bytes_ + offset + sizeof raw, name.data(), name.size());
    memset(bytes_ + offset + sizeof raw + name.size(), 0, size_for(name.size()) - sizeof raw - name.size());
}

Result<bool> DirectoryBlock::has_room(usize name_length) const
{
    const u32 needed = size_for(name_length);
    for (u32 offset = 0; offset < geometry_.block_size;) {
        const EntryView entry = TRY(entry_at(offset));
        const u32 used = entry.inode == 0 ? 0 : size_for(entry.name.size());
        if (entry.record_size - used >= needed) return true;
        offset += entry.record_size;
    }
    return false;
}

Result<bool> DirectoryBlock::insert(StringView name, u32 inode, u8 type)
{
    const u32 needed = size_for(name.size());
    for (u32 offset = 0; offset < geometry_.block_size;) {
        const EntryView entry = TRY(entry_at(offset));
        const u32 used = entry.inode == 0 ? 0 : size_for(entry.name.size());
        if (entry.record_size - used >= needed) {
            if (used != 0) set_record_size(offset, used);
            write(offset + used, entry.record_size - used, name, inode, type);
            return true;
        }
        offset += entry.record_size;
    }
    return false;
}

Result<void> DirectoryBlock::remove(u32 wanted)
{
    u32 previous = wanted;
    for (u32 offset = 0; offset < wanted;) {
        previous = offset;
        offset += TRY(entry_at(offset)).record_size;
        if (offset > wanted) return Errno::Io;
    }
    const EntryView entry = TRY(entry_at(wanted));
    set_inode(wanted, 0, 0);
    if (previous != wanted) set_record_size(previous, wanted + entry.record_size - previous);
    return {};
}

void DirectoryBlock::set_inode(u32 offset, u32 inode, u8 type)
{
    memcpy(bytes_ + offset, &inode, sizeof inode);
    if (geometry_.has_file_types) bytes_[offset + 7] = type;
}

void DirectoryBlock::clear()
{
    memset(bytes_, 0, geometry_.block_size);
    set_record_size(0, geometry_.block_size);
}

void DirectoryBlock::make_dots(u32 self, u32 parent)
{
    memset(bytes_, 0, geometry_.block_size);
    write(0, size_for(1), ".", self, 2);
    write(size_for(1), geometry_.block_size - size_for(1), "..", parent, 2);
}

Result<bool> DirectoryBlock::is_empty() const
{
    for (u32 offset = 0; offset < geometry_.block_size;) {
        const EntryView entry = TRY(entry_at(offset));
        const bool dots = entry.name == StringView{"."} || entry.name == StringView{".."};
        if (entry.inode != 0 && !dots) return false;
        offset += entry.record_size;
    }
    return true;
}

u8 entry_type_of_mode(u32 mode)
{
    switch (mode >> 12 & 15) {
    case 8:
        return 1;
    case 4:
        return 2;
    case 2:
        return 3;
    case 6:
        return 4;
    case 1:
        return 5;
    case 12:
        return 6;
    case 10:
        return 7;
    default:
        return 0;
    }
}

u8 directory_type_of_entry(u8 type)
{
    constexpr u8 kTypes[] = {0, 8, 4, 2, 6, 1, 12, 10};
    return type < sizeof kTypes ? kTypes[type] : u8{0};
}

}  // namespace faultline::ext2
