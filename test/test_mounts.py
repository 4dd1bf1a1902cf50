"""mount, umount2, bind, chroot and pivot_root: user/tests/mounts.c, which holds on Linux too, and what only a guest shows."""

import pytest

import parts


@pytest.mark.parametrize("part", parts.names("mounts"))
def test_part(kernel, part):
    parts.check_in_guest(kernel, "mounts", part)


def test_parts_hold_on_linux():
    parts.check_on_linux("mounts")


def test_tool_binds_moves_and_unmounts(kernel):
    kernel.ok("mkdir -p /tmp/m/a /tmp/m/b; echo text > /tmp/m/a/f; mount --bind /tmp/m/a /tmp/m/b; cat /tmp/m/b/f | grep text")
    kernel.ok("mount -o remount,bind,ro /tmp/m/b; grep '/tmp/m/b tmpfs ro,' /proc/mounts; ! touch /tmp/m/b/g; touch /tmp/m/a/g")
    kernel.ok("mkdir /tmp/m/c; mount --move /tmp/m/b /tmp/m/c; test -e /tmp/m/c/f; test ! -e /tmp/m/b/f; umount /tmp/m/c; rm -r /tmp/m")


def test_disk_mounted_twice_is_one_file_system(boot):
    machine = boot(swap="4M")
    assert machine.run("mount -t ext2 /dev/vdb /mnt").status != 0  # a swap disk is no ext2
    machine.ok("mkdir /tmp/second; mount -t ext2 /dev/vda /tmp/second; echo one > /tmp/second/root/seen; grep one /root/seen; "
               "umount /tmp/second")


def test_a_new_root(kernel):
    """All of a small tree's processes see the new root; the old one stands in it until it is unmounted."""
    done = kernel.ok("mount -t tmpfs none /mnt; mkdir /mnt/old /mnt/bin /mnt/proc; cp /bin/sh /bin/ls /bin/mount /bin/umount /bin/pivot_root /bin/cat "
                     "/mnt/bin; pivot_root /mnt /mnt/old && ls / /old/etc; mount -t proc p /proc; cat /proc/mounts; "
                     "pivot_root /old /old/mnt; umount /mnt/proc; umount /mnt")
    assert "passwd" in done.output and "none / tmpfs" in done.output and "/dev/vda /old ext2" in done.output


def test_storm_of_mounts_loses_nothing(kernel):
    """Processes mount, bind, walk, move and detach in one tree at once; all can be unmounted afterwards."""
    kernel.ok("mkdir /tmp/storm; mount -t tmpfs none /tmp/storm")
    kernel.ok("/tests/mountstorm /tmp/storm 4 300", timeout=300)
    kernel.ok("umount -l /tmp/storm; ! grep storm /proc/mounts && rmdir /tmp/storm")
