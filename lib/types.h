// The fixed-width integers, by the short names used everywhere. Nothing else: every file may include this one.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace faultline {

using u8 = uint8_t;
using u16 = uint16_t;
using u32 = uint32_t;
using u64 = uint64_t;
using i8 = int8_t;
using i16 = int16_t;
using i32 = int32_t;
using i64 = int64_t;
using usize = size_t;

constexpr u32 kKiB = 1024;
constexpr u32 kMiB = 1024 * kKiB;

}  // namespace faultline
