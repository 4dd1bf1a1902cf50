"""The mmap family answers as Linux does: the same binary prints the same lines on both. And what only we can see of it."""

import re

import pytest

import parts
from test_files import disk  # noqa: F401 (a fixture)
from test_run import check_file_system


@pytest.mark.parametrize("part", parts.names("mapcalls"))
def test_mapping_calls_answer_as_linux(kernel, part):
    """mmap, munmap, mprotect, mremap, brk: every error, place, right and byte that the part prints is Linux's."""
    parts.check_same_on_linux(kernel, "mapcalls", part)


@pytest.mark.parametrize("part", parts.names("mapadvice"))
def test_advice_locks_and_limits_answer_as_linux(kernel, part):
    """madvise, msync, mincore, mlock, growing stacks, RLIMIT_*: every line is Linux's."""
    parts.check_same_on_linux(kernel, "mapadvice", part)


def meminfo(machine, name):
    return int(re.search(rf"^{name}:\s+(\d+) kB", machine.ok("cat /proc/meminfo").output, re.MULTILINE)[1])


def test_overcommit_always_promises_more_than_there_is(kernel):
    """By default a program may map 1 GiB on a machine that has less; only touching costs."""
    assert kernel.ok("cat /proc/sys/vm/overcommit_memory").output == "1\n"
    assert kernel.ok("/tests/promises map 1024").output == "1024 MiB: ok\n"


def test_overcommit_heuristic_refuses_what_can_never_be_had(boot):
    """With 0, one request larger than all memory is refused, several smaller ones are not."""
    machine = boot(memory=64, append="sysctl.vm.overcommit_memory=0")
    assert machine.ok("/tests/promises map 40").output == "40 MiB: ok\n"
    assert machine.ok("/tests/promises map 100").output == "100 MiB: ENOMEM\n"
    assert machine.ok("/tests/promises map 40 40 40").output == "40 MiB: ok\n" * 3


def test_overcommit_never_keeps_to_the_limit(boot):
    """With 2, promises end at CommitLimit, in each call that promises; what is given back can be promised again."""
    machine = boot(memory=64, append="sysctl.vm.overcommit_memory=2 sysctl.vm.overcommit_ratio=60")
    limit, used = meminfo(machine, "CommitLimit"), meminfo(machine, "Committed_AS")
    assert 60 * 1024 * 0.55 < limit < 64 * 1024 * 0.6
    assert used < limit
    before = machine.ok("/tests/promises all").output
    lines = dict(line.split(": ") for line in before.splitlines())
    assert lines == {
        "half": "ok", "another half": "ENOMEM", "shared": "ENOMEM", "no reserve": "ENOMEM", "read only": "ok",
        "made writable": "ENOMEM", "heap": "ENOMEM", "grown": "ENOMEM", "fork": "ENOMEM", "given back": "ok",
        "shared now": "ok", "fork now": "ok",
    }
    used = meminfo(machine, "Committed_AS")  # now the shell's heap has its size
    assert machine.ok("/tests/promises all").output == before
    assert abs(meminfo(machine, "Committed_AS") - used) < 64
    assert machine.ok("echo 1 > /proc/sys/vm/overcommit_memory; /tests/promises map 500").output == "500 MiB: ok\n"
    assert machine.run("echo 3 > /proc/sys/vm/overcommit_memory").status != 0


def test_swap_can_be_promised(boot):
    """A swap disk raises CommitLimit by its size."""
    without, swapping = boot(memory=64), boot(memory=64, swap="64M")
    raised = meminfo(swapping, "CommitLimit") - meminfo(without, "CommitLimit")
    assert 63 * 1024 < raised <= 64 * 1024


def test_every_promise_is_taken_back(kernel):
    """Committed_AS after a thousand maps, splits, moves, forks and ends is what it was before."""
    kernel.ok("/tests/mapcalls")
    before = meminfo(kernel, "Committed_AS")
    kernel.ok("/tests/mapcalls; /tests/mapadvice > /dev/null; /tests/mmaptest")
    assert meminfo(kernel, "Committed_AS") == before


def test_memory_statistics_say_what_is_locked(kernel):
    """smaps marks locked and growing regions as Linux does."""
    output = kernel.ok("/tests/promises smaps").output
    assert re.search(r"Locked:\s+8 kB", output) and re.search(r"VmFlags:.*\blo\b", output), output
    assert re.search(r"VmFlags:.*\bgd\b", output)


def test_stored_pages_reach_the_disk_by_msync(boot, disk):
    """What was stored into a shared mapping and synced is there after the power is cut; so is the size of the file."""
    first = boot(disk=disk)
    assert first.ok("/tests/promises store /stored").output == "synced\n"
    first.close_now()
    assert boot(disk=disk).ok("/tests/promises load /stored").output == "same\n"


def test_cached_files_give_way_to_what_a_change_of_mappings_needs(boot):
    """With memory full of cached file pages, mremap of pages in 200 tables gets its 200 new tables."""
    machine = boot(memory=28, smp=1)
    machine.ok("dd if=/dev/zero of=/root/big bs=65536 count=600 2>/dev/null; sync", timeout=300)
    assert machine.ok("/tests/promises move 200 /root/big", timeout=300).output == "move: ok\n"


# ---- Races of files with those who cut them, let them grow, and write them ----


def test_a_file_that_was_cut_reads_as_zeroes(kernel):
    """However far a reader reads ahead meanwhile, nothing old shows when the file grows again."""
    assert kernel.ok("/tests/cutrace cut /root/cut", timeout=300).output == "cut: right\n"


def test_stores_into_a_last_page_that_grows_reach_the_disk(boot, disk):
    """A file grows within a page while a mapping of it is stored to: with small blocks, too, the store is on the disk."""
    machine = boot(disk=disk)
    assert machine.ok("/tests/cutrace grow /grow", timeout=300).output == "grow: right\n"
    machine.poweroff()
    check_file_system(disk)


def test_syncing_one_page_does_not_keep_the_others_from_the_disk(kernel):
    """msync of one page five times a second leaves the file as old as it is: the writer takes the rest after its 5 s."""
    done = kernel.ok("/tests/cutrace age /root/age", timeout=300)
    assert done["dirty_at_first"] >= 200 and done["dirty_at_last"] < 50


def test_sync_waits_for_what_fsync_has_taken(kernel):
    """When sync() returns, no page of a file that another process is writing out is still on its way."""
    for _ in range(5):
        assert kernel.ok("/tests/cutrace sync /root/sync; rm /root/sync", timeout=300)["stay"] == 0
