#include "kernel/tracee_registers.h"

#include "lib/string.h"

namespace faultline {

namespace {

constexpr u32 kUserFlags = 0x50dd5;  // AC RF OF DF TF SF ZF AF PF CF
constexpr u32 kNoCall = ~u32{0};

u32 user_selector(u32 selector)
{
    selector &= 0xffff;
    return selector != 0 ? selector | 3 : 0;
}

// FXSAVE's places (SDM vol. 1, "FXSAVE Area") of FSAVE's seven words; tags are packed otherwise.
constexpr u32 kFxRegisters = 32, kFxRegisterSize = 16, kRegisterSize = 10, kRegisters = 8;
constexpr u32 kTagEmpty = 3, kTagValid = 0, kTagZero = 1, kTagSpecial = 2;

u32 half(const FpuState& state, u32 at)
{
    return state.bytes[at] | static_cast<u32>(state.bytes[at + 1]) << 8;
}

void set_half(FpuState& state, u32 at, u32 value)
{
    state.bytes[at] = static_cast<u8>(value);
    state.bytes[at + 1] = static_cast<u8>(value >> 8);
}

// What FSAVE's tag says of a register that is in use.
u32 tag_of(const u8* value)
{
    const u32 exponent = (value[8] | static_cast<u32>(value[9]) << 8) & 0x7fff;
    u64 mantissa;
    memcpy(&mantissa, value, sizeof mantissa);
    if (exponent == 0x7fff) return kTagSpecial;
    if (exponent == 0) return mantissa == 0 ? kTagZero : kTagSpecial;
    return mantissa >> 63 != 0 ? kTagValid : kTagSpecial;
}

// Register number n stands at (n - top) % 8 of the stack, which is the order of the image.
u32 fsave_tags(const FpuState& state)
{
    const u32 in_use = state.bytes[4], top = half(state, 2) >> 11 & 7;
    u32 tags = 0;
    for (u32 i = 0; i < kRegisters; i++) {
        const u8* value = &state.bytes[kFxRegisters + ((i - top) & 7) * kFxRegisterSize];
        tags |= ((in_use >> i & 1) != 0 ? tag_of(value) : kTagEmpty) << 2 * i;
    }
    return tags;
}

}  // namespace

TraceeRegisters read_registers(const TrapFrame& frame)
{
    const bool in_call = frame.trap_number == kSystemCallVector;
    return {frame.ebx,         frame.ecx,         frame.edx,         frame.esi,
            frame.edi,         frame.ebp,         frame.eax,         frame.ds & 0xffff,
            frame.es & 0xffff, frame.fs & 0xffff, frame.gs & 0xffff, in_call ? frame.error_code : kNoCall,
            frame.eip,         frame.cs & 0xffff, frame.eflags,      frame.esp,
            frame.ss & 0xffff};
}

void write_registers(TrapFrame& frame, const TraceeRegisters& registers)
{
    frame.ebx = registers.ebx;
    frame.ecx = registers.ecx;
    frame.edx = registers.edx;
    frame.esi = registers.esi;
    frame.edi = registers.edi;
    frame.ebp = registers.ebp;
    frame.eax = registers.eax;
    frame.ds = user_selector(registers.ds);
    frame.es = user_selector(registers.es);
    frame.fs = user_selector(registers.fs);
    frame.gs = user_selector(registers.gs);
    frame.eip = registers.eip;
    frame.cs = user_selector(registers.cs);
    frame.eflags = (frame.eflags & ~kUserFlags) | (registers.eflags & kUserFlags);
    frame.esp = registers.esp;
    frame.ss = user_selector(registers.ss);
    // No number: no call is under way, whatever eax looks like, so none is begun again.
    if (frame.trap_number == kSystemCallVector || registers.number != kNoCall) {
        frame.trap_number = kSystemCallVector;
        frame.error_code = registers.number;
    }
}

FsaveImage read_fsave(const FpuState& state)
{
    FsaveImage image{};
    if (!has_fxsr()) {
        memcpy(&image, state.bytes, sizeof image);
        return image;
    }
    constexpr u32 kAbove = 0xffff0000;
    image.environment[0] = kAbove | half(state, 0);
    image.environment[1] = kAbove | half(state, 2);
    image.environment[2] = kAbove | fsave_tags(state);
    memcpy(&image.environment[3], &state.bytes[8], 4);
    image.environment[4] = half(state, 12) | half(state, 6) << 16;  // code selector, opcode
    memcpy(&image.environment[5], &state.bytes[16], 4);
    image.environment[6] = kAbove | half(state, 20);
    for (u32 i = 0; i < kRegisters; i++)
        memcpy(&image.registers[i * kRegisterSize], &state.bytes[kFxRegisters + i * kFxRegisterSize],
               kRegisterSize);
    return image;
}

void write_fsave(FpuState& state, const FsaveImage& image)
{
    if (!has_fxsr()) {
        memcpy(state.bytes, &image, sizeof image);
        return;
    }
    set_half(state, 0, image.environment[0]);
    set_half(state, 2, image.environment[1]);
    u8 in_use = 0;
    for (u32 i = 0; i < kRegisters; i++)
        if ((image.environment[2] >> 2 * i & 3) != kTagEmpty) in_use |= static_cast<u8>(1u << i);
    state.bytes[4] = in_use;
    set_half(state, 6, image.environment[4] >> 16);
    memcpy(&state.bytes[8], &image.environment[3], 4);
    set_half(state, 12, image.environment[4]);
    memcpy(&state.bytes[16], &image.environment[5], 4);
    set_half(state, 20, image.environment[6]);
    for (u32 i = 0; i < kRegisters; i++)
        memcpy(&state.bytes[kFxRegisters + i * kFxRegisterSize], &image.registers[i * kRegisterSize],
               kRegisterSize);
}

}  // namespace faultline
