"""Debian's own Linux for i386 in the same QEMU, with a root of two programs in memory: what scripts/bench --linux compares with.

The kernel is the package linux-image-686 (scripts/debian-fetch), its root an initramfs with BusyBox and our benchmark, so
that both kernels run the very same program. It is started lean: without the mitigations, zeroing, security modules and
memory cgroups that Faultline does not have either.
"""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from host import build, guest

LEAN = "mitigations=off init_on_alloc=0 lsm=capability audit=0 cgroup_disable=memory"
INIT = """#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t tmpfs tmpfs /tmp
echo 1 >/proc/sys/vm/overcommit_memory
/bin/bench --tsc
/bin/busybox cat /proc/meminfo
{command}
echo "status $?"
/bin/busybox reboot -f
"""
NO_NETWORK = 75


class LinuxError(Exception):
    """No Linux to compare with, or it did not do as it was told."""


def fetch(package):
    """The folder with the unpacked package."""
    done = subprocess.run([build.ROOT / "scripts" / "debian-fetch", package], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise LinuxError(f"{package} cannot be fetched" + (": no network?" if done.returncode == NO_NETWORK else ""))
    return pathlib.Path(done.stdout.strip())


def kernel():
    """The kernel's file. linux-image-686 only names the package of the newest version."""
    fetch("linux-image-686")
    settings = build.ROOT / "build" / "debian" / "apt-i386" / "apt.conf"
    said = subprocess.run(["apt-cache", "depends", "linux-image-686"], capture_output=True, text=True,
                          env={**os.environ, "APT_CONFIG": str(settings)})
    found = re.search(r"Depends: (linux-image-\S+)", said.stdout)
    if not found:
        raise LinuxError(f"which version does linux-image-686 stand for? {said.stderr.strip()}")
    files = sorted((fetch(found[1]) / "boot").glob("vmlinuz-*"))
    if not files:
        raise LinuxError(f"{found[1]} holds no kernel")
    return files[-1]


def make_root(path, program, command):
    """An initramfs: `program` as /bin/bench, BusyBox, and an /init that runs `command`. (/dev/console is the kernel's own.)"""
    if not shutil.which("cpio"):
        raise LinuxError("cpio is missing: run scripts/setup test")
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        for name in ("bin", "proc", "tmp", "dev"):
            (root / name).mkdir()
        shutil.copy(fetch("busybox-static") / "bin" / "busybox", root / "bin" / "busybox")
        shutil.copy(program, root / "bin" / "bench")
        (root / "init").write_text(INIT.format(command=command))
        (root / "init").chmod(0o755)
        names = "\n".join(str(file.relative_to(root)) for file in sorted(root.rglob("*")))
        with open(path, "wb") as out:
            subprocess.run(["cpio", "--quiet", "-o", "-H", "newc"], cwd=root, input=names.encode(), stdout=out, check=True)


def run(settings, program, command, timeout):
    """Boots, runs one shell command, and returns what the console said (str) once its status was 0."""
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory) / "root.cpio"
        make_root(root, program, command)
        arguments = [*guest.machine_arguments(settings), "-no-reboot", "-serial", "stdio", "-monitor", "none",
                     "-kernel", str(kernel()), "-initrd", str(root), "-append", f"console=ttyS0 quiet panic=-1 {LEAN}"]
        try:
            done = subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=timeout, preexec_fn=guest.die_with_parent)
        except subprocess.TimeoutExpired as error:
            raise LinuxError(f"Linux was not done after {timeout} s; its console ends with:\n"
                             + (error.stdout or b"").decode(errors="replace")[-2000:]) from None
    said = done.stdout.decode(errors="replace").replace("\r\n", "\n")
    if not re.search(r"^status 0$", said, re.MULTILINE):
        raise LinuxError(f"the benchmark failed on Linux; its console ends with:\n{said[-2000:]}")
    return said
