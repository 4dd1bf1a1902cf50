"""The kernel boots: on 1 to 8 CPUs, with 16 MiB to 3 GiB, by -kernel and by GRUB, and says what is wrong."""

import re

import pytest


def meminfo(machine, name):
    text = machine.ok("cat /proc/meminfo").output
    return int(re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)[1])


@pytest.mark.parametrize("smp", [1, 2, 4, 8])
def test_all_cpus_schedule(boot, smp):
    """With -smp N, N CPUs are online, and each has run something."""
    machine = boot(smp=smp)
    cpuinfo = machine.ok("cat /proc/cpuinfo").output
    assert len(re.findall(r"^processor\s*:", cpuinfo, re.MULTILINE)) == smp
    cpus = set(re.findall(r"cpu (\d+)", machine.ok(f"/tests/cpus {smp}", timeout=300).output))
    assert cpus == {str(n) for n in range(smp)}


@pytest.mark.parametrize("memory, least_kib, most_kib", [
    ("16", 13 * 1024, 16 * 1024), ("512", 490 * 1024, 512 * 1024), ("3G", 1850 * 1024, 3 * 1024 * 1024)])
def test_memory_comes_from_the_map(boot, memory, least_kib, most_kib):
    """16 MiB, 512 MiB and 3 GiB are found and usable; what does not fit the direct map is named in the log."""
    machine = boot(memory=memory)
    assert least_kib <= meminfo(machine, "MemTotal") <= most_kib
    assert machine.ok("/tests/hog 6", timeout=300).output == "hog: 6 MiB\n"
    if memory == "3G":
        assert re.search(r"do not fit the direct map", machine.ok("dmesg").output)


def test_mem_option_limits_memory(boot):
    """mem=224M leaves 57,344 frames, less what lies in holes."""
    machine = boot(append="mem=224M")
    assert meminfo(machine, "MemTotal") <= 224 * 1024


def test_boots_by_grub_from_an_iso(boot):
    """GRUB loads the kernel and a root image as module: no disk is needed, files can be changed in memory."""
    machine = boot(iso=True)
    assert "/dev/ram0" in machine.ok("cat /proc/mounts").output
    machine.ok("echo hello > /root/note && sync")
    assert machine.ok("cat /root/note").output == "hello\n"


def test_unknown_options_are_named(boot):
    """An option nobody knows is named in the log, and the kernel boots."""
    assert "nonsense" in boot(append="nonsense=1").ok("dmesg").output


def test_preemption_lets_others_run(boot):
    """On one CPU two endless loops and the shell share the time."""
    machine = boot(smp=1)
    done = machine.ok("/tests/spin 2 & /tests/spin 2 & wait; echo both ended", timeout=300)
    assert "both ended" in done.output


def test_floating_point_state_belongs_to_the_thread(kernel):
    """x87 and SSE registers survive preemption by other processes that use them."""
    assert kernel.ok("/tests/fputest", timeout=300).output == "fpu: kept\n"


def test_clock_and_date_are_true(kernel):
    """The clock agrees with the host's date, and a sleep takes as long as it says."""
    import time

    assert abs(int(kernel.ok("date +%s").output) - time.time()) < 600
    before = int(kernel.ok("cut -d. -f1 /proc/uptime").output)
    kernel.ok("sleep 2")
    assert int(kernel.ok("cut -d. -f1 /proc/uptime").output) - before >= 2
