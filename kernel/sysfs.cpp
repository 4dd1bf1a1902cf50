#include "kernel/sysfs.h"

#include "arch/percpu.h"
#include "dev/block.h"
#include "fs/synthetic_tree.h"
#include "kernel/procfs.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/heap.h"

namespace faultline {

namespace {

constexpr u32 kMagic = 0x62656572;
constexpr u64 kRootInode = 1, kCpuDirectory = 2, kBlockDirectory = 3, kFirstCpu = 16, kFirstDisk = 32,
              kTreeInode = 1000;
constexpr u8 kDirectoryType = directory_type_of(kModeDirectory);

// ---- devices/system/cpu ----

// "0" or "0-3".
void print_cpus(u32 count, TextBuffer& out)
{
    if (count == 1)
        out.print("0\n");
    else
        out.print("0-%u\n", count - 1);
}

Result<void> write_cpus(TextBuffer& out)
{
    print_cpus(cpu_count(), out);
    return {};
}

Result<void> write_newline(TextBuffer& out)
{
    out.append('\n');
    return {};
}

Result<void> write_kernel_max(TextBuffer& out)
{
    out.print("%u\n", kMaxCpus - 1);
    return {};
}

constexpr TextNode kCpus[] = {
    {"kernel_max", write_kernel_max}, {"offline", write_newline}, {"online", write_cpus},
    {"possible", write_cpus},         {"present", write_cpus},
};

// Each CPU is a core and a socket of its own: nothing is known about shared caches.
template <u32 cpu> Result<void> write_cpu_number(TextBuffer& out)
{
    out.print("%u\n", cpu);
    return {};
}
template <u32 cpu> Result<void> write_cpu_bit(TextBuffer& out)
{
    out.print("%x\n", 1u << cpu);
    return {};
}
template <u32 cpu> struct CpuNodes {
    static constexpr TextNode kTopology[] = {
        {"core_id", write_cpu_number<0>},
        {"core_siblings", write_cpu_bit<cpu>},
        {"core_siblings_list", write_cpu_number<cpu>},
        {"physical_package_id", write_cpu_number<cpu>},
        {"thread_siblings", write_cpu_bit<cpu>},
        {"thread_siblings_list", write_cpu_number<cpu>},
    };
    static constexpr TextNode kNodes[] = {{"topology", nullptr, nullptr, kTopology}};
};
constexpr Span<const TextNode> kCpuNodes[kMaxCpus] = {
    CpuNodes<0>::kNodes, CpuNodes<1>::kNodes, CpuNodes<2>::kNodes, CpuNodes<3>::kNodes,
    CpuNodes<4>::kNodes, CpuNodes<5>::kNodes, CpuNodes<6>::kNodes, CpuNodes<7>::kNodes,
};

class CpuDirectory final : public SyntheticDirectory {
public:
    explicit CpuDirectory(FileSystem& file_system) : SyntheticDirectory{file_system, kCpuDirectory, 0555} {}
    Result<Ref<Inode>> lookup(StringView name) override
    {
        u32 cpu;
        const bool numbered = name.size() > 3 && StringView{name.data(), 3} == "cpu" &&
                              parse_number({name.data() + 3, name.size() - 3}, cpu);
        if (!numbered) return find_text_node(file_system_, kCpuDirectory, kCpus, name);
        if (cpu >= cpu_count()) return Errno::NoEntry;
        return create_text_tree(file_system_, kFirstCpu + cpu, kCpuNodes[cpu]);
    }
    Result<u64> list(u64 position, DirectorySink& sink) override
    {
        for (; position < cpu_count(); position++) {
            char name[8];
            format(name, "cpu%u", static_cast<u32>(position));
            if (!sink.take(sink, name, kFirstCpu + position, kDirectoryType, position + 1)) return position;
        }
        list_text_nodes(kCpuDirectory, kCpus, cpu_count(), position, sink);
        return position;
    }
    void last_ref_dropped() override { destroy(this); }
};

// ---- block/NAME ----

using WriteDisk = void (*)(const BlockDevice& disk, TextBuffer& out);
struct DiskText {
    const char* name;
    WriteDisk write;
};
constexpr DiskText kDiskTexts[] = {
    {"dev", [](const BlockDevice& disk,
               TextBuffer& out) { out.print("%u:%u\n", disk.major_number(), disk.minor_number()); }},
    {"removable", [](const BlockDevice&, TextBuffer& out) { out.print("0\n"); }},
    {"ro", [](const BlockDevice& disk, TextBuffer& out) { out.print("%u\n", disk.read_only() ? 1 : 0); }},
    {"size", [](const BlockDevice& disk, TextBuffer& out) { out.print("%llu\n", disk.size_sectors()); }},
    {"stat", print_block_traffic},
};
constexpr u32 kDiskTextCount = sizeof kDiskTexts / sizeof kDiskTexts[0];

class DiskFile final : public SyntheticFile {
public:
    DiskFile(FileSystem& file_system, u64 number, const BlockDevice& disk, WriteDisk write_disk)
        : SyntheticFile{file_system, number, 0444}, disk_{disk}, write_{write_disk}
    {
    }
    Result<void> write_text(TextBuffer& out) override
    {
        write_(disk_, out);
        return {};
    }
    void last_ref_dropped() override { destroy(this); }

private:
    const BlockDevice& disk_;
    WriteDisk write_;
};

class DiskDirectory final : public SyntheticDirectory {
public:
    DiskDirectory(FileSystem& file_system, u64 number, const BlockDevice& disk)
        : SyntheticDirectory{file_system, number, 0555}, disk_{disk}
    {
    }
    Result<Ref<Inode>> lookup(StringView name) override
    {
        for (u32 i = 0; i < kDiskTextCount; i++)
            if (name == StringView{kDiskTexts[i].name})
                return Ref<Inode>::adopt(
                    TRY(make<DiskFile>(file_system_, file_number(i), disk_, kDiskTexts[i].write)));
        return Errno::NoEntry;
    }
    Result<u64> list(u64 position, DirectorySink& sink) override
    {
        for (; position < kDiskTextCount; position++) {
            const u32 i = static_cast<u32>(position);
            if (!sink.take(sink, kDiskTexts[i].name, file_number(i), directory_type_of(kModeRegular),
                           position + 1))
                break;
        }
        return position;
    }
    void last_ref_dropped() override { destroy(this); }

private:
    u64 file_number(u32 index) const { return number_ * 1000 + index; }
    const BlockDevice& disk_;
};

class BlockDirectory final : public SyntheticDirectory {
public:
    explicit BlockDirectory(FileSystem& file_system) : SyntheticDirectory{file_system, kBlockDirectory, 0555}
    {
    }
    Result<Ref<Inode>> lookup(StringView name) override
    {
        u64 number = kFirstDisk;
        for (const BlockDevice* disk = first_block_device(); disk; disk = next_block_device(*disk), number++)
            if (name == StringView{disk->name()})
                return Ref<Inode>::adopt(TRY(make<DiskDirectory>(file_system_, number, *disk)));
        return Errno::NoEntry;
    }
    Result<u64> list(u64 position, DirectorySink& sink) override
    {
        u64 at = 0;
        for (const BlockDevice* disk = first_block_device(); disk; disk = next_block_device(*disk), at++) {
            if (at < position) continue;
            if (!sink.take(sink, disk->name(), kFirstDisk + at, kDirectoryType, at + 1)) return at;
            position = at + 1;
        }
        return position;
    }
    void last_ref_dropped() override { destroy(this); }
};

// ---- What has no directory of its own kind ----

Result<void> write_never(TextBuffer& out)
{
    out.print("always madvise [never]\n");
    return {};
}

Result<void> write_zero(TextBuffer& out)
{
    out.print("0\n");
    return {};
}

Result<void> write_active_console(TextBuffer& out)
{
    out.print("ttyS0\n");
    return {};
}

constexpr TextNode kConsole[] = {{"active", write_active_console}};
constexpr TextNode kTtys[] = {{"console", nullptr, nullptr, kConsole}};
constexpr TextNode kClasses[] = {{"tty", nullptr, nullptr, kTtys}};
constexpr TextNode kHugePages[] = {{"enabled", write_never}};
constexpr TextNode kKernelMm[] = {{"transparent_hugepage", nullptr, nullptr, kHugePages}};
constexpr TextNode kKernel[] = {{"mm", nullptr, nullptr, kKernelMm}};
constexpr TextNode kNode[] = {{"online", write_zero}, {"possible", write_zero}};
constexpr TextNode kRoot[] = {
    {"class", nullptr, nullptr, kClasses},
    {"kernel", nullptr, nullptr, kKernel},
};

// ---- The way to the CPUs, and the root: fixed nodes and one directory of another kind ----

using CreateDirectory = Result<Ref<Inode>> (*)(FileSystem& file_system);

class MixedDirectory final : public SyntheticDirectory {
public:
    struct Kind {
        u64 number;
        Span<const TextNode> nodes;
        struct {
            const char* name;
            u64 number;
            CreateDirectory create;
        } others[2];
    };
    MixedDirectory(FileSystem& file_system, const Kind& kind)
        : SyntheticDirectory{file_system, kind.number, 0555}, kind_{kind}
    {
    }
    Result<Ref<Inode>> lookup(StringView name) override
    {
        for (const auto& other : kind_.others)
            if (other.name && name == StringView{other.name}) return other.create(file_system_);
        return find_text_node(file_system_, number_, kind_.nodes, name);
    }
    Result<u64> list(u64 position, DirectorySink& sink) override
    {
        for (; position < 2; position++) {
            const auto& other = kind_.others[static_cast<u32>(position)];
            if (other.name && !sink.take(sink, other.name, other.number, kDirectoryType, position + 1))
                return position;
        }
        list_text_nodes(number_, kind_.nodes, 2, position, sink);
        return position;
    }
    void last_ref_dropped() override { destroy(this); }

private:
    const Kind& kind_;
};

template <class T> Result<Ref<Inode>> create_directory(FileSystem& file_system)
{
    return Ref<Inode>::adopt(TRY(make<T>(file_system)));
}

template <const MixedDirectory::Kind& kind> Result<Ref<Inode>> create_mixed(FileSystem& file_system)
{
    return Ref<Inode>::adopt(TRY(make<MixedDirectory>(file_system, kind)));
}

constexpr TextNode kSystemNodes[] = {{"node", nullptr, nullptr, kNode}};
constexpr MixedDirectory::Kind kSystemDirectory = {
    kTreeInode,
    kSystemNodes,
    {{"cpu", kCpuDirectory, create_directory<CpuDirectory>}, {nullptr, 0, nullptr}}};
constexpr MixedDirectory::Kind kDevicesDirectory = {
    kTreeInode + 1, {}, {{"system", kTreeInode, create_mixed<kSystemDirectory>}, {nullptr, 0, nullptr}}};
constexpr MixedDirectory::Kind kRootDirectory = {
    kRootInode,
    kRoot,
    {{"block", kBlockDirectory, create_directory<BlockDirectory>},
     {"devices", kTreeInode + 1, create_mixed<kDevicesDirectory>}}};

class SysFileSystem final : public FileSystem {
public:
    SysFileSystem() { device_ = anonymous_device_number(); }

    const char* type_name() const override { return "sysfs"; }
    Result<Ref<Inode>> root() override { return create_mixed<kRootDirectory>(*this); }
    FileSystemUsage usage() override { return {kMagic, kPageSize, 0, 0, 0, 0, 0, kMaxName}; }
    void last_ref_dropped() override { destroy(this); }
};

Result<Ref<FileSystem>> create(const MountRequest&)
{
    return Ref<FileSystem>::adopt(TRY(make<SysFileSystem>()));
}

FileSystemType sys_type{"sysfs", false, create};

}  // namespace

void register_sysfs()
{
    register_file_system(sys_type);
}

}  // namespace faultline
