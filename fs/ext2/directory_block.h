// One block of a directory: entries that follow each other and fill the block exactly.
//
//   | inode u32 | record_size u16 | name_length u8 | type u8 | name ... padding | next entry ...
//
// inode 0 marks an entry without a name; a removed entry is swallowed by the one before it. Pure; compiled for the host
// too. Every size is checked against the block before it is followed: a damaged block gives Errno::Io and no more.
#pragma once

#include "fs/ext2/format.h"
#include "lib/optional.h"
#include "lib/result.h"
#include "lib/span.h"

namespace faultline::ext2 {

struct EntryView {
    u32 offset;  // in the block
    u32 inode;   // 0: unused
    u32 record_size;
    u8 type;  // as RawDirectoryEntry has it (not d_type); 0 where the volume keeps none
    StringView name;
};

class DirectoryBlock {
public:
    DirectoryBlock(u8* bytes, const Geometry& geometry) : bytes_{bytes}, geometry_{geometry} {}

    // The entry at `offset`, checked. Io: damaged.
    Result<EntryView> entry_at(u32 offset) const;
    // An entry, and the one before it, which takes over its bytes when it is removed.
    struct Position {
        u32 offset, previous;  // the same for the first
    };
    Result<Optional<Position>> find(StringView name) const;
    // Where the first entry at or after `offset` begins: offsets that a reader kept may lie inside an entry by now.
    Result<u32> first_entry_from(u32 offset) const;

    // Which entry, from that at `offset` on, has room behind its name for another of that length, if any; and putting
    // one there, which returns where it begins.
    Result<Optional<u32>> find_room(usize name_length, u32 offset = 0) const;
    u32 insert_behind(u32 offset, StringView name, u32 inode, u8 type);
    // Puts a name into the first gap that holds it; false if the block has none. Io: damaged.
    Result<bool> insert(StringView name, u32 inode, u8 type);
    void remove(Position at);  // as find() gave it, in the unchanged block
    u32 inode_at(Position at) const { return header(at.offset).inode; }
    void set_inode(u32 offset, u32 inode, u8 type);

    // Makes the block one unused entry, or "." and "..".
    void clear();
    void make_dots(u32 self, u32 parent);

    // True if nothing but "." and ".." is in it.
    Result<bool> is_empty() const;

    static constexpr u32 size_for(usize name_length) { return (8 + static_cast<u32>(name_length) + 3) & ~3u; }

private:
    RawDirectoryEntry& header(u32 offset) const
    {
        return *reinterpret_cast<RawDirectoryEntry*>(bytes_ + offset);
    }
    u32 name_length_of(const RawDirectoryEntry& raw) const
    {
        return raw.name_length + (geometry_.has_file_types ? 0u : u32{raw.type} << 8);
    }
    const RawDirectoryEntry* header_at(u32 offset) const;
    u32 used_by(const RawDirectoryEntry& raw) const;
    void write(u32 offset, u32 record_size, StringView name, u32 inode, u8 type);
    void set_record_size(u32 offset, u32 record_size);

    u8* bytes_;
    const Geometry& geometry_;
};

// Between the type byte of an entry (1 regular, 2 directory, 3 character, 4 block, 5 fifo, 6 socket, 7 link) and the type
// bits of a mode.
u8 entry_type_of_mode(u32 mode);
u8 directory_type_of_entry(u8 type);  // as getdents64 shows it; 0: unknown

}  // namespace faultline::ext2
