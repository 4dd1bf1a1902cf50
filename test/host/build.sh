#!/bin/sh
# Builds ext2_host: the kernel's fs/, the page cache and dev/block, compiled for this machine as a 32-bit program.
# usage: build.sh OUTPUT
set -e
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
compiler=${HOST32_CXX:-i686-linux-gnu-g++}
cd "$root"
exec "$compiler" -std=c++17 -O1 -g -static -pthread -fno-strict-aliasing -D_FILE_OFFSET_BITS=64 -DFAULTLINE_HOST=1 \
    -Itest/host/shim -Itest/host -I. -Wall -Wextra \
    fs/entry.cpp fs/file.cpp fs/file_like.cpp fs/file_system.cpp fs/inode.cpp fs/mount.cpp fs/namespace.cpp fs/path.cpp fs/open.cpp \
    fs/mount_table.cpp fs/name_rules.cpp fs/file_locks.cpp fs/range_locks.cpp \
    fs/ext2/*.cpp mm/page_cache.cpp mm/write_back.cpp mm/memory_object.cpp mm/binding.cpp dev/block.cpp lib/format.cpp lib/string.cpp \
    test/host/machine.cpp test/host/ext2_host.cpp -o "$1"
