// What a page may be used for, and how it was used. The i386 without PAE cannot forbid execution: Execute counts as Read
// for the hardware, but regions remember it.
#pragma once

#include "lib/types.h"

namespace faultline {

enum class Access : u8 { Read = 1, Write = 2, Execute = 4 };

class Rights {
public:
    constexpr Rights() = default;
    static constexpr Rights none() { return Rights{0}; }
    static constexpr Rights read() { return Rights{1}; }
    static constexpr Rights read_write() { return Rights{3}; }
    static constexpr Rights read_execute() { return Rights{5}; }
    static constexpr Rights all() { return Rights{7}; }
    static constexpr Rights from_bits(u32 bits)
    {
        return Rights{static_cast<u8>(bits & 7)};
    }  // PROT_READ 1, WRITE 2, EXEC 4

    constexpr Rights without_execute() const { return Rights{static_cast<u8>(bits_ & 3)}; }
    constexpr u32 bits() const { return bits_; }
    constexpr bool readable() const { return (bits_ & 1) != 0; }
    constexpr bool writable() const { return (bits_ & 2) != 0; }
    constexpr bool executable() const { return (bits_ & 4) != 0; }
    // As the hardware has it: whatever may be written or executed may be read.
    constexpr bool include(Access access) const { return access == Access::Write ? writable() : bits_ != 0; }
    constexpr bool operator==(Rights other) const { return bits_ == other.bits_; }
    constexpr bool operator!=(Rights other) const { return bits_ != other.bits_; }

private:
    constexpr explicit Rights(u8 bits) : bits_{bits} {}
    u8 bits_ = 0;
};

enum class Sharing : u8 {
    Private,  // a write never reaches the object
    Shared,   // it does
};

}  // namespace faultline
