"""Random changes of an address space against a model of what each page holds and allows: `vmmodel SEED STEPS`."""

import subprocess

import pytest

import machine

STEPS = 100_000


def assert_passed(output, steps):
    """All steps were made, and each kind of event happened."""
    report = dict(line.split(": ") for line in output.splitlines())
    assert int(report["steps"]) == steps, output
    for name in ["forks", "moves", "breaks", "truncations", "segv", "sigbus", "efault"]:
        assert int(report[name]) > steps // 1000, output


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_random_changes_agree_with_the_model(boot, seed):
    """100,000 random maps, unmaps, protections, moves, breaks, forks, truncations, stores and copies, under the kernel's checks."""
    guest = boot(memory=64, debug=True)
    before = guest.ok("/tests/vmmodel 0 2000; /tests/frames")["in_use"]
    assert_passed(guest.ok(f"/tests/vmmodel {seed} {STEPS}", timeout=600).output, STEPS)
    assert guest.ok("/tests/frames")["in_use"] <= before + 4
    guest.poweroff()


def test_linux_agrees_with_the_model():
    """The model is Linux's: the same program passes there."""
    program = machine.built().directory / "user" / "tests" / "vmmodel"
    try:
        done = subprocess.run([program, "1", str(STEPS // 5)], stdout=subprocess.PIPE, text=True, timeout=300)
    except OSError as error:
        pytest.skip(f"this machine does not run 32-bit programs: {error}")
    assert done.returncode == 0, done.stdout
    assert_passed(done.stdout, STEPS // 5)


@pytest.mark.slow
@pytest.mark.parametrize("cpus, memory, swap", [(2, 512, None), (4, 24, None), (4, 32, "128M")], ids=["2-cpus", "little-memory", "swap"])
def test_random_changes_by_several_processes_do_not_meet(boot, cpus, memory, swap):
    """Six processes, each with its own model and seed, at once: on many CPUs, where the cache is evicted, and where all is swapped."""
    steps = 8_000 if not swap else 2_000
    guest = boot(memory=memory, smp=cpus, swap=swap, debug=True)
    command = " ".join(f"/tests/vmmodel {seed} {steps} > /tmp/{seed} &" for seed in range(10, 16))
    hogs = "/tests/hog 30 & /tests/hog 30 &" if swap else ""
    guest.ok(f"{hogs} {command} wait", timeout=900)
    for seed in range(10, 16):
        assert_passed(guest.ok(f"cat /tmp/{seed}").output, steps)
    if swap:
        assert int(dict(line.split() for line in guest.ok("cat /proc/vmstat").lines)["pswpout"]) > 1000
    guest.ok("/tests/ktest consistency")
    guest.poweroff()
