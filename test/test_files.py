"""Files: written, rebooted and read back; copies; parallel writers; both block sizes; images that are not what they should be."""

import subprocess

import pytest

import parts

from test_run import check_file_system, make_image


@pytest.fixture(params=["1024", "4096"])
def disk(tmp_path, request):
    """A fresh image of the usual root, with small or large blocks."""
    image = tmp_path / "disk.img"
    done = make_image(image, "--size", "96M", "--block-size", request.param)
    assert done.returncode == 0, done.stdout
    return image


def test_files_survive_a_reboot_and_fsck_finds_nothing(boot, disk):
    """What was written is there after poweroff and boot, and e2fsck -fn is content both times."""
    first = boot(disk=disk)
    first.ok("mkdir -p /root/a/b; echo one > /root/a/b/one; ln -s b/one /root/a/link; ln /root/a/b/one /root/hard;"
             "dd if=/dev/urandom of=/root/blob bs=4096 count=700 2>/dev/null; md5sum /root/blob > /root/blob.md5;"
             "mv /root/a/b/one /root/a/two; rm -rf /root/gone; chmod 640 /root/a/two")
    first.poweroff()
    check_file_system(disk)
    second = boot(disk=disk)
    assert second.ok("cat /root/a/two /root/hard").output == "one\none\n"
    assert second.ok("readlink /root/a/link").output == "b/one\n"
    assert second.ok("md5sum -c /root/blob.md5").status == 0
    assert second.ok("stat -c %a /root/a/two").output == "640\n"
    second.ok("rm -r /root/a /root/blob /root/hard")
    second.poweroff()
    check_file_system(disk)


def test_20_mb_file_is_copied_exactly(boot, disk):
    """20 MB of noise, copied, compared, and clean on the disk."""
    machine = boot(disk=disk)
    machine.ok("dd if=/dev/urandom of=/root/one bs=65536 count=320 2>/dev/null; cp /root/one /root/two; sync;"
               "cmp /root/one /root/two; rm /root/one", timeout=300)
    machine.poweroff()
    check_file_system(disk)


def test_parallel_writers_do_not_disturb_each_other(boot, disk):
    """Four processes on two CPUs write files of their own and append to one together."""
    machine = boot(disk=disk)
    assert machine.ok("/tests/writers /root/w", timeout=300).output == "writers: right\n"
    machine.poweroff()
    check_file_system(disk)


def test_a_full_disk_says_so_and_loses_nothing(boot, tmp_path):
    """ENOSPC is reported; what was there stays; after removing, writing works again."""
    image = tmp_path / "small.img"
    assert make_image(image, "--size", "24M").returncode == 0
    machine = boot(disk=image)
    machine.ok("echo precious > /root/keep; sync")
    done = machine.run("dd if=/dev/zero of=/root/fill bs=65536 count=2000", timeout=300)
    assert done.status != 0 and "No space left" in done.output
    assert machine.ok("rm /root/fill; echo more >> /root/keep; cat /root/keep").output == "precious\nmore\n"
    machine.poweroff()
    check_file_system(image)


def test_calls_on_files_answer_as_on_linux(boot, disk):
    """Opening, names, vectors, directories, stat, and an error for each thing that can be wrong; e2fsck is content."""
    machine = boot(disk=disk)
    parts.check_all_in_guest(machine, "filecalls")
    parts.check_all_in_guest(machine, "filecalls", scratch="/tmp")  # in memory
    machine.poweroff()
    check_file_system(disk)


def test_linux_answers_so():
    """Linux is the judge: the same binary is right there."""
    parts.check_on_linux("filecalls")


def refused(run, image, *words):
    """scripts/run with that image: the kernel says why it will not have it, and does not panic on the way."""
    status, _, messages = run("--disk", image, "--timeout", "120", "-c", "true")
    assert status != 0
    assert all(word in messages for word in words), messages


def test_an_image_that_is_not_ext2_is_refused_by_name(run, tmp_path):
    """A disk of zeroes is named as what it is not."""
    image = tmp_path / "zero.img"
    image.write_bytes(bytes(1 << 20))
    refused(run, image, "ext2")


def test_an_unknown_feature_is_refused_by_name(run, tmp_path):
    """An ext4 image with extents is refused, naming the feature."""
    image = tmp_path / "ext4.img"
    subprocess.run(["/sbin/mke2fs", "-q", "-t", "ext4", image, "16M"], check=True)
    refused(run, image, "extent")


def test_second_disk_is_mounted_and_unmounted(boot, tmp_path):
    """mount and umount work on another disk; a busy one stays mounted with EBUSY."""
    image = tmp_path / "data.img"
    subprocess.run(["/sbin/mke2fs", "-q", "-t", "ext2", "-b", "1024", image, "8M"], check=True)
    machine = boot(qemu=["-drive", f"if=none,id=data,format=raw,file={image}", "-device", "virtio-blk-pci,drive=data"])
    machine.ok("mount -t ext2 /dev/vdb /mnt && echo there > /mnt/file")
    assert "/dev/vdb /mnt ext2" in machine.ok("cat /proc/mounts").output
    assert "busy" in machine.run("cd /mnt && umount /mnt").output.lower()
    machine.ok("umount /mnt")
    assert machine.run("cat /mnt/file").status != 0
    machine.poweroff()
    check_file_system(image)


# ---- Pipes ----


@pytest.mark.parametrize("size", [1000, 3000, 10240])
def test_pipe_when_read_in_odd_pieces_then_every_byte_arrives(kernel, size):
    """A full pipe whose oldest byte stands inside a page keeps that page until it is read."""
    done = kernel.ok(f"seq 1 100000 >/tmp/numbers; cat /tmp/numbers | dd bs={size} 2>/dev/null | md5sum; md5sum </tmp/numbers")
    assert len(done.lines) == 2 and done.lines[0] == done.lines[1]


@pytest.mark.parametrize("command, output", [
    ("echo x | cat /dev/stdin", "x"), ("echo x | cat /dev/fd/0", "x"), ("echo x | tee /dev/fd/1 | wc -l", "2"),
    ("echo x | test -p /dev/stdin && echo pipe", "pipe"), ("(echo x >/proc/self/fd/1) | cat", "x"),
    ("echo x | ls /dev/stdin/ 2>/dev/null || echo none", "none"),
])
def test_pipe_can_be_opened_by_its_descriptor(kernel, command, output):
    """/dev/fd/N of a pipe opens another end of it; what shells do for <(command)."""
    assert kernel.run(command).output == f"{output}\n"
