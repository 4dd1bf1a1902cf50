// ELF checks: a good file passes, and each field, made hostile, is refused.
#include "mm/elf.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

using namespace faultline;

namespace {

struct Header {
    u8 ident[16] = {0x7f, 'E', 'L', 'F', 1, 1, 1};
    u16 type = 2, machine = 3;
    u32 version = 1, entry = 0x08048100, program_headers = 52, section_headers = 0, flags = 0;
    u16 header_size = 52, program_header_size = 32, program_header_count = 2;
    u16 section_header_size = 0, section_header_count = 0, section_names = 0;
};
struct Program {
    u32 type = 1, file_offset = 0, vaddr = 0x08048000, paddr = 0, file_size = 0x800, memory_size = 0x800,
        flags = 5, align = 0x1000;
};
static_assert(sizeof(Header) == 52 && sizeof(Program) == 32);

constexpr u32 kFileSize = 0x2000;

struct File {
    Header header;
    Program text;
    Program data;

    File()
    {
        data.file_offset = 0x1000;
        data.vaddr = 0x0804a000;
        data.file_size = 0x400;
        data.memory_size = 0x3000;
        data.flags = 6;
    }

    Result<ElfImage> check(u32 file_size = kFileSize) const
    {
        std::vector<u8> head(4096);
        std::memcpy(head.data(), &header, sizeof(header));
        std::memcpy(head.data() + 52, &text, sizeof(text));
        std::memcpy(head.data() + 84, &data, sizeof(data));
        return check_elf({head.data(), head.size()}, file_size);
    }
};

void expect_refused(const char* what, const std::function<void(File&)>& damage)
{
    File file;
    damage(file);
    const auto result = file.check();
    EXPECT_FALSE(result.ok()) << what;
    if (!result.ok()) EXPECT_EQ(result.error(), Errno::NoExec) << what;
}

}  // namespace

TEST(Elf, a_good_file_is_accepted)
{
    const auto image = File{}.check();
    ASSERT_TRUE(image.ok());
    EXPECT_EQ(image.value().segment_count, 2u);
    EXPECT_EQ(image.value().entry.value(), 0x08048100u);
    EXPECT_EQ(image.value().headers.value(), 0x08048034u);
    EXPECT_EQ(image.value().first.address().value(), 0x08048000u);
    EXPECT_EQ(image.value().end.address().value(), 0x0804d000u);
    EXPECT_TRUE(image.value().segments[0].rights.executable());
    EXPECT_FALSE(image.value().segments[0].rights.writable());
    EXPECT_TRUE(image.value().segments[1].rights.writable());
}

TEST(Elf, each_hostile_field_is_refused)
{
    expect_refused("magic", [](File& f) { f.header.ident[0] = 0; });
    expect_refused("64 bits", [](File& f) { f.header.ident[4] = 2; });
    expect_refused("big endian", [](File& f) { f.header.ident[5] = 2; });
    expect_refused("type", [](File& f) { f.header.type = 1; });
    expect_refused("machine", [](File& f) { f.header.machine = 62; });
    expect_refused("version", [](File& f) { f.header.version = 0; });
    expect_refused("entry outside", [](File& f) { f.header.entry = 0x1000; });
    expect_refused("entry in data", [](File& f) { f.header.entry = 0x0804a000; });
    expect_refused("header size", [](File& f) { f.header.program_header_size = 16; });
    expect_refused("no headers", [](File& f) { f.header.program_header_count = 0; });
    expect_refused("many headers", [](File& f) { f.header.program_header_count = 65535; });
    expect_refused("header offset", [](File& f) { f.header.program_headers = 0xfffffff0; });
    expect_refused("headers beyond the file", [](File& f) { f.header.program_headers = 4090; });
    expect_refused("offset wraps", [](File& f) { f.data.file_offset = 0xfffff000; });
    expect_refused("file part beyond the end",
                   [](File& f) { f.data.file_size = f.data.memory_size = 0x2000; });
    expect_refused("vaddr wraps", [](File& f) { f.data.vaddr = 0xffffe000; });
    expect_refused("reaches the kernel", [](File& f) { f.data.vaddr = 0x7ffff000; });
    expect_refused("in the kernel", [](File& f) { f.data.vaddr = 0x80000000; });
    expect_refused("file size over memory size", [](File& f) { f.data.memory_size = 0x100; });
    expect_refused("memory size wraps", [](File& f) { f.data.memory_size = 0xffffffff; });
    expect_refused("not congruent", [](File& f) { f.data.vaddr += 4; });
    expect_refused("alignment no power of two", [](File& f) { f.data.align = 3; });
    expect_refused("overlapping segments", [](File& f) { f.data.vaddr = 0x08048000; });
    expect_refused("descending segments", [](File& f) { f.data.vaddr = 0x08000000; });
    expect_refused("nothing to load", [](File& f) { f.text.type = f.data.type = 4; });
}

namespace {

// The good file as a position-independent program with a dynamic linker: linked at 0, text names it at 0x200.
struct MovableFile : File {
    MovableFile()
    {
        header.type = 3;
        header.entry = 0x100;
        text.vaddr = 0;
        data.vaddr = 0x2000;
    }
};

struct DynamicFile : File {
    DynamicFile()
    {
        text.type = 3;
        text.file_offset = 0x200;
        text.file_size = text.memory_size = 20;
        header.entry = data.vaddr;
        data.flags = 5;
    }
};

}  // namespace

TEST(Elf, an_image_at_a_fixed_place_is_not_movable)
{
    const auto image = File{}.check();
    ASSERT_TRUE(image.ok());
    EXPECT_FALSE(image.value().movable);
    EXPECT_EQ(image.value().shift, 0u);
    EXPECT_EQ(image.value().interpreter_size, 0u);
}

TEST(Elf, a_movable_image_takes_all_its_addresses_along)
{
    auto image = MovableFile{}.check();
    ASSERT_TRUE(image.ok());
    ASSERT_TRUE(image.value().movable);
    EXPECT_EQ(image.value().headers.value(), 52u);
    ASSERT_TRUE(shift_elf(image.value(), UserPage{0x400}).ok());
    EXPECT_EQ(image.value().shift, 0x400000u);
    EXPECT_EQ(image.value().entry.value(), 0x400100u);
    EXPECT_EQ(image.value().headers.value(), 0x400034u);
    EXPECT_EQ(image.value().segments[0].vaddr, 0x400000u);
    EXPECT_EQ(image.value().segments[1].vaddr, 0x402000u);
    EXPECT_EQ(image.value().first.number(), 0x400u);
    EXPECT_EQ(image.value().end.number(), 0x405u);
}

TEST(Elf, a_movable_image_may_be_linked_above_its_place)
{
    MovableFile file;
    file.header.entry += 0x10000000;
    file.text.vaddr += 0x10000000;
    file.data.vaddr += 0x10000000;
    auto image = file.check();
    ASSERT_TRUE(image.ok());
    ASSERT_TRUE(shift_elf(image.value(), UserPage{0x400}).ok());
    EXPECT_EQ(image.value().shift, 0xf0400000u);  // modulo 2^32, like all load biases
    EXPECT_EQ(image.value().entry.value(), 0x400100u);
    EXPECT_EQ(image.value().segments[1].vaddr, 0x402000u);
}

TEST(Elf, no_image_is_moved_into_the_kernel)
{
    for (const u32 first : {0x7fffcu, 0x7ffffu, 0x80000u, 0x80001u, 0xfffffu}) {
        auto image = MovableFile{}.check();
        ASSERT_TRUE(image.ok());
        const auto moved = shift_elf(image.value(), UserPage{first});
        ASSERT_FALSE(moved.ok()) << first;
        EXPECT_EQ(moved.error(), Errno::NoMemory);
        EXPECT_EQ(image.value().entry.value(), 0x100u);
    }
    auto image = MovableFile{}.check();
    ASSERT_TRUE(image.ok());
    EXPECT_TRUE(shift_elf(image.value(), UserPage{0x7fffb}).ok());  // its five pages just fit
}

TEST(Elf, the_largest_alignment_counts)
{
    MovableFile file;
    file.data.align = 0x10000;
    const auto image = file.check();
    ASSERT_TRUE(image.ok());
    EXPECT_EQ(image.value().align_pages, 16u);
    file.text.align = file.data.align = 0;
    EXPECT_EQ(file.check().value().align_pages, 1u);
}

TEST(Elf, the_interpreter_s_name_is_found)
{
    const auto image = DynamicFile{}.check();
    ASSERT_TRUE(image.ok());
    EXPECT_EQ(image.value().interpreter_offset, 0x200u);
    EXPECT_EQ(image.value().interpreter_size, 20u);
}

TEST(Elf, hostile_names_of_interpreters_are_refused)
{
    const auto refused = [](const char* what, u32 offset, u32 size, Errno error = Errno::NoExec) {
        DynamicFile file;
        file.text.file_offset = offset;
        file.text.file_size = size;
        const auto image = file.check();
        EXPECT_FALSE(image.ok()) << what;
        if (!image.ok()) EXPECT_EQ(image.error(), error) << what;
    };
    refused("empty", 0x200, 0);
    refused("nothing but the 0", 0x200, 1);
    refused("longer than any path", 0, 4097);
    refused("beyond the end", kFileSize - 10, 20, Errno::Io);
    refused("offset wraps", 0xfffffff0, 20, Errno::Io);
    refused("size wraps", 0x200, 0xfffffff0);
}

TEST(Elf, two_interpreters_are_refused)
{
    struct Two {
        Header header;
        Program programs[3];
    } file;
    file.header.program_header_count = 3;
    file.programs[0].type = file.programs[1].type = 3;
    file.programs[0].file_size = file.programs[1].file_size = 10;
    const auto check = [&file] {
        std::vector<u8> head(4096);
        std::memcpy(head.data(), &file, sizeof file);
        return check_elf({head.data(), head.size()}, kFileSize);
    };
    EXPECT_FALSE(check().ok());
    file.programs[1].type = 0;
    EXPECT_TRUE(check().ok());
}

TEST(Elf, short_files_are_refused)
{
    u8 bytes[52] = {0x7f, 'E', 'L', 'F', 1, 1, 1};
    for (u32 size = 0; size <= sizeof(bytes); size++)
        EXPECT_FALSE(check_elf({bytes, size}, size).ok());
}

TEST(Elf, noise_never_passes_the_bounds)
{
    std::mt19937 random{3};
    for (int round = 0; round < 20000; round++) {
        File file;
        u8* const bytes = reinterpret_cast<u8*>(&file);
        for (int i = 0; i < 3; i++)
            bytes[random() % sizeof(file)] = static_cast<u8>(random());
        const auto image = file.check();
        if (!image.ok()) continue;
        for (u32 i = 0; i < image.value().segment_count; i++) {
            const ElfSegment& segment = image.value().segments[i];
            EXPECT_LE(u64{segment.vaddr} + segment.memory_size, 0x80000000u);
            EXPECT_LE(u64{segment.file_offset} + segment.file_size, kFileSize);
        }
        EXPECT_LE(u64{image.value().interpreter_offset} + image.value().interpreter_size, kFileSize);
    }
}

// ---- The note that marks programs written for xv6 ----

namespace {

// Notes one behind the other, as a PT_NOTE segment holds them.
struct Notes {
    std::vector<u8> bytes;

    Notes& add(const std::string& owner, u32 type, const std::vector<u32>& description)
    {
        const u32 header[] = {static_cast<u32>(owner.size() + 1), static_cast<u32>(4 * description.size()),
                              type};
        append(header, sizeof header);
        append(owner.c_str(), owner.size() + 1);
        append(description.data(), 4 * description.size());
        return *this;
    }
    void append(const void* from, size_t size)
    {
        const u8* start = static_cast<const u8*>(from);
        bytes.insert(bytes.end(), start, start + size);
        bytes.resize((bytes.size() + 3) / 4 * 4);
    }
    bool mark() const { return notes_mark_xv6({bytes.data(), bytes.size()}); }
};

}  // namespace

TEST(Elf, the_mark_is_found_among_other_notes)
{
    EXPECT_TRUE(Notes{}.add("Faultline", 1, {1}).mark());
    EXPECT_TRUE(Notes{}.add("GNU", 1, {0, 2, 6, 32}).add("Faultline", 1, {1}).add("GNU", 3, {5}).mark());
}

TEST(Elf, what_is_not_quite_the_mark_is_none)
{
    EXPECT_FALSE(Notes{}.mark());
    EXPECT_FALSE(Notes{}.add("GNU", 1, {1}).mark());
    EXPECT_FALSE(Notes{}.add("Faultline", 2, {1}).mark());
    EXPECT_FALSE(Notes{}.add("Faultline", 1, {2}).mark());
    EXPECT_FALSE(Notes{}.add("Faultline", 1, {}).mark());
    EXPECT_FALSE(Notes{}.add("Faultlinf", 1, {1}).mark());
    EXPECT_FALSE(Notes{}.add("Faultline2", 1, {1}).mark());
}

TEST(Elf, notes_cut_off_or_with_hostile_sizes_mark_nothing)
{
    Notes whole;
    whole.add("Faultline", 1, {1});
    for (size_t size = 0; size < whole.bytes.size(); size++) {
        const std::vector<u8> part(whole.bytes.begin(), whole.bytes.begin() + static_cast<long>(size));
        EXPECT_FALSE(notes_mark_xv6({part.data(), part.size()})) << size;
    }
    for (const u32 size : {0xffffffffu, 0xfffffffcu, 0x80000000u, 1025u}) {
        for (size_t field : {0, 4}) {
            Notes damaged = whole;
            std::memcpy(damaged.bytes.data() + field, &size, sizeof size);
            EXPECT_FALSE(damaged.mark());
        }
    }
}
