// A policy: what the memory manager does at once and what it puts off. A constant struct of choices that the code asks;
// nobody asks for a policy's name. Inherited by fork and exec.
//
// Today there is one, `full`. The slides' steps (stock, lazy, cow) get a row each here.
#pragma once

#include "lib/types.h"

namespace faultline {

enum class ForkBy : u8 { Copying, Sharing };
enum class FirstRead : u8 { OwnFrame, SharedZeroFrame };

struct Policy {
    const char* name;
    ForkBy fork;             // copy every present page, or share all frames read-only
    FirstRead first_read;    // of private anonymous memory
    u32 fault_around_pages;  // cached file pages that one fault may map: a power of two, 1 to 16
};

constexpr Policy kFullPolicy{"full", ForkBy::Sharing, FirstRead::SharedZeroFrame, 16};

}  // namespace faultline
