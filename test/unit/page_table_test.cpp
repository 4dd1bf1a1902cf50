// The walk of figure 4-4 on tables in host memory.
#include "mm/page_table.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "mm/frame.h"

using namespace faultline;

namespace {

std::map<u32, std::unique_ptr<u32[]>> memory;
u32 next_frame = 1;
bool out_of_memory;

}  // namespace

namespace faultline {

void* frame_memory(Frame frame)
{
    return memory.at(frame.number()).get();
}

Result<Frame> allocate_frame(Fill, FrameUse)
{
    if (out_of_memory) return Errno::NoMemory;
    memory[next_frame] = std::make_unique<u32[]>(1024);  // zeroed
    return Frame{next_frame++};
}

void direct_map_violation(u32)
{
    std::abort();
}

}  // namespace faultline

TEST(PageTable, an_address_splits_into_ten_ten_and_twelve_bits)
{
    const UserAddr address{0x12345678};
    const UserPage page = UserPage::containing(address);
    EXPECT_EQ(page.directory_index(), 0x12345678u >> 22);
    EXPECT_EQ(page.table_index(), (0x12345678u >> 12) & 1023);
    EXPECT_EQ(page.address().value(), 0x12345000u);
    EXPECT_EQ(UserPage::end_of(address).address().value(), 0x12346000u);
    EXPECT_EQ(UserPage::end_of(UserAddr{0x12345000}).address().value(), 0x12345000u);
}

TEST(PageTable, walking_without_creating_finds_nothing_in_an_empty_directory)
{
    const PageDirectory directory{allocate_frame(Fill::Zero, FrameUse::Directory).value()};
    EXPECT_EQ(directory.find(UserPage{0x601}), nullptr);
}

TEST(PageTable, walking_with_creating_makes_one_table_for_its_4_mib)
{
    PageDirectory directory{allocate_frame(Fill::Zero, FrameUse::Directory).value()};
    Pte* pte = directory.find_or_create(UserPage{0x601}).value();
    *pte = Pte::user(Frame{0x42}, true);
    const u32 frames = next_frame;
    EXPECT_EQ(directory.find_or_create(UserPage{0x602}).value(), pte + 1);
    EXPECT_EQ(next_frame, frames);  // same table
    EXPECT_EQ(directory.find(UserPage{0x601})->raw(), 0x42000u | kPresent | kWritable | kUser);
    const Pde pde = directory.entries()[1];
    EXPECT_TRUE(pde.present());
    EXPECT_EQ(entry_flags(pde.raw()), u32{kPresent | kWritable | kUser});  // the PTE alone decides
    EXPECT_EQ(directory.find(UserPage{0x901}), nullptr);
}

TEST(PageTable, without_memory_nothing_is_left_behind)
{
    PageDirectory directory{allocate_frame(Fill::Zero, FrameUse::Directory).value()};
    out_of_memory = true;
    EXPECT_FALSE(directory.find_or_create(UserPage{0x601}).ok());
    out_of_memory = false;
    EXPECT_EQ(directory.entries()[1].raw(), 0u);
}

TEST(PageTable, entries_keep_what_they_are_given)
{
    const Pte pte = Pte::user(Frame{0xabcde}, false);
    EXPECT_TRUE(pte.present() && pte.is_user() && !pte.writable());
    EXPECT_EQ(pte.frame().number(), 0xabcdeu);
    const Pte parked = pte.made_writable().parked();
    EXPECT_FALSE(parked.present() || parked.writable());
    EXPECT_TRUE(parked.holds_frame());
    EXPECT_EQ(parked.unparked().frame().number(), 0xabcdeu);
    const Pte guard = Pte::guard(Frame{7});
    EXPECT_TRUE(guard.present() && !guard.is_user());
}

TEST(TableSet, next_finds_what_was_added_and_not_removed)
{
    TableSet set;
    EXPECT_EQ(set.next(0), kUserDirectoryEntries);
    for (const u32 index : {0u, 31u, 32u, 300u, kUserDirectoryEntries - 1})
        set.add(index);
    set.remove(32);
    EXPECT_EQ(set.next(0), 0u);
    EXPECT_EQ(set.next(1), 31u);
    EXPECT_EQ(set.next(32), 300u);
    EXPECT_EQ(set.next(301), kUserDirectoryEntries - 1);
    EXPECT_EQ(set.next(kUserDirectoryEntries), kUserDirectoryEntries);
}

TEST(SkipAbsent, stops_at_the_first_entry_wherever_it_stands)
{
    for (u32 count = 0; count < 40; count++)
        for (u32 from = 0; from <= count; from++)
            for (u32 there = 0; there < 40; there++) {
                Pte entries[40];
                entries[there] = Pte::from_raw(kParked);
                const u32 expected = from <= there && there < count ? there : count;
                ASSERT_EQ(skip_absent(entries, from, count), expected) << count << from << there;
            }
}
