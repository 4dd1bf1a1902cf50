// The nodes are made when the file system is: devices are registered at bring-up only, so the directory never changes.
// Names are few, so looking one up walks the list. Modes and owners can be changed and last until the machine is off.
#include "fs/devfs.h"

#include "fs/devices.h"
#include "fs/synthetic.h"
#include "mm/heap.h"

namespace faultline {

namespace {

constexpr u32 kMagic = 0x01021994;  // TMPFS_MAGIC, as Linux's devtmpfs shows
constexpr u64 kRootNumber = 1;

struct NamedLink {
    const char* name;
    const char* target;
};
constexpr NamedLink kLinks[] = {{"fd", "/proc/self/fd"},
                                {"stdin", "/proc/self/fd/0"},
                                {"stdout", "/proc/self/fd/1"},
                                {"stderr", "/proc/self/fd/2"}};
constexpr u32 kLinkCount = sizeof kLinks / sizeof kLinks[0];

class DeviceNode final : public SyntheticInode {
public:
    DeviceNode(FileSystem& file_system, u64 number, const DeviceEntry& device)
        : SyntheticInode{file_system, number, mode_of(device)}
    {
        special_ = device.number;
    }
    void last_ref_dropped() override { destroy(this); }

private:
    static u32 mode_of(const DeviceEntry& device)
    {
        return device.permissions |
               (device.kind == DeviceKind::Block ? kModeBlockDevice : kModeCharacterDevice);
    }
};

// Where another file system is mounted.
constexpr const char* kMountPoints[] = {"pts", "shm"};
constexpr u32 kMountPointCount = sizeof kMountPoints / sizeof kMountPoints[0];

class EmptyDirectory final : public SyntheticDirectory {
public:
    EmptyDirectory(FileSystem& file_system, u64 number) : SyntheticDirectory{file_system, number, 0755} {}

    Result<Ref<Inode>> lookup(StringView) override { return Errno::NoEntry; }
    Result<u64> list(u64 position, DirectorySink&) override { return position; }
    bool names_are_stable() const override { return true; }
    void last_ref_dropped() override { destroy(this); }
};

class DevDirectory final : public SyntheticDirectory {
public:
    explicit DevDirectory(FileSystem& file_system) : SyntheticDirectory{file_system, kRootNumber, 0755} {}

    Result<void> fill();
    Result<Ref<Inode>> lookup(StringView name) override;
    Result<u64> list(u64 position, DirectorySink& sink) override;
    bool names_are_stable() const override { return true; }
    void last_ref_dropped() override { destroy(this); }

private:
    struct Node {
        const char* name;
        Ref<Inode> inode;
    };
    Result<void> add(const char* name, Result<Ref<Inode>> inode);

    Node nodes_[kMaxDevices + kLinkCount + kMountPointCount];
    u32 count_ = 0;
};

class DevFileSystem final : public FileSystem {
public:
    DevFileSystem() { device_ = anonymous_device_number(); }

    const char* type_name() const override { return "devfs"; }
    Result<Ref<Inode>> root() override;
    FileSystemUsage usage() override { return {kMagic, kPageSize, 0, 0, 0, 0, 0, kMaxName}; }
    void last_ref_dropped() override { destroy(this); }
};

Result<void> DevDirectory::add(const char* name, Result<Ref<Inode>> inode)
{
    nodes_[count_].inode = TRY(move(inode));
    nodes_[count_++].name = name;
    return {};
}

Result<void> DevDirectory::fill()
{
    for (u32 i = 0; i < device_count(); i++) {
        DeviceNode* const node = TRY(make<DeviceNode>(file_system_, kRootNumber + 1 + count_, device_at(i)));
        TRY(add(device_at(i).name, Ref<Inode>::adopt(node)));
    }
    for (const char* name : kMountPoints) {
        EmptyDirectory* const place = TRY(make<EmptyDirectory>(file_system_, kRootNumber + 1 + count_));
        TRY(add(name, Ref<Inode>::adopt(place)));
    }
    for (const NamedLink& link : kLinks)
        TRY(add(link.name, create_link(file_system_, kRootNumber + 1 + count_, link.target)));
    return {};
}

Result<Ref<Inode>> DevDirectory::lookup(StringView name)
{
    for (u32 i = 0; i < count_; i++)
        if (name == StringView{nodes_[i].name}) return nodes_[i].inode;
    return Errno::NoEntry;
}

Result<u64> DevDirectory::list(u64 position, DirectorySink& sink)
{
    for (; position < count_; position++) {
        const Node& node = nodes_[position];
        if (!sink.take(sink, node.name, node.inode->number(), directory_type_of(node.inode->mode()),
                       position + 1))
            break;
    }
    return position;
}

Result<Ref<Inode>> DevFileSystem::root()
{
    const Ref<DevDirectory> root = Ref<DevDirectory>::adopt(TRY(make<DevDirectory>(*this)));
    TRY(root->fill());
    return Ref<Inode>{root};
}

Result<Ref<FileSystem>> create(const MountRequest&)
{
    return Ref<FileSystem>::adopt(TRY(make<DevFileSystem>()));
}

FileSystemType devfs_type{"devfs", false, create};
FileSystemType devtmpfs_type{"devtmpfs", false, create};

}  // namespace

void register_devfs()
{
    register_file_system(devfs_type);
    register_file_system(devtmpfs_type);
}

}  // namespace faultline
