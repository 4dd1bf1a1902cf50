// Looks an address up in the table that scripts/symbols.py made.

#include "core/symbols.h"

namespace faultline {

extern "C" {
extern const u32 kernel_symbol_count;
extern const u32 kernel_symbol_addresses[];
extern const u32 kernel_symbol_name_offsets[];
extern const char kernel_symbol_names[];
extern const char kernel_text_begin[], kernel_text_end[];
}

Symbol find_symbol(u32 eip)
{
    const auto begin = reinterpret_cast<usize>(kernel_text_begin),
               end = reinterpret_cast<usize>(kernel_text_end);
    if (eip < begin || eip >= end) return {"?", 0};
    u32 first = 0, last = kernel_symbol_count;  // the last address <= eip lies in [first - 1, last)
    while (first < last) {
        const u32 middle = first + (last - first) / 2;
        if (kernel_symbol_addresses[middle] <= eip)
            first = middle + 1;
        else
            last = middle;
    }
    if (first == 0) return {"?", 0};
    return {kernel_symbol_names + kernel_symbol_name_offsets[first - 1],
            eip - kernel_symbol_addresses[first - 1]};
}

}  // namespace faultline
