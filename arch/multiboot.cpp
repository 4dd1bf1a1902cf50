// Reads multiboot 1's information (Multiboot Specification 0.6.96, "Boot information format") and copies it.

#include "arch/multiboot.h"

#include "arch/apic.h"
#include "arch/report.h"
#include "arch/x86.h"
#include "lib/new.h"
#include "lib/string.h"

namespace faultline {

extern "C" char kernel_load_begin[], kernel_end[];  // linker script: physical; virtual
extern "C" u32 boot_directory[1024];                // physical

namespace {

constexpr u32 kLoaderMagic = 0x2BADB002;
constexpr u32 kHasMemory = 1, kHasCommandLine = 4, kHasModules = 8, kHasMap = 64, kHasLoaderName = 512;
constexpr u32 kAvailable = 1;
constexpr u32 kMaxRanges = 64, kMaxModules = 16, kMaxCommandLine = 2048;
constexpr u32 kTopOfMemory = 0xFFFFF000;

struct MultibootInfo {
    u32 flags, lower_kib, upper_kib, boot_device, command_line, module_count, modules;
    u32 symbols[4];
    u32 map_length, map;
    u32 drives_length, drives, config_table, loader_name;
};
struct MultibootModule {
    u32 begin, end, command_line, reserved;
};
struct [[gnu::packed]] MultibootRange {
    u32 size;  // of what follows
    u64 base, length;
    u32 type;
};

MemoryRange ranges[kMaxRanges];
u32 range_count;
BootModule modules[kMaxModules];
u32 module_count;
char command_line[kMaxCommandLine];

template <class T> const T& at(u32 physical)
{
    return *static_cast<const T*>(boot_window(PhysAddr{physical}));
}

u32 clip(u64 address)
{
    return address > kTopOfMemory ? kTopOfMemory : static_cast<u32>(address);
}

// Keeps the list ascending and free of overlaps; whole pages only.
void add_range(u64 base, u64 length)
{
    const u32 begin = clip(base + kPageSize - 1) & ~(kPageSize - 1);
    const u32 end = page_round_down(clip(base + length));
    if (begin >= end || base > kTopOfMemory || range_count == kMaxRanges) return;
    u32 place = range_count;
    for (; place > 0 && begin < ranges[place - 1].begin.value(); place--)
        ranges[place] = ranges[place - 1];
    ranges[place] = {PhysAddr{begin}, PhysAddr{end}};
    range_count++;
}

void merge_ranges()
{
    u32 kept = 0;
    for (u32 i = 1; i < range_count; i++) {
        if (ranges[kept].end < ranges[i].begin)
            ranges[++kept] = ranges[i];
        else
            ranges[kept].end = max(ranges[kept].end, ranges[i].end);
    }
    if (range_count != 0) range_count = kept + 1;
}

void read_memory_map(const MultibootInfo& info)
{
    if (info.flags & kHasMap) {
        for (u32 offset = 0; offset < info.map_length;) {
            const auto& range = at<MultibootRange>(info.map + offset);
            if (range.type == kAvailable) add_range(range.base, range.length);
            offset += range.size + static_cast<u32>(sizeof(range.size));
        }
    } else if (info.flags & kHasMemory) {
        add_range(0, u64{info.lower_kib} * kKiB);
        add_range(kMiB, u64{info.upper_kib} * kKiB);
    }
    merge_ranges();
    if (range_count == 0) panic("the boot loader gave no memory map");
}

void read_modules(const MultibootInfo& info)
{
    if (!(info.flags & kHasModules)) return;
    for (u32 i = 0; i < info.module_count && module_count < kMaxModules; i++) {
        const auto module = at<MultibootModule>(info.modules + i * static_cast<u32>(sizeof(MultibootModule)));
        u32 place = module_count++;
        for (; place > 0 && module.begin < modules[place - 1].begin.value(); place--)
            modules[place] = modules[place - 1];
        modules[place].begin = PhysAddr{module.begin};
        modules[place].end = PhysAddr{module.end};
        copy_string(modules[place].command_line, module.command_line ? &at<char>(module.command_line) : "");
    }
}

bool overlaps_module(u32 begin, u32 end)
{
    for (u32 i = 0; i < module_count; i++)
        if (begin < modules[i].end.value() && modules[i].begin.value() < end) return true;
    return false;
}

// QEMU and GRUB Legacy begin the line with the kernel's file name, GRUB 2 does not. A path in front is taken for one,
// too: no option has a slash before an equals sign.
bool begins_with_file_name(const MultibootInfo& info, const char* line)
{
    if (info.flags & kHasLoaderName) {
        const char* name = &at<char>(info.loader_name);
        if (strncmp(name, "qemu", 4) == 0 || strncmp(name, "GNU GRUB", 8) == 0) return true;
    }
    for (; *line && *line != ' ' && *line != '='; line++)
        if (*line == '/') return true;
    return false;
}

void read_command_line(const MultibootInfo& info)
{
    if (!(info.flags & kHasCommandLine)) return;
    copy_string(command_line, &at<char>(info.command_line));  // first: the window moves
    if (!begins_with_file_name(info, command_line)) return;
    const char* options = strchr(command_line, ' ');
    if (options)
        memmove(command_line, options, strlen(options) + 1);
    else
        command_line[0] = '\0';
}

// A page that nobody else wants: usable RAM (so no firmware data), above the real-mode vectors, without a module. What
// multiboot left there is copied by now.
PhysAddr choose_trampoline()
{
    for (u32 i = 0; i < range_count; i++) {
        const u32 end = min(ranges[i].end.value(), u32{0x9F000});
        for (u32 page = max(ranges[i].begin.value(), u32{0x2000}); page + kPageSize <= end; page += kPageSize)
            if (!overlaps_module(page, page + kPageSize)) return PhysAddr{page};
    }
    return PhysAddr{0};
}

}  // namespace

const void* boot_window(PhysAddr address)
{
    constexpr u32 kWindow = 0xFF000000;
    constexpr u32 kPresentLarge = 0x81, kUncached = 0x10;
    if (address.value() < kDirectMapEnd - kKernelBase) return address.to_kernel().as();
    u32* directory = PhysAddr{KernelAddr::of(boot_directory).value()}.to_kernel().as<u32>();
    const u32 first = address.value() & ~(kLargePageSize - 1);
    for (u32 i = 0; i < 2; i++) {
        const u32 page = first + i * kLargePageSize;
        directory[kWindow / kLargePageSize + i] = page < first ? 0 : page | kPresentLarge | kUncached;
        invlpg(kWindow + i * kLargePageSize);
    }
    return KernelAddr{kWindow + (address.value() - first)}.as();
}

void read_boot_info(u32 magic, PhysAddr multiboot_info, BootInfo& info)
{
    if (magic != kLoaderMagic) panic("not started by a multiboot loader (magic 0x%08x)", magic);
    const MultibootInfo given = at<MultibootInfo>(multiboot_info.value());
    read_memory_map(given);
    read_modules(given);
    read_command_line(given);
    info.ram = {ranges, range_count};
    info.modules = {modules, module_count};
    info.command_line = command_line;
    info.kernel_begin = PhysAddr{KernelAddr::of(kernel_load_begin).value()};
    info.kernel_end = KernelAddr::of(kernel_end).to_phys();
    info.ap_trampoline = choose_trampoline();
    set_trampoline_page(info.ap_trampoline);
}

}  // namespace faultline
