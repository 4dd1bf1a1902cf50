"""Memory runs out, in every way that programs have for it: somebody dies with a line that says why, and all goes on."""

import re

import pytest

KILLED = re.compile(r"^out of memory: killed pid (\d+) (\S+), which used most \((\d+) KiB\)", re.MULTILINE)

PARTS = ["hogs", "heaps", "populated", "reads", "shared", "family", "tables", "regions", "bomb_of_processes", "zombies",
         "pipes", "files", "dirty_maps", "writes_beside_hogs", "execs_beside_hogs"]
MUST_KILL = {"hogs", "heaps", "populated", "reads", "shared", "family", "tables"}

MAY_DIE_WHOLE = {"bomb_of_processes", "zombies"}  # none of them is bigger than the others


def frames_in_use(machine):
    counters = dict(line.split() for line in machine.ok("cat /proc/vmstat").lines)
    return int(counters["nr_frames_in_use"])


def victims(done):
    return [(int(pid), name, int(kib)) for pid, name, kib in KILLED.findall(done.console)]


def exhaust(machine, parts, rounds):
    """Every part, some times over; the frames in use after each round."""
    counts = []
    for _ in range(rounds):
        for part in parts:
            done = machine.run(f"/tests/oomtest {part}", timeout=600)
            assert done.status == 0 or part in MAY_DIE_WHOLE and victims(done), done.output + done.console
            assert all(name == "oomtest" for _, name, _ in victims(done)), done.console
            assert part not in MUST_KILL or victims(done), done.console
        assert "/bin/init" in machine.ok("ps").lines[1]
        counts.append(frames_in_use(machine))
    return counts


@pytest.mark.slow
@pytest.mark.parametrize("smp", [1, 2])
def test_no_way_to_use_up_memory_is_the_end(boot, smp):
    """24 MiB: hogs of every kind die or are refused, the shell outlives them, and every frame comes back."""
    counts = exhaust(boot(memory=24, smp=smp), PARTS, rounds=4)
    assert min(after - before for before, after in zip(counts, counts[1:])) <= 0, counts


@pytest.mark.slow
@pytest.mark.parametrize("smp", [1, 2])
def test_running_out_of_memory_passes_the_kernels_own_checks(boot, smp):
    """The same in the debug build; not with 100,000 regions, which it looks through after every call."""
    exhaust(boot(memory=16, smp=smp, debug=True), [part for part in PARTS if part != "regions"], rounds=1)


def test_victim_is_named_with_its_size_and_dies_by_sigkill(boot):
    """The line names pid, name and size; the size is most of memory; wait reports signal 9."""
    machine = boot(memory=32)
    done = machine.run("/tests/hog 400", timeout=300)
    assert done.status == 128 + 9
    (victim,) = victims(done)
    assert victim[1] == "hog" and 20 * 1024 < victim[2] < 32 * 1024


def test_the_biggest_dies_not_who_asks(boot):
    """Small processes that want a page in the end live; the one that holds the memory dies."""
    machine = boot(memory=32)
    done = machine.ok("/tests/oomtest execs_beside_hogs", timeout=300)
    assert len(victims(done)) == 1


def test_shell_ps_and_kill_work_while_memory_is_full(boot):
    """Hogs come again as often as they are killed; meanwhile the shell lists them, kills them and goes on."""
    machine = boot(memory=24)
    machine.ok("(while true; do /tests/hog 100; done) > /dev/null 2>&1 & echo $! > /tmp/hogs", timeout=300)
    for _ in range(10):
        assert "init" in machine.ok("ps", timeout=300).output
        assert machine.ok("ls /bin | wc -l", timeout=300).output.strip().isdigit()
    machine.ok("kill -9 $(cat /tmp/hogs); killall -9 hog; true", timeout=300)
    machine.ok("while pidof hog > /dev/null; do true; done", timeout=300)
    assert machine.ok("/tests/hog 8").output == "hog: 8 MiB\n"


def test_interrupt_reaches_the_console_while_memory_is_full(boot):
    """^C, pressed until one finds a hog that is not dead yet, ends a loop of hogs, and the prompt comes back."""
    machine = boot(memory=24, console=True)
    machine.prompt()
    machine.sendline("while true; do /tests/hog 100; done")
    machine.expect(rb"out of memory: killed pid \d+ hog")
    for _ in range(100):
        machine.send("\x03")
        machine.expect(r"\^C")  # the terminal has taken it: what comes now comes after it
        if machine.expect(rb"/\S* # |out of memory: killed pid \d+ hog").group().endswith(b"# "):
            break
    machine.sendline("echo a''live")  # not what the terminal shows of it
    machine.expect("alive")


def test_full_swap_is_the_end_of_a_hog_only(boot):
    """24 MiB and 16 MiB of swap: a hog fills both, is killed with a size that counts swapped pages, and both are free again."""
    machine = boot(memory=24, swap="16M")
    for _ in range(3):
        done = machine.run("/tests/hog 400", timeout=300)
        assert done.status == 128 + 9
        (victim,) = victims(done)
        assert victim[1] == "hog" and victim[2] > 28 * 1024
    used = [line.split()[3] for line in machine.ok("cat /proc/swaps").lines[1:]]
    assert int(used[0]) < 1024
    assert machine.ok("/tests/hog 24", timeout=300).output == "hog: 24 MiB\n"


def test_a_space_has_at_most_linuxs_number_of_regions(boot):
    """The 65,531st region of a process is refused with ENOMEM; nobody is killed for it."""
    assert not victims(boot(memory=64).ok("/tests/oomtest most_regions", timeout=300))
