// Copies between the kernel and the running program's memory, and buffers that may be either.
//
// The range is compared with the user half by arithmetic alone; then it is simply copied. A page that is absent or
// copy-on-write faults, and the fault takes the ordinary path; if that denies, the copy ends with Errno::Fault. So no
// space, object or page-busy lock may be held here. Only the current thread's own space can be reached.
#pragma once

#include "arch/layout.h"
#include "arch/trap_frame.h"
#include "lib/result.h"
#include "lib/span.h"

namespace faultline {

Result<void> copy_from_user(void* to, UserAddr from, u32 size_bytes);
Result<void> copy_to_user(UserAddr to, const void* from, u32 size_bytes);
// For who reaches the same range several times by arch/user_copy.h itself.
bool is_user_range(UserAddr start, u32 size_bytes);
Result<void> clear_user(UserAddr to, u32 size_bytes);
// The string with its NUL into `to`; its length without. NameTooLong where it does not fit.
Result<u32> copy_string_from_user(Span<char> to, UserAddr from);

// For words that programs and the kernel change together (futexes), with a spin lock held: nothing sleeps, and a page that
// would have to be made present first gives Fault. Outside the lock make_word_present() then sees to it, or says Fault, too.
Result<u32> load_user_word_now(UserAddr word);
// What the word was; it became `desired` if that was `expected`.
Result<u32> compare_exchange_user_word_now(UserAddr word, u32 expected, u32 desired);
enum class WordUse : u8 { Load, Store };
Result<void> make_word_present(UserAddr word, WordUse use);

// Called by the page-fault handler for a fault at CPL 0 that could not be served: true where it hit a user copy, whose
// return was then bent to the error exit.
bool fix_up_user_access(TrapFrame& frame);

// A run of bytes to be filled or drained, in user or kernel memory; moves on as it is used.
class IoBuffer {
public:
    static IoBuffer user(UserAddr start, u32 size_bytes) { return IoBuffer{start.value(), size_bytes, true}; }
    static IoBuffer kernel(void* start, u32 size_bytes)
    {
        return IoBuffer{static_cast<u32>(reinterpret_cast<usize>(start)), size_bytes, false};
    }

    u32 remaining() const { return remaining_; }
    IoBuffer first(u32 size_bytes) const
    {
        return IoBuffer{address_, size_bytes, is_user_};
    }  // a part, on its own
    bool is_user() const { return is_user_; }
    // Moves size_bytes (<= remaining()) out of the kernel into the buffer, or the other way. Fault: nothing is counted.
    Result<void> put(const void* from, u32 size_bytes);
    Result<void> get(void* to, u32 size_bytes);
    Result<void> put_zeroes(u32 size_bytes);
    void skip(u32 size_bytes);

private:
    IoBuffer(u32 address, u32 size_bytes, bool is_user)
        : address_{address}, remaining_{size_bytes}, is_user_{is_user}
    {
    }

    u32 address_;
    u32 remaining_;
    bool is_user_;
};

}  // namespace faultline
