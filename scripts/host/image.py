#!/usr/bin/env python3
"""Makes ext2 images of the root file system: the built programs, user/etc, and files added from the host."""

import argparse
import hashlib
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEFAULT_SIZE = "128M"
DIRECTORIES = {"bin": 0o755, "demos": 0o755, "tests": 0o755, "etc": 0o755, "dev": 0o755, "proc": 0o555, "sys": 0o555,
               "tmp": 0o1777, "root": 0o700, "mnt": 0o755}
UUID = "fa017119-e000-4000-8000-000000000386"  # fixed, so that equal contents make equal images
SLACK_BYTES = 2 << 20
GROWTH_BYTES = 64 << 20  # room to work in beside large added files


class ImageError(Exception):
    """A request that cannot be met, in words for the user."""


def tool(name):
    """A file-system tool; Debian keeps them where ordinary users' PATH does not look."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/local/sbin")
    if not found:
        raise ImageError(f"{name} is missing: install e2fsprogs")
    return found


def parse_size(text):
    """"64" and "64M" are MiB; K and G likewise. In bytes."""
    found = re.fullmatch(r"(\d+)([KMG]?)", text.strip().upper())
    if not found or int(found.group(1)) == 0:
        raise ImageError(f"not a size: {text!r} (say 64M or 1G)")
    return int(found.group(1)) << {"K": 10, "M": 20, "": 20, "G": 30}[found.group(2)]


def parse_addition(text):
    """"HOSTFILE:GUESTPATH" -> (host path, path below the guest's root). "HOSTFILE" alone goes to /bin."""
    host, colon, guest = text.rpartition(":") if ":" in text else (text, ":", "/bin/")
    if not colon or not host or not guest:
        raise ImageError(f"not HOSTFILE or HOSTFILE:GUESTPATH: {text!r}")
    source = pathlib.Path(host)
    if not source.exists():
        raise ImageError(f"{host}: no such file")
    below = guest.lstrip("/") + (source.name if guest.endswith("/") else "")
    target = pathlib.PurePosixPath(below)
    if ".." in target.parts or not target.parts:
        raise ImageError(f"not a path in the guest: {guest!r}")
    return source, target


def copy_tree(source, target):
    """Copies a folder's contents, links as links, with the modes that the guest expects of programs and texts."""
    for path in sorted(source.rglob("*")):
        place = target / path.relative_to(source)
        if path.is_symlink():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.unlink(missing_ok=True)
            place.symlink_to(os.readlink(path))
        elif path.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, place)
            place.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)


def add(tree, source, target):
    """Puts one host file (or folder) at a guest path, parents made, the host's mode bits kept."""
    place = tree
    for part in target.parts[:-1]:
        place = place / part
        if not place.exists():
            place.mkdir(mode=0o755)
            place.chmod(0o755)
        elif not place.is_dir():
            raise ImageError(f"/{place.relative_to(tree)} is not a directory")
    place = place / target.parts[-1]
    if source.is_dir():
        shutil.copytree(source, place, symlinks=True, dirs_exist_ok=True)
        return
    if place.is_dir():
        raise ImageError(f"/{target} is a directory")
    place.unlink(missing_ok=True)
    shutil.copy2(source, place)
    place.chmod(stat.S_IMODE(source.stat().st_mode))


def stage_everything(stage, additions, tree):
    tree.chmod(0o755)
    for name, mode in DIRECTORIES.items():
        (tree / name).mkdir()
        (tree / name).chmod(mode)
    for source, target in ((stage, tree), (ROOT / "user" / "etc", tree / "etc")):
        if source.is_dir():
            copy_tree(source, target)
    for source, target in additions:
        add(tree, source, target)


def content_bytes(tree, block_size):
    """What the tree takes on disk, rounded up to blocks, with inodes and a share for block maps."""
    total, count = 0, 0
    for path in tree.rglob("*"):
        size = path.lstat().st_size if not path.is_dir() else block_size
        total += -(-size // block_size) * block_size
        count += 1
    return total + total // 100 + count * 256, count


def run_tool(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        raise ImageError(f"{pathlib.Path(command[0]).name}: {done.stdout.strip()}")


def give_to_root(output, tree):
    """Someone without root's rights staged the tree; in the image everything is root's."""
    paths = [path.relative_to(tree) for path in tree.rglob("*")]
    commands = [f'set_inode_field "/{path}" {field} 0' for path in paths for field in ("uid", "gid")]
    run_tool([tool("debugfs"), "-w", "-f", "-", str(output)], input="\n".join(commands) + "\n")


def make_file_system(tree, output, size, block_size, grow):
    content, count = content_bytes(tree, block_size)
    enough = -(-(content + content // 8 + SLACK_BYTES) // 4096) * 4096
    if size is None:
        size = enough
    if grow:
        size = max(size, enough + GROWTH_BYTES)
    if content > size:
        raise ImageError(f"{content >> 20} MiB of files do not fit an image of {size >> 20} MiB")
    output.unlink(missing_ok=True)
    inodes = max(count + 1024, size >> 14)
    run_tool([tool("mke2fs"), "-q", "-F", "-t", "ext2", "-b", str(block_size), "-I", "256", "-m", "0",
              "-N", str(inodes), "-L", "faultline", "-U", UUID, "-E", f"root_owner=0:0,hash_seed={UUID}",
              "-d", str(tree), str(output), f"{size >> 10}k"])
    if os.geteuid() != 0:
        give_to_root(output, tree)


def make_image(output, stage, additions=(), size=DEFAULT_SIZE, block_size=4096, grow=False):
    """Makes `output` from the staged programs. size None makes it just large enough for them; grow makes it
    larger than `size` where they need it.

    The image appears whole or not at all: it is made beside its place and renamed."""
    output = pathlib.Path(output)
    parsed = [parse_addition(item) for item in additions]
    size_bytes = None if size is None else parse_size(size)
    if not output.parent.is_dir():
        raise ImageError(f"{output.parent}: no such directory")
    partial = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        with tempfile.TemporaryDirectory(prefix="faultline-root-") as name:
            tree = pathlib.Path(name) / "root"
            tree.mkdir()
            stage_everything(pathlib.Path(stage), parsed, tree)
            make_file_system(tree, partial, size_bytes, block_size, grow)
        partial.replace(output)
    except OSError as error:
        raise ImageError(str(error)) from error
    finally:
        partial.unlink(missing_ok=True)


def fingerprint(stage):
    """Changes whenever anything that goes into the image does."""
    digest = hashlib.sha256()
    for folder in (pathlib.Path(stage), ROOT / "user" / "etc", pathlib.Path(__file__)):
        for path in sorted([folder, *folder.rglob("*")]):
            if path.exists() or path.is_symlink():
                seen = path.lstat()
                content = "" if path.is_dir() else f"{seen.st_size} {seen.st_mtime_ns}"
                digest.update(f"{path} {seen.st_mode} {content}\n".encode())
    return digest.hexdigest()


def make_if_changed(output, stage):
    output = pathlib.Path(output)
    stamp = output.with_name(output.name + ".stamp")
    mark = fingerprint(stage)
    if output.exists() and stamp.exists() and stamp.read_text() == mark:
        return
    make_image(output, stage)
    stamp.write_text(mark)


def main():
    parser = argparse.ArgumentParser(
        prog="scripts/image",
        description="Make an ext2 image of Faultline's root file system, building the programs first.",
        epilog="Boot it with: scripts/run --disk OUT.img")
    parser.add_argument("output", metavar="OUT.img", type=pathlib.Path, help="the image to make (replaced if there)")
    parser.add_argument("--size", default=DEFAULT_SIZE, help="its size, as 64M or 1G (default: %(default)s, sparse)")
    parser.add_argument("--add", action="append", default=[], metavar="HOSTFILE[:GUESTPATH]",
                        help="put a file of the host at a path in the image (default: into /bin), with its mode bits; may be repeated")
    parser.add_argument("--block-size", type=int, choices=(1024, 4096), default=4096,
                        help="ext2 block size in bytes (default: %(default)s)")
    parser.add_argument("--stage", type=pathlib.Path, help=argparse.SUPPRESS)  # a built tree: do not build
    parser.add_argument("--if-changed", action="store_true", help=argparse.SUPPRESS)  # the build's own use
    options = parser.parse_args()
    try:
        for item in options.add:
            parse_addition(item)  # complain before a long build
        parse_size(options.size)
        if options.if_changed:
            make_if_changed(options.output, options.stage)
            return 0
        stage = options.stage or build_stage()
        make_image(options.output, stage, options.add, options.size, options.block_size)
    except ImageError as error:
        print(f"image: {error}", file=sys.stderr)
        return 2
    return 0


def build_stage():
    from host import build  # not needed when the build itself calls this file

    build.setup("run")
    return build.build("release").stage


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "scripts"))
    sys.exit(main())
