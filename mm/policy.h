// A policy: what the memory manager does at once and what it puts off. A constant struct of choices that the code asks;
// nobody asks for a policy's name. Inherited by fork and exec; `vm=` sets it at boot, the program `vm` for one command.
//
// The rows are the steps of a course: everything at once (stock), the heap on demand (lazy), frames shared after fork
// (cow), programs on demand from the page cache (full).
#pragma once

#include "arch/layout.h"
#include "lib/bits.h"
#include "lib/span.h"

namespace faultline {

enum class When : u8 { AtOnce, OnTouch };
enum class ForkBy : u8 {
    Copying,
    Sharing,        // all frames, read-only
    SharingTables,  // and page tables that hold nothing but one region's private memory (mm/shared_table.cpp)
};
enum class FirstRead : u8 { OwnFrame, SharedZeroFrame };
enum class Layout : u8 {
    Xv6,    // program where it is linked, guard page, stack pages, heap on top
    Linux,  // heap above the program, mappings, and a stack that grows down from KERNBASE
};
enum class SegmentFlags : u8 { Ignored, Honoured };  // ignored: all of a program may be written
enum class AbsentPage : u8 {
    Kills,
    IsServed
};  // a touch of a page that the region allows but that is not there

struct Policy {
    const char* name;
    When program;   // exec allocates and loads every page, or faults do
    When heap;      // sbrk allocates, or faults do
    When mappings;  // mmap populates, or faults do
    AbsentPage absent_page;
    ForkBy fork;
    FirstRead first_read;  // of private anonymous memory
    Layout layout;
    SegmentFlags segment_flags;
    bool evictable;          // its frames may go to swap, its PTEs may be dropped by reclaim
    u32 fault_around_pages;  // cached file pages that one fault may map at most: a power of two, 1 to 16
};

// clang-format off
//                            name     program        heap           mappings       absent page
constexpr Policy kStockPolicy{"stock", When::AtOnce,  When::AtOnce,  When::AtOnce,  AbsentPage::Kills,
                              ForkBy::Copying, FirstRead::OwnFrame,        Layout::Xv6,   SegmentFlags::Ignored,  false, 1};
constexpr Policy kLazyPolicy {"lazy",  When::AtOnce,  When::OnTouch, When::OnTouch, AbsentPage::IsServed,
                              ForkBy::Copying, FirstRead::OwnFrame,        Layout::Xv6,   SegmentFlags::Honoured, false, 1};
constexpr Policy kCowPolicy  {"cow",   When::AtOnce,  When::OnTouch, When::OnTouch, AbsentPage::IsServed,
                              ForkBy::SharingTables, FirstRead::OwnFrame,  Layout::Xv6,   SegmentFlags::Honoured, false, 1};
constexpr Policy kFullPolicy {"full",  When::OnTouch, When::OnTouch, When::OnTouch, AbsentPage::IsServed,
                              ForkBy::Sharing, FirstRead::SharedZeroFrame, Layout::Linux, SegmentFlags::Honoured, true,  16};
//                            fork             first read                  layout         segment flags           evictable, fault-around
// clang-format on

// In the order of their numbers in call 1005.
constexpr const Policy* kPolicies[] = {&kStockPolicy, &kLazyPolicy, &kCowPolicy, &kFullPolicy};
constexpr u32 kPolicyCount = 4;

constexpr u32 kLargestFaultAround = 64 * kKiB;

// Bytes that one fault may map: a power of two from one page to what the widest policy has.
constexpr bool is_fault_around(u32 size_bytes)
{
    return is_power_of_two(size_bytes) && kPageSize <= size_bytes && size_bytes <= kLargestFaultAround;
}

inline const Policy* find_policy(StringView name)  // null: there is none of that name
{
    for (const Policy* policy : kPolicies)
        if (name == policy->name) return policy;
    return nullptr;
}

}  // namespace faultline
