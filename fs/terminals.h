// Terminals as files: the nodes of the machine's own, /dev/tty, /dev/ptmx and what stands behind /dev/pts/N.
#pragma once

#include "fs/file_like.h"
#include "fs/inode.h"
#include "lib/optional.h"

namespace faultline {

class File;

// Registers /dev/tty, /dev/ptmx and the terminals that dev/ found. Called once, after drivers.
Result<void> register_terminals();

constexpr u32 kPtyFirstMajor = 136, kPtyLastMajor = 151;
Result<Ref<FileLike>> open_pty_slave(DeviceNumber number, u32 flags);  // Io: locked, or its master is gone

// The number of the pair whose master the file is; none for any other file.
Optional<u32> pty_number_of(const File& file);

}  // namespace faultline
