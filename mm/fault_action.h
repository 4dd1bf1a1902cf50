// The decision of the fault handler, as a pure function: facts in, one action out.
//
//   allowed  PTE      access           frame           action
//   no       -        -                -               Deny          kernel/trap.cpp kills the process
//   yes      absent   read             no contents     MapZeroPage   private memory, where the policy has a shared zero frame
//   yes      absent   -                no contents     ZeroFill      first touch of anonymous memory; first write to the zero frame
//   yes      absent   -                has contents    Fetch         object or swap; a private write goes on to CopyFrame at once
//   yes      -        -                beyond its end  BusError      the file was truncated
//   yes      present  already allowed  -               Retry         stale TLB entry, or another CPU was faster
//   yes      present  write            sole or shared* MakeWritable  last owner keeps it; *by a shared region
//   yes      present  write            several owners  CopyFrame     copy-on-write
//
// FaultAction is the one list: each action has a counter of its own name, the trace prints that name.
#pragma once

#include "lib/types.h"

namespace faultline {

enum class FaultAction : u8 { Deny, MapZeroPage, ZeroFill, Fetch, BusError, Retry, MakeWritable, CopyFrame };
constexpr u32 kFaultActions = 8;

// The counter's name in /proc/vmstat and /proc/PID/faults.
const char* counter_name(FaultAction action);
const char* action_name(FaultAction action);  // in traces

struct FaultFacts {
    bool allowed = false;           // a region holds the address and grants the access
    bool present = false;           // the PTE has a frame
    bool writable = false;          // and lets programs store
    bool write = false;             // the access is a store
    bool has_contents = false;      // absent, but the object or a swap slot has the page
    bool beyond_end = false;        // the object ends before this page
    bool zero_page_serves = false;  // a read that the shared zero frame can answer
    bool zero_frame = false;        // the PTE shows the shared zero frame
    bool shared_region = false;     // stores go to the object
    bool sole_owner = false;        // nobody else owns the frame
};

constexpr FaultAction decide(const FaultFacts& f)
{
    if (!f.allowed) return FaultAction::Deny;
    if (f.beyond_end) return FaultAction::BusError;
    if (!f.present && f.has_contents) return FaultAction::Fetch;
    if (!f.present) return f.zero_page_serves ? FaultAction::MapZeroPage : FaultAction::ZeroFill;
    if (!f.write || f.writable) return FaultAction::Retry;
    if (f.zero_frame) return FaultAction::ZeroFill;
    return f.shared_region || f.sole_owner ? FaultAction::MakeWritable : FaultAction::CopyFrame;
}
static_assert(decide(FaultFacts{}) == FaultAction::Deny);  // knowing nothing, refuse

}  // namespace faultline
