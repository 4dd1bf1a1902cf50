// What the bits of DR6 and DR7 mean. The control register is written last, and cleared first: no half of a set is ever on.

#include "arch/debug_registers.h"

#include "arch/x86.h"

namespace faultline {

namespace {

constexpr u32 kRegisters = 4, kExecute = 0, kPort = 2, kEightBytes = 2;

bool is_on(u32 control, u32 n)
{
    return (control >> 2 * n & 3) != 0;
}

u32 kind(u32 control, u32 n)
{
    return control >> (16 + 4 * n) & 3;
}

u32 length_code(u32 control, u32 n)  // of 1, 2, 8 or 4 bytes
{
    return control >> (18 + 4 * n) & 3;
}

}  // namespace

bool debug_control_is_sane(const DebugRegisters& registers, u32 control)
{
    for (u32 n = 0; n < kRegisters; n++) {
        if (!is_on(control, n)) continue;
        const u32 length = length_code(control, n);
        if (kind(control, n) == kPort || length == kEightBytes) return false;
        if (kind(control, n) == kExecute && length != 0) return false;
        if ((registers.address[n] & length) != 0)
            return false;  // the codes 1 and 3 are masks of 2 and 4 bytes
    }
    return true;
}

void load_debug_registers(const DebugRegisters& registers)
{
    const u32 flags = save_flags_and_disable_interrupts();
    write_dr7(0);
    if (registers.control != 0) {
        write_dr0(registers.address[0]);
        write_dr1(registers.address[1]);
        write_dr2(registers.address[2]);
        write_dr3(registers.address[3]);
        write_dr7(registers.control);
    }
    restore_flags(flags);
}

u32 take_debug_status()
{
    const u32 status = read_dr6();
    write_dr6(0);
    return status & (kDebugHits | kDebugStep);
}

u32 debug_hits(const DebugRegisters& registers, u32 status)
{
    u32 hits = 0;
    for (u32 n = 0; n < kRegisters; n++)
        if ((status >> n & 1) != 0 && is_on(registers.control, n)) hits |= 1u << n;
    return hits;
}

bool debug_hit_before_instruction(const DebugRegisters& registers, u32 hits)
{
    for (u32 n = 0; n < kRegisters; n++)
        if ((hits >> n & 1) != 0 && kind(registers.control, n) == kExecute) return true;
    return false;
}

}  // namespace faultline
