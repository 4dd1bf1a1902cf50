#include "fs/ext2/directory_block.h"

#include "fs/hashed_name.h"
#include "lib/new.h"
#include "lib/string.h"

namespace faultline::ext2 {

// The entry's header, if it keeps to the block; null: damaged.
inline const RawDirectoryEntry* DirectoryBlock::header_at(u32 offset) const
{
    if (offset % 4 != 0 || offset + 8 > geometry_.block_size) return nullptr;
    const RawDirectoryEntry* const raw = reinterpret_cast<const RawDirectoryEntry*>(bytes_ + offset);
    const u32 name_length = name_length_of(*raw);
    const bool good = raw->record_size % 4 == 0 && raw->record_size >= size_for(max(name_length, u32{1})) &&
                      raw->record_size <= geometry_.block_size - offset &&
                      raw->inode <= geometry_.inode_count &&
                      (raw->inode == 0 || (name_length > 0 && name_length < 256));
    return good ? raw : nullptr;
}

Result<EntryView> DirectoryBlock::entry_at(u32 offset) const
{
    const RawDirectoryEntry* const raw = header_at(offset);
    if (!raw) return Errno::Io;
    const char* const name = reinterpret_cast<const char*>(raw + 1);
    const u8 type = geometry_.has_file_types ? raw->type : u8{0};
    return EntryView{offset, raw->inode, raw->record_size, type, StringView{name, name_length_of(*raw)}};
}

Result<Optional<DirectoryBlock::Position>> DirectoryBlock::find(StringView name) const
{
    u32 previous = 0;
    for (u32 offset = 0; offset < geometry_.block_size;) {
        const RawDirectoryEntry* const raw = header_at(offset);
        if (!raw) return Errno::Io;
        if (raw->inode != 0 && name_length_of(*raw) == name.size() &&
            same_bytes(name, {reinterpret_cast<const char*>(raw + 1), name.size()}))
            return Optional<Position>{Position{offset, previous}};
        previous = offset;
        offset += raw->record_size;
    }
    return Optional<Position>{};
}

Result<u32> DirectoryBlock::first_entry_from(u32 wanted) const
{
    u32 offset = 0;
    while (offset < wanted && offset < geometry_.block_size) {
        const RawDirectoryEntry* const raw = header_at(offset);
        if (!raw) return Errno::Io;
        offset += raw->record_size;
    }
    return offset;
}

void DirectoryBlock::set_record_size(u32 offset, u32 record_size)
{
    reinterpret_cast<RawDirectoryEntry*>(bytes_ + offset)->record_size = static_cast<u16>(record_size);
}

void DirectoryBlock::write(u32 offset, u32 record_size, StringView name, u32 inode, u8 type)
{
    RawDirectoryEntry& raw = *reinterpret_cast<RawDirectoryEntry*>(bytes_ + offset);
    raw = RawDirectoryEntry{inode, static_cast<u16>(record_size), static_cast<u8>(name.size()),
                            geometry_.has_file_types ? type : u8{0}};
    u8* const at = bytes_ + offset + sizeof raw;
    memcpy(at, name.data(), name.size());
    for (usize i = name.size(); i % 4 != 0; i++)
        at[i] = 0;
}

// Bytes of the entry that its own name needs.
u32 DirectoryBlock::used_by(const RawDirectoryEntry& raw) const
{
    return raw.inode == 0 ? 0 : size_for(name_length_of(raw));
}

Result<Optional<u32>> DirectoryBlock::find_room(usize name_length, u32 offset) const
{
    const u32 needed = size_for(name_length);
    while (offset < geometry_.block_size) {
        const RawDirectoryEntry* const raw = header_at(offset);
        if (!raw) return Errno::Io;
        if (raw->record_size - used_by(*raw) >= needed) return Optional<u32>{offset};
        offset += raw->record_size;
    }
    return Optional<u32>{};
}

u32 DirectoryBlock::insert_behind(u32 offset, StringView name, u32 inode, u8 type)
{
    const RawDirectoryEntry& raw = *header_at(offset);
    const u32 used = used_by(raw);
    const u32 record_size = raw.record_size;
    if (used != 0) set_record_size(offset, used);
    write(offset + used, record_size - used, name, inode, type);
    return offset + used;
}

Result<bool> DirectoryBlock::insert(StringView name, u32 inode, u8 type)
{
    const Optional<u32> room = TRY(find_room(name.size()));
    if (room) insert_behind(room.value(), name, inode, type);
    return room.has_value();
}

void DirectoryBlock::remove(Position at)
{
    const u32 end = at.offset + header(at.offset).record_size;
    set_inode(at.offset, 0, 0);
    if (at.previous != at.offset) set_record_size(at.previous, end - at.previous);
}

void DirectoryBlock::set_inode(u32 offset, u32 inode, u8 type)
{
    RawDirectoryEntry& raw = *reinterpret_cast<RawDirectoryEntry*>(bytes_ + offset);
    raw.inode = inode;
    if (geometry_.has_file_types) raw.type = type;
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
