// Copies between kernel memory and user addresses, with faults recovered. mm/user_access.h has checked the range; these
// only move bytes. Any bytes that cannot be moved because of a fault are counted, exactly, never skipped.
#pragma once

#include "arch/layout.h"
#include "arch/trap_frame.h"
#include "lib/types.h"

namespace faultline {

// Either side may be the user's. Return how many bytes were NOT moved: 0 is success.
extern "C" u32 user_copy_bytes(void* to, const void* from, u32 size);
extern "C" u32 user_clear_bytes(void* to, u32 size);

// Copies up to and with the NUL, at most `limit` bytes. Returns the bytes copied (without NUL if there was none in
// `limit`), and what ended it.
enum class CopyStringEnd : u32 { Nul, Limit, Fault };
extern "C" u32 user_copy_string(char* to, const char* from, u32 limit, CopyStringEnd* end);

// One word, atomically: becomes `desired` if it was `expected`; `found` is what it was. Returns 0, or 4 where it faults.
extern "C" u32 user_compare_exchange(u32* word, u32 expected, u32 desired, u32* found);

// A few whole words. Returns 0, or not where it faults.
extern "C" u32 user_copy_words(void* to, const void* from, u32 words);

// The running thread's FPU state to and from a signal frame, whose header lies 16-byte aligned with FXSAVE's image behind
// it. Only where has_fxsr().
enum class UserFpu : u32 { Done, Fault, RestIsCallers };
extern "C" UserFpu user_fpu_save(void* header);
extern "C" UserFpu user_fpu_restore(const void* header, u32 bad_mxcsr);

// If the frame's eip lies in one of the routines above, moves it to that routine's recovery and returns true.
bool is_user_copy(u32 eip);
bool fix_up_user_copy(TrapFrame& frame);

}  // namespace faultline
