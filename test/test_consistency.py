"""The kernel's check of itself in debug builds: it runs, it finds each kind of damage, and release builds do without."""

import re
import subprocess

import pytest

import machine

DAMAGE = {
    "damage-owner-added": ["has more owners than refer to it", "has 2 owners, and 1 refer to it", "frame 0x"],
    "damage-owner-taken": ["more refer to a frame than own it", "has 1 owners, and 2 refer to it"],
    "damage-shared-writable": ["it is writable, but its frame has other owners", "region 0x10000000-0x10003000 rw-p"],
    "damage-free-mapped": ["its frame is free", "page 0x10001000", "region 0x10000000-0x10003000 rw-p"],
    "damage-frame-lost": ["a frame is lost", "has 1 owners, and 0 refer to it"],
    "damage-page-lost": ["a frame is lost", "has 1 owners, and 0 refer to it"],
    "damage-unflushed-write": ["page 0x10001000", "it was writable and is not flushed", "region 0x10000000"],
    "damage-unflushed-page": ["page 0x10001000", "it was present and is not flushed", "region 0x10000000"],
    "damage-unflushed-frame": ["page 0x10001000", "it showed another frame and is not flushed", "region 0x10000000"],
    "damage-no-region": ["page 0x10000000", "it is mapped, but no region says so"],
    "damage-miscounted": ["a space says 4 resident anonymous pages and has 3"],
}


@pytest.mark.parametrize("test", DAMAGE)
def test_planted_damage_is_found_and_named(run, test):
    """Each kind of damage ends the boot with the frame, the region, and who did it."""
    status, _, messages = run("--debug", "--append", f"ktest={test}", "--timeout", "120", "-c", "sleep 100")
    assert status == 125
    for words in ["panic: consistency: ", "seen at the end of: kernel thread ktest", *DAMAGE[test]]:
        assert words in messages, f"{words!r} is not in:\n{messages}"


def test_swap_slot_with_an_owner_too_many_is_found(boot):
    """Who owns a slot of the swap area is checked like who owns a frame."""
    guest = boot(memory=32, swap="64M", debug=True)
    guest.ok("/tests/hog 40 /tests/ktest consistency", timeout=300)
    with pytest.raises(machine.GuestPanicked) as panic:
        guest.run("/tests/hog 40 /tests/ktest damage-slot-owner", timeout=300)
    assert re.search(r"a swap slot has more owners than entries name it: slot \d+ has 2 owners, and 1 name it", str(panic.value))


def checks(guest):
    text = guest.ok("cat /proc/vmstat").output
    return {name: int(value) for name, value in re.findall(r"^consistency_(\w+) (\d+)$", text, re.MULTILINE)}


def test_checks_run_after_calls_faults_and_exits(boot):
    """A sound kernel passes: every change of a space is checked, every fault, and all of memory at exits and at the end."""
    guest = boot(debug=True, append="ktest=consistency")
    before = checks(guest)
    guest.ok("slides cow cowcases; /tests/mmaptest")
    after = before
    for _ in range(10):  # a storm lasts three seconds, in which a slow machine may not come far
        guest.ok("/tests/storm 3 4; rm -rf /tmp/storm-*")
        after = checks(guest)
        if min(after[name] - before[name] for name in ("checks", "page_checks")) > 1000:
            break
    assert after["checks"] > before["checks"] + 1000
    assert after["page_checks"] > before["page_checks"] + 1000
    assert after["full_checks"] > before["full_checks"]
    assert "ktest consistency: ok" in guest.ok("dmesg").output
    guest.poweroff()


@pytest.mark.release
def test_release_kernel_has_nothing_of_it():
    """The checks cost release builds nothing: no code, no counters."""
    symbols = subprocess.run(["nm", "-C", machine.built().kernel], check=True, capture_output=True, text=True).stdout
    for name in ["SpaceCheck", "MemoryLook", "TlbShadow", "consistency_counts", "run_alone"]:
        assert name not in symbols
    debug = subprocess.run(["nm", "-C", machine.built(debug=True).kernel], check=True, capture_output=True, text=True).stdout
    assert "SpaceCheck" in debug
