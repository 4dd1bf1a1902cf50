// Nodes stand in an array by number. Lock: nodes_lock guards it; a node's count is dropped without it.
#include "fs/devpts.h"

#include "core/spinlock.h"
#include "dev/pty.h"
#include "fs/synthetic.h"
#include "fs/terminals.h"
#include "lib/optional.h"
#include "lib/string.h"
#include "mm/heap.h"

namespace faultline {

namespace {

constexpr u32 kMagic = 0x1cd1;                                       // DEVPTS_SUPER_MAGIC
constexpr u64 kRootNumber = 1, kMasterNumber = 2, kFirstNumber = 3;  // of inodes
constexpr u32 kMost = Pty::kMost;

struct NodeOptions {
    Optional<u32> uid, gid;
    u32 mode = 0620;
};

SpinLock nodes_lock{LockRank::Leaf};
Inode* nodes[kMost] GUARDED_BY(nodes_lock);  // each with a count
u32 nodes_end GUARDED_BY(nodes_lock) = 0;    // behind the last that ever was: a listing need not look further
NodeOptions node_options GUARDED_BY(nodes_lock);

class PtsNode final : public SyntheticInode {
public:
    PtsNode(FileSystem& file_system, u64 number, DeviceNumber device, u32 mode, u32 uid, u32 gid)
        : SyntheticInode{file_system, number, kModeCharacterDevice | mode, uid, gid}
    {
        special_ = device;
    }
    void last_ref_dropped() override { destroy(this); }
};

class PtsDirectory final : public SyntheticDirectory {
public:
    explicit PtsDirectory(FileSystem& file_system) : SyntheticDirectory{file_system, kRootNumber, 0755} {}

    Result<Ref<Inode>> lookup(StringView name) override;
    Result<u64> list(u64 position, DirectorySink& sink) override;
    void last_ref_dropped() override { destroy(this); }
};

class PtsFileSystem final : public FileSystem {
public:
    PtsFileSystem() { device_ = anonymous_device_number(); }

    const char* type_name() const override { return "devpts"; }
    Result<Ref<Inode>> root() override
    {
        return Ref<Inode>{Ref<PtsDirectory>::adopt(TRY(make<PtsDirectory>(*this)))};
    }
    FileSystemUsage usage() override { return {kMagic, kPageSize, 0, 0, 0, 0, 0, kMaxName}; }
    void last_ref_dropped() override {}  // it stays for good
};

PtsFileSystem* instance;  // made when it is registered

Optional<u32> parse_number(StringView text, u32 base)
{
    u32 value = 0;
    if (text.size() == 0 || text.size() > 10) return {};
    for (const char c : text) {
        if (c < '0' || c >= static_cast<char>('0' + base)) return {};
        value = value * base + static_cast<u32>(c - '0');
    }
    return value;
}

Result<Ref<Inode>> PtsDirectory::lookup(StringView name)
{
    if (name == "ptmx")
        return Ref<Inode>::adopt(
            TRY(make<PtsNode>(file_system_, kMasterNumber, DeviceNumber{5, 2}, 0666u, 0u, 0u)));
    const Optional<u32> number = parse_number(name, 10);
    if (!number || number.value() >= kMost || (name.size() > 1 && name[0] == '0')) return Errno::NoEntry;
    SpinGuard guard{nodes_lock};
    Inode* const node = nodes[number.value()];
    if (!node) return Errno::NoEntry;
    return Ref<Inode>::share(node);
}

// The number of the first node from `number` on; kMost: none.
u32 next_node(u32 number)
{
    SpinGuard guard{nodes_lock};
    while (number < nodes_end && !nodes[number])
        number++;
    return number < nodes_end ? number : kMost;
}

Result<u64> PtsDirectory::list(u64 position, DirectorySink& sink)
{
    constexpr u8 kType = directory_type_of(kModeCharacterDevice);
    if (position == 0 && !sink.take(sink, "ptmx", kMasterNumber, kType, ++position)) return u64{0};
    for (;;) {
        const u32 number = next_node(static_cast<u32>(position - 1));
        if (number == kMost) return position;
        char name[12];
        format(name, "%u", number);
        if (!sink.take(sink, name, kFirstNumber + number, kType, number + 2)) return position;
        position = number + 2;
    }
}

// gid=5,mode=620 and such; what means nothing here is let be.
void parse_options(const char* text, NodeOptions& options)
{
    for (const char* at = text; *at;) {
        const char* end = at;
        while (*end && *end != ',')
            end++;
        const StringView word{at, static_cast<usize>(end - at)};
        const auto number = [&word](StringView name, u32 base) -> Optional<u32> {
            if (!word.starts_with(name)) return {};
            return parse_number({word.data() + name.size(), word.size() - name.size()}, base);
        };
        if (const auto uid = number("uid=", 10)) options.uid = uid;
        if (const auto gid = number("gid=", 10)) options.gid = gid;
        if (const auto mode = number("mode=", 8)) options.mode = mode.value() & 0777;
        at = *end ? end + 1 : end;
    }
}

Result<Ref<FileSystem>> create(const MountRequest& request)
{
    SpinGuard guard{nodes_lock};
    parse_options(request.options, node_options);
    return Ref<FileSystem>::share(instance);
}

FileSystemType devpts_type{"devpts", false, create};

}  // namespace

Result<void> add_pty_node(u32 number, u32 uid, u32 gid)
{
    NodeOptions options;
    {
        SpinGuard guard{nodes_lock};
        options = node_options;
    }
    const DeviceNumber device{kPtyFirstMajor + number / 256, number % 256};
    PtsNode* const node = TRY(make<PtsNode>(*instance, kFirstNumber + number, device, options.mode,
                                            options.uid.value_or(uid), options.gid.value_or(gid)));
    SpinGuard guard{nodes_lock};
    nodes[number] = node;
    nodes_end = max(nodes_end, number + 1);
    return {};
}

void remove_pty_node(u32 number)
{
    Ref<Inode> last;
    SpinGuard guard{nodes_lock};
    last = Ref<Inode>::adopt(nodes[number]);
    nodes[number] = nullptr;
}

void register_devpts()
{
    alignas(PtsFileSystem) static u8 memory[sizeof(PtsFileSystem)];
    instance = new (memory) PtsFileSystem;
    {
        SpinGuard guard{nodes_lock};
        node_options.gid = 5u;  // "tty", as every Linux system mounts it
    }
    register_file_system(devpts_type);
}

}  // namespace faultline
