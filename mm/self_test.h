// The kernel's tests of its own memory management: one for each function of the slides (mm/self_test.cpp).
// kernel/self_test.h says how they are run. They may sleep, and expect that nobody else uses much memory meanwhile.
#pragma once

#include "lib/span.h"

namespace faultline {

struct MemoryTest {
    const char* name;      // the slides'
    const char* (*run)();  // null: all is right; otherwise what is not
    bool panics;           // ends in a panic when all is right
};

Span<const MemoryTest> memory_tests();

}  // namespace faultline
