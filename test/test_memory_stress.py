"""Shared mappings and copy-on-write while other CPUs, the writer and low memory get in between."""

import subprocess

import pytest


OURS = ["nr_anon_pages", "nr_page_table_pages", "nr_page_directories", "nr_pipe_pages"]


def frames_in_use(machine):
    """Those that only their owners give back, by use; and all, without the heap's slabs, which keep their holes."""
    counters = {name: int(value) for name, value in (line.split() for line in machine.ok("cat /proc/vmstat").lines)}
    return [counters[name] for name in OURS], counters["nr_frames_in_use"] - counters["nr_slab"]


@pytest.mark.slow
@pytest.mark.parametrize("debug", [False, True])
def test_stores_into_mappings_outlive_their_pages(boot, debug):
    """24 MiB, 4 CPUs: stores into a mapped file of 16 MiB survive write-back and eviction, with fsync all the while."""
    machine = boot(memory=24, smp=4, debug=debug)
    machine.ok("/tests/mapstress keep /root/first; rm -f /root/first", timeout=600)
    ours_before, all_before = frames_in_use(machine)
    machine.ok("/tests/mapstress keep /root/second", timeout=600)
    ours, all_now = frames_in_use(machine)
    assert ours == ours_before
    assert all_now <= all_before  # less where eviction took a page of a program that sleeps


def test_write_beside_a_reader_is_not_lost(boot):
    """A page that is read while write() is just filling it keeps what was written."""
    boot(smp=4).ok("/tests/mapstress fill /root/file", timeout=300)


def test_mapped_store_behind_the_old_end_gets_a_block(boot, tmp_path):
    """After a file has grown inside its last mapped page, a store there finds a block, with blocks smaller than pages."""
    image = tmp_path / "small-blocks.img"
    subprocess.run(["/sbin/mke2fs", "-q", "-t", "ext2", "-b", "1024", image, "8M"], check=True)
    machine = boot(qemu=["-drive", f"if=none,id=data,format=raw,file={image}", "-device", "virtio-blk-pci,drive=data"])
    machine.ok("mount -t ext2 /dev/vdb /mnt")
    done = machine.ok("/tests/mapstress grow /mnt/file")
    assert done["blocks_after"] > done["blocks_before"]
