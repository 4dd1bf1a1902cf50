// The decision table of the fault handler, row by row.
#include "mm/fault_action.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

using namespace faultline;

namespace {

FaultFacts allowed()
{
    FaultFacts facts;
    facts.allowed = true;
    return facts;
}

FaultFacts present_write()
{
    FaultFacts facts = allowed();
    facts.present = facts.write = true;
    return facts;
}

}  // namespace

TEST(FaultAction, nothing_is_allowed_by_default)
{
    FaultFacts facts = present_write();
    facts.allowed = false;
    EXPECT_EQ(decide(facts), FaultAction::Deny);
}

TEST(FaultAction, absent_pages)
{
    FaultFacts facts = allowed();
    EXPECT_EQ(decide(facts), FaultAction::ZeroFill);
    facts.zero_page_serves = true;
    EXPECT_EQ(decide(facts), FaultAction::MapZeroPage);
    facts.has_contents = true;
    EXPECT_EQ(decide(facts), FaultAction::Fetch);
    facts.beyond_end = true;
    EXPECT_EQ(decide(facts), FaultAction::BusError);
}

TEST(FaultAction, present_pages)
{
    FaultFacts facts = allowed();
    facts.present = true;
    EXPECT_EQ(decide(facts), FaultAction::Retry);  // a read: someone was faster
    facts.write = facts.writable = true;
    EXPECT_EQ(decide(facts), FaultAction::Retry);
}

TEST(FaultAction, the_three_cases_of_copy_on_write)
{
    FaultFacts facts = present_write();
    EXPECT_EQ(decide(facts), FaultAction::CopyFrame);  // several owners
    facts.sole_owner = true;
    EXPECT_EQ(decide(facts), FaultAction::MakeWritable);  // the last one
    facts.sole_owner = false;
    facts.shared_region = true;
    EXPECT_EQ(decide(facts), FaultAction::MakeWritable);  // shared memory is never copied
    facts.shared_region = false;
    facts.zero_frame = true;
    EXPECT_EQ(decide(facts), FaultAction::ZeroFill);  // nothing to copy
}

TEST(FaultAction, each_has_a_counter_of_its_own)
{
    std::set<std::string> names;
    for (u32 action = 0; action < kFaultActions; action++)
        names.insert(counter_name(static_cast<FaultAction>(action)));
    EXPECT_EQ(names.size(), kFaultActions);
    EXPECT_EQ(names.count("fault_unknown"), 0u);
}
