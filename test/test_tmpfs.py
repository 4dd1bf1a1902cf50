"""tmpfs: what it promises (user/tests/tmpfs.c, which holds on Linux too), its limits, and its pages in swap."""

import pytest

import parts


@pytest.mark.parametrize("part", parts.names("tmpfs"))
def test_part(kernel, part):
    parts.check_in_guest(kernel, "tmpfs", part)


def test_parts_hold_on_linux():
    parts.check_on_linux("tmpfs")


def test_stands_on_tmp_and_shared_memory(kernel):
    mounts = kernel.ok("cat /proc/mounts").output
    assert "tmpfs /tmp tmpfs rw,nosuid,nodev," in mounts and "tmpfs /dev/shm tmpfs rw,nosuid,nodev," in mounts


def test_a_full_one_says_so_and_kills_nobody(boot):
    machine = boot(memory=64)
    done = machine.ok("cat /dev/zero > /tmp/all; df /tmp | tail -1; rm /tmp/all; echo alive; cat /proc/meminfo")
    assert "No space left" in done.output and "100%" in done.output and "alive" in done.output
    assert "Out of memory" not in done.console


def test_pages_go_to_swap_and_come_back(boot):
    machine = boot(memory=32, swap="64M")
    machine.ok("mount -t tmpfs -o size=50M none /mnt; seq 1 6000000 | head -c 40M > /mnt/a", timeout=300)
    assert int(machine.ok("grep pswpout /proc/vmstat").output.split()[1]) > 1000
    sums = machine.ok("md5sum < /mnt/a; seq 1 6000000 | head -c 40M | md5sum", timeout=300).lines
    assert sums[0] == sums[1]
    machine.ok("rm /mnt/a; umount /mnt; swapoff /dev/vdb")


def test_swapoff_finds_files_that_nobody_maps(boot):
    machine = boot(memory=64, swap="64M")
    machine.ok("mount -t tmpfs -o size=40M none /mnt; seq 1 3000000 > /mnt/a; /tests/hog 44", timeout=300)
    done = machine.ok("swapoff /dev/vdb && md5sum < /mnt/a; seq 1 3000000 | md5sum", timeout=300).lines
    assert done[0] == done[1]
