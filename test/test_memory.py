"""Demand-zero memory, stack growth, copy-on-write, mmap, and that every frame comes back."""

import re

import pytest


def frames_in_use(kernel):
    return kernel.ok("/tests/frames")["in_use"]


def expect_frames_back(kernel, command, rounds=4, timeout=300):
    """A leak, however small, adds frames every time the command runs; caches that reach their size do not."""
    counts = []
    for _ in range(rounds):
        kernel.run(command, timeout=timeout)
        counts.append(frames_in_use(kernel))
    assert min(after - before for before, after in zip(counts, counts[1:])) <= 0, counts


def test_stack_exercise_costs_eight_frames(kernel):
    """A function that touches char a[32768] on fresh stack costs exactly 8 frames."""
    done = kernel.ok("/tests/stacktest")
    assert done["frames"] == 8
    assert done["grown_kib"] == 4096


def test_cow_has_three_cases(kernel):
    """Same frame before, another after a write, the last owner keeps its own; kernel stores count as stores."""
    done = kernel.ok("/tests/cowtest")
    assert done["last_owner_kept_frame"] == 1
    assert done["copies_by_last_owner"] == 0
    assert done["reuses_by_last_owner"] == 1
    assert done["first_write_faults"] == 1
    assert done["second_write_faults"] == 0
    assert done["first_write_copies"] == 1
    assert done["kernel_write_copied"] == 1
    assert done["parent_unchanged"] == 1


def test_mmap_family_does_what_linux_does(kernel):
    """Anonymous, private and shared file mappings, holes, protections, SIGBUS beyond the end, the heap, the errors."""
    assert kernel.ok("/tests/mmaptest").output == "mmap: right\n"


def test_fork_of_300_processes_gives_every_frame_back(kernel):
    """300 processes alive at once leave as many frames in use as there were before."""
    done = kernel.ok("/tests/forkbomb 300", timeout=300)
    assert done["started"] == 300 and done["ended"] == 300
    expect_frames_back(kernel, "/tests/forkbomb 300")


@pytest.mark.slow
def test_ten_thousand_execs_give_every_frame_back(kernel):
    """10,000 execs in a row leave as many frames in use as there were before."""
    before = frames_in_use(kernel)
    assert kernel.ok("/tests/execloop 10000", timeout=600).output == "execs: done\n"
    assert frames_in_use(kernel) - before < 100  # 10,000 leaks of one frame would be 10,000
    expect_frames_back(kernel, "/tests/execloop 500")


def test_memory_of_killed_processes_is_back_before_wait_returns(kernel):
    """After a child dies of a fault its frames are free when the shell goes on."""
    expect_frames_back(kernel, "/tests/fault unmapped-write")


def test_out_of_memory_kills_the_biggest(boot):
    """When memory runs out, the process that uses most is killed with a line that names it; the rest goes on."""
    machine = boot(memory=32)
    done = machine.run("/tests/hog 400", timeout=300)
    assert done.status == 137
    assert re.search(r"(?im)^.*out of memory.*hog.*$", done.console), done.console
    assert machine.ok("echo alive").output == "alive\n"


def test_clean_cache_gives_way_to_programs(boot):
    """With 24 MiB, reading more file data than memory holds and then using 8 MiB of heap works."""
    machine = boot(memory=24)
    machine.ok("dd if=/dev/zero of=/root/big bs=65536 count=512 2>/dev/null; sync; cat /root/big > /dev/null", timeout=300)
    assert "hog: 8 MiB" in machine.ok("/tests/hog 8", timeout=300).output
    assert machine.ok("wc -c < /root/big").output.strip() == str(512 * 65536)
