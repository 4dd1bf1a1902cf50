// What a program finds on its stack when it starts, as Linux for i386 lays it out.
//
//   stack top - 4   0
//                   argument strings, environment strings, path of the program   (strings_)
//                   16 random bytes, "i686"
//                   auxiliary vector, ending in AT_NULL                           (vector_ and the rest: words)
//                   pointers to the environment, 0
//                   pointers to the arguments, 0
//   esp, 16-aligned argc
//
// Strings are collected first, as offsets; when all are known the place of each is too.
#pragma once

#include "kernel/abi.h"
#include "kernel/byte_chain.h"
#include "mm/address_space.h"

namespace faultline {

class ProgramStack {
public:
    explicit ProgramStack(u32 most_bytes) : most_bytes_{most_bytes} {}

    // Arguments first, then end_list(), the environment, end_list(), then the path. TooBig, Fault, NoMemory.
    Result<void> add(StringView text);
    Result<void> add_from_user(UserAddr text);
    Result<void> end_list();
    Result<void> set_path(StringView path);

    u32 argument_count() const { return counts_[0]; }

    struct Start {
        UserAddr esp;
        UserAddr arguments, arguments_end, environment_end;  // strings
    };
    // Writes everything into the top of the space's stack, which this makes. `auxiliary`: pairs, without those that
    // point into the stack itself; they are added here.
    Result<Start> build(AddressSpace& space, Span<const u32> auxiliary);
    // As xv6's exec does, for programs written for it: from esp upwards a return address that leads nowhere, argc, argv,
    // the array, the argument strings. No environment. All in one page.
    Result<Start> build_xv6(AddressSpace& space);

private:
    Result<void> begin_string();
    Result<void> check_size() const;
    void place_pointers(u32 strings_start);
    static Result<void> write_chain(AddressSpace& space, UserAddr to, const ByteChain& chain, u32 size);

    u32 most_bytes_;
    ByteChain strings_;
    ByteChain words_;  // argc, offsets of arguments, 0, offsets of environment, 0
    u32 counts_[2] = {};
    u32 list_ = 0;
    u32 list_ends_[2] = {};  // sizes of strings_ there
    u32 path_offset_ = 0;
};

}  // namespace faultline
