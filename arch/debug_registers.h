// The debug registers: up to four addresses that trap when the program reads, writes or executes there (SDM vol. 3B,
// "Debug Registers").
//
// A thread that has some gets them together with its FPU state (core/scheduler), and they stay there when another thread
// comes: whom they do not concern takes them away at the first trap. So a switch between threads without them costs nothing.
#pragma once

#include "lib/types.h"

namespace faultline {

struct DebugRegisters {
    u32 address[4] = {};
    u32 status = 0;   // of the last trap: kDebugHits and kDebugStep
    u32 control = 0;  // DR7; 0: nothing is watched
};

constexpr u32 kDebugHits = 0xf, kDebugStep = 1u << 14;
constexpr u32 kDebugControlReserved = 0xfc00;

bool debug_control_is_sane(const DebugRegisters& registers, u32 control);
void load_debug_registers(const DebugRegisters& registers);
u32 take_debug_status();  // DR6's bits as in `status`; clears them
// Those of the hits that the thread asked for.
u32 debug_hits(const DebugRegisters& registers, u32 status);
bool debug_hit_before_instruction(const DebugRegisters& registers, u32 hits);

}  // namespace faultline
