"""Everything at once: storms of processes on four CPUs, and system calls that mean to hurt. Nothing is lost, nothing panics."""

import pytest

NAME_CACHE = 12  # frames: names and inodes that are remembered; a thousand rounds that lost one each would be far over


@pytest.mark.slow
@pytest.mark.parametrize("debug, memory, seconds", [(False, 512, 15), (True, 512, 15), (False, 40, 15)],
                         ids=["release", "debug", "little-memory"])
def test_storm_on_four_cpus_gives_every_frame_back(boot, debug, memory, seconds):
    """Forks, execs, copy-on-write, mappings, pipes, files, names, signals at once: all is right, no frames are lost."""
    machine = boot(smp=4, memory=memory, debug=debug)
    machine.ok("/tests/storm 2; rm -rf /tmp/storm-*", timeout=300)  # caches and tables reach their size
    before = machine.ok("/tests/frames")["in_use"]
    done = machine.ok(f"/tests/storm {seconds}", timeout=600)
    assert done["wrong"] == 0
    machine.ok("rm -rf /tmp/storm-*")
    assert machine.ok("/tests/frames")["in_use"] <= before + NAME_CACHE
    machine.poweroff()


@pytest.mark.slow
def test_storm_beside_hogs_that_need_swap_is_right(boot):
    """Twice as much memory as there is, on four CPUs: calls find what the kernel itself needs, and nobody is killed for it."""
    machine = boot(smp=4, memory=40, swap="128M", debug=True)
    done = machine.ok("/tests/hog 40 > /dev/null & /tests/hog 40 > /dev/null & /tests/storm 10 && wait", timeout=600)
    assert done["wrong"] == 0
    machine.ok("rm -rf /tmp/storm-*; /tests/ktest consistency")
    counters = dict(line.split() for line in machine.ok("cat /proc/vmstat").lines)
    assert int(counters["pswpout"]) > 1000 and int(counters["oom_kill"]) == 0
    machine.poweroff()


@pytest.mark.slow
@pytest.mark.parametrize("debug", [False, True], ids=["release", "debug"])
def test_hostile_system_calls_harm_only_their_program(boot, debug):
    """Hundreds of thousands of calls with bad numbers, pointers and descriptors, by users without rights."""
    machine = boot(smp=2, debug=debug)
    machine.ok("/tests/sysfuzz 60 25; rm -rf /tmp/sysfuzz-*", timeout=300)  # caches reach their size
    before = machine.ok("/tests/frames")["in_use"]
    machine.ok("/tests/sysfuzz 60 25; rm -rf /tmp/sysfuzz-*", timeout=300)
    assert machine.ok("/tests/frames")["in_use"] <= before + NAME_CACHE
    machine.poweroff()
