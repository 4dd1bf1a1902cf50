#!/usr/bin/env python3
"""Packs a Debian system from mmdebstrap's archive into an ext2 image, with this kernel's own programs that Debian lacks.

Runs as root or under fakeroot: owners and modes are those of the archive.
"""

import argparse
import pathlib
import os
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from host import build, image  # noqa: E402  (the path above comes first)

ROOM_BYTES = 128 << 20  # to work in
# What a Debian system without systemd has no program for, and what shows this kernel's memory.
OWN_PROGRAMS = {"usr/sbin": ("init", "poweroff", "reboot", "halt"),
                "usr/local/bin": ("vm", "pt", "trace", "strace", "mount", "umount")}


def unpack(archive, tree):
    tree.mkdir()
    image.run_tool(["tar", "--extract", "--preserve-permissions", "--numeric-owner", "--same-owner",
                    "--file", str(archive), "--directory", str(tree)])
    archive.unlink()
    for name in ("dev", "proc", "sys"):  # to mount on
        (tree / name).mkdir(mode=0o755, exist_ok=True)


def add_own_programs(stage, tree):
    """Debian's own program of a name, if a package brought it, stays the only one."""
    for folder, names in OWN_PROGRAMS.items():
        for name in names:
            source = stage / "bin" / name
            if not source.exists() or any((tree / place / name).exists() for place in ("usr/bin", "usr/sbin")):
                continue
            target = tree / folder / name
            shutil.copyfile(source, target)
            target.chmod(0o755)
            os.chown(target, 0, 0)


def pack(archive, tree, output, size):
    unpack(archive, tree)
    add_own_programs(build.Built(build.BUILD / "release").stage, tree)
    content, _ = image.content_bytes(tree, 4096)
    size_bytes = image.parse_size(size) if size else -(-(content + content // 8 + ROOM_BYTES) >> 20) << 20
    partial = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        image.make_file_system(tree, partial, size_bytes, 4096, grow=False)
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)


def main():
    parser = argparse.ArgumentParser(description="A part of scripts/debian-root.")
    parser.add_argument("archive", type=pathlib.Path)
    parser.add_argument("tree", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--size")
    options = parser.parse_args()
    try:
        pack(options.archive, options.tree, options.output, options.size)
    except (image.ImageError, OSError, subprocess.SubprocessError) as error:
        print(f"debian-root: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
