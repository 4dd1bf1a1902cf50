// /proc/sys: what may be known, and here and there changed, of the kernel's settings. Numbers are the ones in force; what
// nothing here obeys cannot be written.
#include "core/random.h"
#include "fs/file.h"
#include "fs/pipe.h"
#include "kernel/exec.h"
#include "kernel/file_table.h"
#include "kernel/pid_table.h"
#include "kernel/procfs.h"
#include "kernel/system_name.h"
#include "kernel/version.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/kernel_stack.h"

namespace faultline {

namespace {

template <u32 value> Result<void> write_number(TextBuffer& out)
{
    out.print("%u\n", value);
    return {};
}

// ---- kernel ----

Result<void> write_osrelease(TextBuffer& out)
{
    out.print("%s\n", kRelease);
    return {};
}

Result<void> write_ostype(TextBuffer& out)
{
    out.print("%s\n", kSystemName);
    return {};
}

Result<void> write_kernel_version(TextBuffer& out)
{
    out.print("%s\n", kVersion);
    return {};
}

template <SystemName (*name)()> Result<void> write_name(TextBuffer& out)
{
    out.print("%s\n", name().text);
    return {};
}

// One line, without its end.
template <void (*set)(const SystemName& name)> Result<void> accept_name(StringView text)
{
    SystemName name{};
    for (usize i = 0; i < text.size() && i < sizeof name.text - 1; i++) {
        if (text[i] == '\n' || text[i] == 0) break;
        name.text[i] = text[i];
    }
    set(name);
    return {};
}

// As many kernel stacks as may be at once (kernel/fork.cpp).
Result<void> write_threads_max(TextBuffer& out)
{
    out.print("%u\n", managed_frames() / (8 * (kKernelStackSize / kPageSize)));
    return {};
}

Result<void> write_core_pattern(TextBuffer& out)
{
    out.print("core\n");
    return {};
}

Result<void> write_printk(TextBuffer& out)
{
    out.print("7\t4\t1\t7\n");
    return {};
}

// ---- kernel/random ----

struct Uuid {
    u8 bytes[16];
};

// Version 4, as RFC 4122 has it.
Uuid make_uuid()
{
    Uuid uuid;
    random_bytes(uuid.bytes);
    uuid.bytes[6] = static_cast<u8>((uuid.bytes[6] & 0x0f) | 0x40);
    uuid.bytes[8] = static_cast<u8>((uuid.bytes[8] & 0x3f) | 0x80);
    return uuid;
}

Uuid boot_id;

void print_uuid(const Uuid& uuid, TextBuffer& out)
{
    for (u32 i = 0; i < 16; i++)
        out.print(i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", uuid.bytes[i]);
    out.append('\n');
}

Result<void> write_uuid(TextBuffer& out)
{
    print_uuid(make_uuid(), out);
    return {};
}

Result<void> write_boot_id(TextBuffer& out)
{
    print_uuid(boot_id, out);
    return {};
}

Result<void> write_randomize(TextBuffer& out)
{
    out.print("%u\n", exec_randomizes() ? 2 : 0);
    return {};
}

constexpr TextNode kRandom[] = {
    {"boot_id", write_boot_id},
    {"entropy_avail", write_number<256>},
    {"poolsize", write_number<256>},
    {"uuid", write_uuid},
};

constexpr TextNode kKernel[] = {
    {"cap_last_cap", write_number<40>},
    {"core_pattern", write_core_pattern},
    {"core_uses_pid", write_number<0>},
    {"domainname", write_name<domain_name>, accept_name<set_domain_name>},
    {"hostname", write_name<host_name>, accept_name<set_host_name>},
    {"ngroups_max", write_number<Credentials::kMaxGroups>},
    {"osrelease", write_osrelease},
    {"ostype", write_ostype},
    {"overflowgid", write_number<65534>},
    {"overflowuid", write_number<65534>},
    {"pid_max", write_number<kPidLimit>},
    {"printk", write_printk},
    {"random", nullptr, nullptr, kRandom},
    {"randomize_va_space", write_randomize},
    {"tainted", write_number<0>},
    {"threads-max", write_threads_max},
    {"trace", write_trace_kinds, accept_trace_kinds},
    {"version", write_kernel_version},
};

// ---- fs ----

// Open files, as many of them free (never: they come from the heap), and the most there may be: what memory holds.
u32 most_files()
{
    constexpr u32 kFilesAPage = 4;  // Linux allows a tenth of memory, at 1 KiB a file
    return managed_frames() / 10 * kFilesAPage;
}

Result<void> write_file_max(TextBuffer& out)
{
    out.print("%u\n", most_files());
    return {};
}

Result<void> write_file_nr(TextBuffer& out)
{
    out.print("%u\t0\t%u\n", open_file_count(), most_files());
    return {};
}

constexpr TextNode kFs[] = {
    {"file-max", write_file_max},
    {"file-nr", write_file_nr},
    {"nr_open", write_number<FileTable::kMost>},
    {"overflowgid", write_number<65534>},
    {"overflowuid", write_number<65534>},
    {"pipe-max-size", write_number<kPipeCapacity>},
};

constexpr TextNode kSys[] = {
    {"fs", nullptr, nullptr, kFs},
    {"kernel", nullptr, nullptr, kKernel},
    {"vm", nullptr, nullptr, kProcSysVm},
};

}  // namespace

void init_proc_sys()
{
    boot_id = make_uuid();
}

Span<const TextNode> proc_sys_nodes()
{
    return kSys;
}

}  // namespace faultline
