// The device registry: which FileLike stands behind a device number. devfs shows the named ones; a node made by mknod
// on any file system opens the same device. Filled at bring-up only, so readers need no lock.
#pragma once

#include "dev/tty.h"
#include "fs/file_like.h"
#include "fs/inode.h"

namespace faultline {

class BlockDevice;

enum class DeviceKind : u8 { Character, Block };

struct DeviceEntry {
    const char* name;  // under /dev; lives for ever
    DeviceKind kind;
    DeviceNumber number;
    u32 permissions;  // 0666, ...
    // Gives what an open of this device reads and writes. May sleep, may fail.
    Result<Ref<FileLike>> (*open)(void* context, u32 flags);
    void* context;
};

// Who calls, for terminals (their group, their session). kernel/ sets it; asked only when a terminal is reached.
void set_caller_hook(TtyCaller (*current_caller)());
TtyCaller current_tty_caller();

constexpr u32 kMaxDevices = 64;

Result<void> register_device(const DeviceEntry& entry);  // NoSpace: kMaxDevices are there
u32 device_count();
const DeviceEntry& device_at(u32 index);
Result<Ref<FileLike>> open_device(DeviceKind kind, DeviceNumber number, u32 flags);  // NoDeviceOrAddress

// Registers memory devices (null, zero, ...), all terminals and all disks that dev/ found. Called once, after drivers.
Result<void> register_standard_devices();

}  // namespace faultline
