"""Eviction and swap: more memory than the machine has, found again by all its owners; which page goes next; swapoff."""

import subprocess

import pytest


def counters(machine):
    return {name: int(value) for name, value in (line.split() for line in machine.ok("cat /proc/vmstat").lines)}


def frames_in_use(machine):
    """Without the heap's slabs, which keep their holes."""
    now = counters(machine)
    return now["nr_frames_in_use"] - now["nr_slab"]


def swap_used(machine):
    lines = machine.ok("cat /proc/swaps").lines
    return int(lines[1].split()[3])


@pytest.mark.slow
def test_three_times_the_memory_is_sorted_right(boot):
    """A program sorts three times as much memory as the machine has; afterwards frames and swap are as before."""
    machine = boot(memory=24, smp=1, swap="128M")
    machine.ok("/tests/swaptest sort 4")
    before = frames_in_use(machine)
    assert machine.ok("/tests/swaptest sort 72", timeout=900)["sorted_mib"] == 72
    now = counters(machine)
    assert now["pswpout"] > 10_000 and now["pswpin"] > 1_000 and now["oom_kill"] == 0
    assert frames_in_use(machine) <= before + 2
    assert swap_used(machine) < 2048


@pytest.mark.slow
@pytest.mark.parametrize("debug", [False, True], ids=["release", "debug"])
def test_all_owners_find_their_pages_again(boot, debug):
    """2 CPUs: pages that a family shares, shared anonymous pages, moved and forbidden ones and copies of files go to swap
    under parallel readers, writers and forks, and are right when they are back. Then swapoff brings all back."""
    machine = boot(memory=24, smp=2, swap="192M", debug=debug)
    for mode in ("family 28", "family 28", "shared 30", "kinds 30", "family 28"):  # slots are used again
        machine.ok(f"/tests/swaptest {mode}", timeout=900)
    assert counters(machine)["oom_kill"] == 0
    machine.ok("swapoff /dev/vdb", timeout=300)
    assert machine.ok("swapon").lines == ["Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority"]


@pytest.mark.parametrize("memory", [24, 96])
def test_eviction_looks_at_few_frames_for_each_page(boot, memory):
    """O(1): how many frames the clock looks at for each one that it frees does not depend on the machine's size."""
    machine = boot(memory=memory, smp=1, swap="256M")
    machine.ok(f"/tests/hog {memory * 5 // 3}", timeout=300)
    now = counters(machine)
    stolen = now["pgsteal_kswapd"] + now["pgsteal_direct"]
    assert stolen > 1000 and now["pgscan"] < 6 * stolen


def test_locked_memory_stays(boot):
    """Memory under mlock costs no fault after twice the machine's memory has passed by."""
    machine = boot(memory=24, smp=1, swap="64M")
    assert machine.ok("/tests/swaptest locked 40", timeout=300)["faults_on_locked"] == 0


def test_fifo_reads_more_than_the_clock(boot):
    """One reference string with a hot part: the order of arrival evicts hot pages that the clock spares."""
    faults = {}
    for policy in ("clock", "fifo"):
        machine = boot(memory=24, smp=1, swap="64M", append=f"evict={policy}")
        faults[policy] = machine.ok("/tests/swaptest string 6000", timeout=600)["major_faults"]
    assert 0 < faults["clock"] < faults["fifo"]


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["clock", "fifo", "random", "lru"])
def test_every_policy_evicts_under_the_checks(boot, policy):
    """The debug kernel looks at the order of locks and at every frame while files and private memory give way."""
    machine = boot(debug=True, memory=24, append=f"evict={policy}", swap="64M")
    machine.ok("/tests/swaptest sort 24", timeout=900)
    assert counters(machine)["pswpout"] > 100


def test_random_eviction_loses_nothing(boot):
    """evict=random: any page may go, and comes back with what it held."""
    machine = boot(memory=24, smp=1, swap="64M", append="evict=random")
    machine.ok("/tests/swaptest sort 32", timeout=600)


def test_unknown_eviction_policy_is_named(boot):
    """evict=NAME with an unknown name says which there are and goes on with the clock."""
    machine = boot(append="evict=oldest")
    log = machine.ok("dmesg").output
    assert "evict=oldest" in log and "clock, fifo, random" in log


def test_swapoff_brings_everything_back(boot):
    """swapoff while programs have pages out: they go on with what they had; where it does not fit, swapoff says ENOMEM and
    nothing is lost."""
    machine = boot(memory=32, smp=2, swap="64M")
    machine.ok("/tests/hog 40 & sleep 1; wait")
    refused = machine.run("/tests/swaptest hold 48 & until grep -q . /tmp/held 2>/dev/null; do sleep 0.1; done;"
                          " swapoff /dev/vdb; rm /tmp/held; wait %1", timeout=300)
    assert refused.status == 0 and "Cannot allocate memory" in refused.output
    assert "held_mib: 48" in refused.output
    allowed = machine.run("/tests/swaptest hold 16 & until grep -q . /tmp/held 2>/dev/null; do sleep 0.1; done;"
                          " swapoff /dev/vdb && echo off; rm /tmp/held; wait %1", timeout=300)
    assert allowed.status == 0 and "off\n" in allowed.output and "held_mib: 16" in allowed.output


def test_full_swap_kills_the_biggest(boot):
    """When memory and swap are both full the process that uses most dies with its name and size, and the shell goes on."""
    machine = boot(memory=24, smp=2, swap="16M")
    done = machine.run("/tests/swaptest fill 80", timeout=300)
    assert done.status == 128 + 9
    assert "out of memory: killed pid" in machine.ok("dmesg").output
    assert machine.ok("echo alive").lines == ["alive"]
    assert swap_used(machine) < 2048


def test_thrashing_program_can_be_stopped(boot):
    """A program that thrashes dies of an interrupt like any other."""
    machine = boot(memory=24, smp=1, swap="128M")
    done = machine.run("timeout -s INT 3 /tests/swaptest sort 96", timeout=300)
    assert done.status == 124
    assert machine.ok("echo alive").lines == ["alive"]


def test_swapon_refuses_what_is_no_swap_disk(boot, tmp_path):
    """Each wrong disk has its error: no signature, mounted, in use already, no disk, not root's."""
    blank = tmp_path / "blank.img"
    blank.write_bytes(bytes(1 << 20))
    machine = boot(swap="1M", qemu=["-drive", f"if=none,id=data,format=raw,file={blank}",
                                    "-device", "virtio-blk-pci,drive=data"])
    for path, reason in (("/dev/vdc", "Invalid argument"), ("/dev/vda", "Device or resource busy"),
                         ("/dev/vdb", "Device or resource busy"), ("/dev/null", "Invalid argument"),
                         ("/bin/sh", "Invalid argument"), ("/dev/none", "No such file or directory")):
        done = machine.run(f"swapon {path}")
        assert done.status == 1 and reason in done.output, path
    done = machine.run("swapoff /dev/vdc")
    assert done.status == 1 and "Invalid argument" in done.output


def test_host_refuses_bad_sizes(run):
    """scripts/run --swap takes sizes only."""
    for size in ("many", "1K", "9G"):
        status, _, messages = run("--swap", size, "-c", "true")
        assert status == 2 and "--swap" in messages


def test_cut_off_disk_is_refused(boot, tmp_path):
    """A disk that is shorter than its swap header says is not used."""
    disk = tmp_path / "cut.img"
    disk.write_bytes(bytes(4 << 20))
    subprocess.run(["/sbin/mkswap", "-q", disk], check=True, capture_output=True)
    with open(disk, "r+b") as file:
        file.truncate(1 << 20)
    machine = boot(qemu=["-drive", f"if=none,id=data,format=raw,file={disk}", "-device", "virtio-blk-pci,drive=data"])
    done = machine.run("swapon /dev/vdb")
    assert done.status == 1 and "Invalid argument" in done.output


@pytest.mark.parametrize("last_page", [0, 0xfffffffe, 0xffffffff])
def test_impossible_swap_header_is_refused(boot, tmp_path, last_page):
    """A header that claims no pages, or more than can be, is refused and takes no memory."""
    disk = tmp_path / "odd.img"
    disk.write_bytes(bytes(1 << 20))
    subprocess.run(["/sbin/mkswap", "-q", disk], check=True, capture_output=True)
    with open(disk, "r+b") as file:
        file.seek(1028)
        file.write(last_page.to_bytes(4, "little"))
    machine = boot(memory=32, qemu=["-drive", f"if=none,id=data,format=raw,file={disk}",
                                    "-device", "virtio-blk-pci,drive=data"])
    done = machine.run("swapon /dev/vdb", timeout=300)
    assert done.status == 1 and "Invalid argument" in done.output
