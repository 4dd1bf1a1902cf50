"""Memory seen from outside: our own calls, /proc's files in Linux's formats, the tool pt, the trace, receipts."""

import contextlib
import re
import struct

import pytest


def dumped(console, pid):
    """The lines between START and END for that process."""
    found = re.search(rf"^START PAGE TABLE \(pid {pid}\)\n(.*?)^END PAGE TABLE$", console, re.MULTILINE | re.DOTALL)
    assert found, console
    return found[1].splitlines()


def test_page_table_dump_is_exact(kernel):
    """dumppagetable prints each present page below KERNBASE in address order, as `VPN P U|- W|- PPN`, and nothing else."""
    done = kernel.ok("/tests/inspect")
    lines = dumped(done.console, done["pid"])
    assert all(re.fullmatch(r"[0-9a-f]+ P [U-] [W-] [0-9a-f]+", line) for line in lines), lines
    numbers = [int(line.split()[0], 16) for line in lines]
    assert numbers == sorted(numbers) and numbers[-1] < 0x80000
    assert f"{done['vpn']:x} P U W {done['ppn']:x}" in lines
    assert any(" P U - " in line for line in lines)  # text is read-only


def test_page_table_of_nobody(kernel):
    """A pid that does not exist is an error (-1 from the call), and nothing is printed."""
    done = kernel.ok("/tests/inspect 99999")
    assert done["result"] == -1
    assert "START PAGE TABLE" not in done.console


def test_pages_and_frames_are_told(kernel):
    """page_info says where a page's contents live, frame_info who shows a frame: private, file and shared memory.
    A read sets the entry's A bit, a write its D bit."""
    kernel.ok("/tests/inspect pages")


# ---- pt ----

def until_asleep(pid):
    """For the guest's shell: waits until a process sleeps, so that nothing of it changes any more. (Waiting for a disk is not S.)"""
    return f"until grep -q '^State:.S' /proc/{pid}/status; do :; done"


def until_gone(*pids):
    """For the guest's shell: waits until processes that were killed are reaped; their memory was free before."""
    return f"while ls -d {' '.join(f'/proc/{pid}' for pid in pids)} 2>/dev/null | grep -q .; do :; done"


def test_pt_dump_prints_the_lines_of_the_kernels_dump(kernel):
    """`pt dump PID` prints on its own output what dumppagetable(PID) writes to the kernel's log."""
    kernel.ok("sleep 1000 & echo $! > /tmp/sleeper; until grep -q '^Name:.sleep$' /proc/$!/status; do :; done; " + until_asleep("$!"))
    done = kernel.ok(f"P=$(cat /tmp/sleeper); pt dump $P; /tests/inspect $P; kill $P; {until_gone('$P')}")
    ours = re.search(r"^START PAGE TABLE \(pid (\d+)\)\n(.*?)^END PAGE TABLE$", done.output, re.MULTILINE | re.DOTALL)
    assert ours[2].splitlines() == dumped(done.console, int(ours[1]))


def test_pt_walk_shows_the_four_steps(kernel):
    """`pt walk` follows directory and table as walkpgdir does; the values fit together, and fit the raw entry."""
    lines = kernel.ok("pt walk $$ 0x8048123; pt top $$ 8048123; pt dump $$; true").lines
    assert [line[:2] for line in lines[:4]] == ["1.", "2.", "3.", "4."]
    pgdir, pde_at = (int(x, 16) for x in re.search(r"pgdir 0x(\w+), PDX.* \(32\): 0x(\w+)", lines[0]).groups())
    assert pde_at == pgdir + 4 * 0x20 and pgdir > 0x80000000
    pde = int(re.search(r"\*pde = 0x(\w{8}) \(P W U A\): present", lines[1])[1], 16)
    assert f"P2V(0x{pde & ~0xfff:x}) = 0x{(pde & ~0xfff) + 0x80000000:x}" in lines[2]
    assert lines[3].endswith(f"PTX(0x8048123) = 0x48 (72): 0x{(pde & ~0xfff) + 0x80000000 + 4 * 0x48:x}")
    pte = int(re.search(r"\*pte = 0x(\w{8}) \(P U A\)", lines[4])[1], 16)
    assert lines[4].endswith(f"frame 0x{pte >> 12:x}, physical address 0x{pte & ~0xfff | 0x123:x}")
    assert lines[5:10] == [lines[5], "is present (valid)", "is writable (may be overridden in next level)",
                           "is user-accessible (may be overridden in next level)", f"has base address {pde & ~0xfff:x}"]
    assert re.fullmatch(r"top level PT in PID \d+", lines[5])
    assert f"8048 P U - {pte >> 12:x}" in lines


def test_pt_walk_stops_where_no_table_is(kernel):
    """Without a page table walkpgdir ends early; a 4 MiB page of the kernel has no second level."""
    lines = kernel.ok("pt walk self 40000000; pt top self 40000000").lines
    assert lines[1].endswith("not present") and lines[3] == "4. return 0"
    assert lines[5] == "is not present (invalid)" and lines[-1] == "has base address 0"
    assert "PS" in kernel.ok("pt walk self 0x90000000").output


def test_pt_tells_what_backs_a_page(kernel):
    """`pt backing`: a file and its offset, a frame of private memory, nothing; `pt frame` finds the way back."""
    done = kernel.ok("pt backing $$ 8049000; pt backing $$ 7ffff000; pt backing $$ 1000; echo $$; "
                     "pt frame $(pt dump $$ | grep ^8049 | cut -d' ' -f5); true")
    assert done.lines[0] == "file /bin/sh offset 4096"
    assert re.fullmatch(r"anonymous frame [0-9a-f]+", done.lines[1])
    assert done.lines[2].startswith("nothing")
    shell = done.lines[3]
    assert "use:     cache" in done.lines and "file:    /bin/sh" in done.lines and "offset:  4096" in done.lines
    assert f"  pid {shell} va 0x8049000" in done.lines
    stack = kernel.ok("pt frame $(pt dump $$ | grep ^7ffff | cut -d' ' -f5); true")
    assert "use:     anonymous" in stack.lines and "page:    7ffff" in stack.lines


def test_pt_shows_the_guard_page_of_the_xv6_layout(kernel):
    """The guard page is present, but the supervisor's: P without U, in the walk and in the dump."""
    done = kernel.ok("vm cow sh -c 'G=$(grep guard /proc/$$/maps | cut -c1-8); pt backing $$ $G; pt walk $$ $G; echo $G; "
                     "pt dump $$; true'")
    assert done.lines[0] == "guard page"
    guard = int(done.lines[6], 16)
    assert re.search(r"\*pte = 0x\w+ \(P( W)?( A)?( D)?\): frame", done.lines[5])
    assert any(line.startswith(f"{guard >> 12:x} P - ") for line in done.lines[7:])


@pytest.mark.parametrize("arguments, message", [
    ("dump 99999", "99999: No such process"), ("walk 1", "missing operand"), ("frame fffff", "beyond the last one"),
    ("backing 1 zz", "not an address"), ("look 1 2", "is not one of"), ("dump x", "not a process id")])
def test_pt_says_what_is_wrong(kernel, arguments, message):
    """A wrong use of pt is an error with a message that names it."""
    done = kernel.run(f"pt {arguments} 2>&1")
    assert done.status != 0 and message in done.output


# ---- /proc in Linux's formats ----

PRESENT, SWAPPED, FILE, EXCLUSIVE, FRAME = 1 << 63, 1 << 62, 1 << 61, 1 << 56, (1 << 55) - 1
REFERENCED, UPTODATE, DIRTY, LRU, SLAB, BUDDY, MMAP, ANON, SWAPBACKED, NOPAGE, ZERO, TABLE = (
    1 << bit for bit in (2, 3, 4, 5, 7, 10, 11, 12, 14, 20, 24, 26))


@contextlib.contextmanager
def memory_held(kernel):
    """A process and its child that hold memory of every kind and sleep; the report of where it is. What they have written to
    their file stays dirty."""
    kernel.ok("echo 360000 > /proc/sys/vm/dirty_expire_centisecs; rm -f /root/held; /tests/inspect hold /root/file > /root/held & "
              "until grep -q ready /root/held; do :; done; " + until_asleep("$!"))
    held = kernel.ok("cat /root/held").report
    try:
        kernel.ok(until_asleep(held["child"]))
        yield held
    finally:
        kernel.ok(f"kill -9 {held['child']} {held['pid']}; {until_gone(held['child'], held['pid'])}; rm /root/file; "
                  "echo 500 > /proc/sys/vm/dirty_expire_centisecs")


def records(kernel, file, first, count):
    """`count` 64-bit records of a file, read there and parsed here."""
    raw = kernel.ok(f"dd if={file} bs=8 skip={first} count={count} 2>/dev/null").raw
    assert len(raw) == 8 * count
    return struct.unpack(f"<{count}Q", raw)


def pages_of(kernel, pid, address, count):
    return records(kernel, f"/proc/{pid}/pagemap", address >> 12, count)


def test_pagemap_has_linuxs_records(kernel):
    """pagemap: bit 63 present, 61 file or shared, 56 mapped here alone, the frame's number below; 0 where nothing is."""
    with memory_held(kernel) as held:
        pid, child = held["pid"], held["child"]
        written, read, untouched, forbidden = pages_of(kernel, pid, held["private"], 4)
        assert written & (PRESENT | SWAPPED | FILE | EXCLUSIVE) == PRESENT | EXCLUSIVE  # the child made its own copy
        assert read & (PRESENT | FILE | EXCLUSIVE) == PRESENT and untouched == 0  # the frame of zeroes
        assert forbidden & (PRESENT | FILE | EXCLUSIVE) == PRESENT  # still there, though nobody may touch it; two show it
        shared, nothing = pages_of(kernel, pid, held["shared"], 2)
        assert shared & (PRESENT | FILE | EXCLUSIVE) == PRESENT | FILE and nothing == 0
        assert pages_of(kernel, child, held["shared"], 1) == (shared,)
        assert pages_of(kernel, child, held["private"], 1)[0] & FRAME != written & FRAME
        mapped = pages_of(kernel, pid, held["mapped"], 3)
        assert mapped[0] & (PRESENT | FILE | EXCLUSIVE) == PRESENT | FILE
        copied = pages_of(kernel, pid, held["copied"], 1)[0]
        assert copied & (PRESENT | FILE) == PRESENT and copied & FRAME != mapped[0] & FRAME
        entry = kernel.ok(f"pt walk {pid} {held['private']:x}").output
        assert f"frame 0x{written & FRAME:x}," in entry


def test_kpagecount_and_kpageflags_know_each_frame(kernel):
    """kpagecount says how many entries show a frame, kpageflags what it is, with Linux's bits."""
    with memory_held(kernel) as held:
        def look(address, pid=held["pid"]):
            frame = pages_of(kernel, pid, address, 1)[0] & FRAME
            return records(kernel, "/proc/kpagecount", frame, 1) + records(kernel, "/proc/kpageflags", frame, 1)

        count, flags = look(held["private"])
        assert count == 1 and flags & (ANON | MMAP | SWAPBACKED) == ANON | MMAP | SWAPBACKED
        assert look(held["private"] + 0x3000)[0] == 2
        count, flags = look(held["shared"])
        assert count == 2 and flags & (ANON | MMAP | UPTODATE) == MMAP | UPTODATE
        count, flags = look(held["mapped"] + 0x1000)
        assert count == 2 and flags & (MMAP | LRU | UPTODATE | DIRTY | ANON) == MMAP | LRU | UPTODATE | DIRTY
        assert look(held["private"] + 0x1000)[1] == ZERO
        table = int(re.search(r"PTE_ADDR.*P2V\(0x(\w+)\)", kernel.ok(f"pt walk {held['pid']} 8048000").output)[1], 16) >> 12
        assert records(kernel, "/proc/kpageflags", table, 1) == (TABLE,)


def test_frames_flags_agree_with_the_counters(kernel):
    """As many frames have kpageflags' BUDDY, SLAB and ANON as /proc/vmstat counts, give or take those that move meanwhile."""
    done = kernel.ok("cat /proc/vmstat")
    counters = dict((name, int(value)) for name, value in (line.split() for line in done.lines))
    raw = kernel.ok("cat /proc/kpageflags").raw
    flags = struct.unpack(f"<{len(raw) // 8}Q", raw)
    for bit, counter in ((BUDDY, "nr_free_pages"), (SLAB, "nr_slab"), (ANON, "nr_anon_pages"), (LRU, "nr_file_pages")):
        found = sum(1 for one in flags if one & bit and (bit != LRU or not one & ANON))
        assert abs(found - counters[counter]) <= 64, counter
    assert kernel.run("dd if=/proc/kpageflags bs=3 count=1").status != 0  # EINVAL, as on Linux


def smaps_of(text):
    """smaps as [(header line, {field: KiB or words})]."""
    regions = []
    for line in text.splitlines():
        if re.match(r"[0-9a-f]{8}-", line):
            regions.append((line, {}))
        else:
            name, value = line.split(":", 1)
            regions[-1][1][name] = int(value.split()[0]) if name != "VmFlags" else value.split()
    return regions


SMAPS_FIELDS = """Size KernelPageSize MMUPageSize Rss Pss Pss_Dirty Shared_Clean Shared_Dirty Private_Clean Private_Dirty
    Referenced Anonymous KSM LazyFree AnonHugePages ShmemPmdMapped FilePmdMapped Shared_Hugetlb Private_Hugetlb Swap SwapPss
    Locked THPeligible VmFlags""".split()


def test_smaps_has_linuxs_fields_and_they_add_up(kernel):
    """smaps has Linux's fields in Linux's columns; Rss is the sum of its four parts, and Pss counts a shared page once."""
    with memory_held(kernel) as held:
        text = kernel.ok(f"cat /proc/{held['pid']}/smaps").output
        regions = smaps_of(text)
        for header, fields in regions:
            assert list(fields) == SMAPS_FIELDS, header
            parts = sum(fields[part] for part in ("Shared_Clean", "Shared_Dirty", "Private_Clean", "Private_Dirty"))
            assert fields["Rss"] == parts and fields["Pss"] <= fields["Rss"] <= fields["Size"], header
        assert re.search(r"^Rss: {12,18}\d+ kB$", text, re.MULTILINE)
        assert all(len(line) == 27 for line in text.splitlines() if line.endswith(" kB"))
        by_start = {int(header[:8], 16): fields for header, fields in regions}
        private = by_start[held["private"]]
        assert (private["Rss"], private["Private_Dirty"], private["Anonymous"]) == (4, 4, 4)  # the page of zeroes is nobody's
        assert private["VmFlags"] == "rd wr mr mw me ac".split()
        shared = by_start[held["shared"]]
        assert (shared["Rss"], shared["Pss"], shared["Shared_Dirty"], shared["Anonymous"]) == (4, 2, 4, 0)
        assert "sh" in shared["VmFlags"] and "ms" in shared["VmFlags"]
        mapped = by_start[held["mapped"]]
        assert mapped["Shared_Dirty"] >= 4 and mapped["Private_Dirty"] == 0
        names = [header[73:] for header, _ in regions]
        assert "[stack]" in names and "/tests/inspect" in names and "/root/file" in names


def test_smaps_rollup_status_and_statm_agree(kernel):
    """The sums of smaps are those of smaps_rollup, status and statm."""
    with memory_held(kernel) as held:
        pid = held["pid"]
        regions = smaps_of(kernel.ok(f"cat /proc/{pid}/smaps").output)
        (_, rollup), = smaps_of(kernel.ok(f"cat /proc/{pid}/smaps_rollup").output)
        total = {name: sum(fields[name] for _, fields in regions) for name in SMAPS_FIELDS if name != "VmFlags"}
        for name in ("Rss", "Shared_Dirty", "Private_Clean", "Anonymous", "Swap"):
            assert rollup[name] == total[name], name
        status = dict(line.split(":\t", 1) for line in kernel.ok(f"cat /proc/{pid}/status").lines)
        kib = {name: int(value.split()[0]) for name, value in status.items() if value.endswith(" kB")}
        assert list(kib) == """VmPeak VmSize VmLck VmPin VmHWM VmRSS RssAnon RssFile RssShmem VmData VmStk VmExe VmLib VmPTE
            VmSwap""".split()
        assert kib["VmSize"] == total["Size"] and kib["VmRSS"] == total["Rss"] == kib["RssAnon"] + kib["RssFile"] + kib["RssShmem"]
        assert kib["RssAnon"] == total["Anonymous"] and kib["RssShmem"] == 4 and kib["VmPeak"] >= kib["VmSize"]
        assert status["Policy"] == "full" and int(status["CR3"], 16) % 4096 == 0
        size, resident, shared, text, _, data, _ = map(int, kernel.ok(f"cat /proc/{pid}/statm").output.split())
        assert [4 * size, 4 * resident, 4 * shared] == [kib["VmSize"], kib["VmRSS"], kib["RssFile"] + kib["RssShmem"]]
        assert 4 * text == kib["VmExe"] and 4 * data == kib["VmData"] + kib["VmStk"]


MEMINFO_FIELDS = """MemTotal MemFree MemAvailable Buffers Cached SwapCached Active Inactive Active(anon) Inactive(anon)
    Active(file) Inactive(file) SwapTotal SwapFree Dirty Writeback AnonPages Mapped Shmem KReclaimable Slab SReclaimable
    SUnreclaim KernelStack PageTables CommitLimit Committed_AS""".split()  # in Linux's order


def meminfo(kernel):
    lines = kernel.ok("cat /proc/meminfo").lines
    assert all(re.fullmatch(r"(?=.{27}$)\S+: +\d+ kB", line) for line in lines), lines
    return {line.split(":")[0]: int(line.split()[1]) for line in lines}


def test_meminfo_has_linuxs_lines(kernel):
    """meminfo's lines are Linux's, in its order and columns, and fit together; shared memory and mapped pages are counted."""
    before = meminfo(kernel)
    assert list(before) == MEMINFO_FIELDS
    assert before["MemFree"] < before["MemAvailable"] <= before["MemTotal"]
    assert before["Slab"] == before["SReclaimable"] + before["SUnreclaim"]
    assert before["Active"] == before["Active(anon)"] + before["Active(file)"]
    with memory_held(kernel):
        held = meminfo(kernel)
        assert held["Shmem"] == before["Shmem"] + 4 and held["AnonPages"] > before["AnonPages"]
        assert held["Mapped"] > 0 and held["PageTables"] > before["PageTables"]
    assert meminfo(kernel)["Shmem"] == before["Shmem"]


def test_dirty_pages_wait_as_long_as_they_are_told(kernel):
    """dirty_expire_centisecs: with an hour a page stays dirty, with nothing it goes to the disk in the writer's next round."""
    setting = "/proc/sys/vm/dirty_expire_centisecs"
    kernel.ok(f"echo 360000 > {setting}; sync; echo text > /root/dirty")
    assert meminfo(kernel)["Dirty"] > 0 and kernel.ok(f"cat {setting}").output == "360000\n"
    kernel.ok(f"echo 0 > {setting}; while grep -q '^Dirty: .*[1-9]' /proc/meminfo; do sleep 0.1; done; echo 500 > {setting}; rm /root/dirty")
    assert kernel.run(f"echo soon > {setting}").status != 0


def test_slabinfo_is_linuxs_version_2_1(kernel):
    """slabinfo: a line for each size, with the columns of Linux's version 2.1; what is used fits into the slabs."""
    first, names, *lines = kernel.ok("cat /proc/slabinfo").lines
    assert first == "slabinfo - version: 2.1" and names.startswith("# name            <active_objs> <num_objs> <objsize>")
    for line in lines:
        found = re.fullmatch(r"(\S+) +(\d+) +(\d+) +(\d+) +(\d+) +1 : tunables +0 +0 +0 : slabdata +(\d+) +(\d+) +0", line)
        name, used, total, size, in_slab, active, slabs = found[1], *map(int, found.groups()[1:])
        assert name == f"kmalloc-{size}" and used <= total == in_slab * slabs and active <= slabs and size * in_slab <= 4096
    assert sum(int(line.split()[1]) for line in lines) > 10


def test_tools_read_these_files(kernel):
    """pmap -x, free and vmstat show what /proc says."""
    with memory_held(kernel) as held:
        text = kernel.ok(f"pmap -x {held['pid']}").output
        rows = {int(row[0], 16): row for row in (line.split() for line in text.splitlines()[2:-1])}
        assert rows[held["private"]][1:5] == ["12", "4", "4", "rw---"]
        assert rows[held["shared"]][1:5] == ["8", "4", "4", "rw-s-"]
        smaps = smaps_of(kernel.ok(f"cat /proc/{held['pid']}/smaps").output)
        assert text.splitlines()[-1].split()[1:3] == [str(sum(f[name] for _, f in smaps)) for name in ("Size", "Rss")]
    total, used, free, _, cache, available = map(int, kernel.ok("free").lines[1].split()[1:])
    now = meminfo(kernel)
    assert total == now["MemTotal"] and abs(free - now["MemFree"]) < 1024 and abs(cache - now["Cached"]) < 1024
    assert abs(used + free + cache - total) < 1024 and available > free
    assert len(kernel.ok("vmstat 1 2").lines) >= 3


def settled_smaps(machine, pid):
    """smaps, and VmSwap at the same moment: read while reclaim, which goes on, took nothing of the process."""
    for _ in range(50):
        text = machine.ok(f"grep VmSwap /proc/{pid}/status; cat /proc/{pid}/smaps; grep VmSwap /proc/{pid}/status").output
        before, after = map(int, re.findall(r"^VmSwap:\t +(\d+) kB$", text, re.MULTILINE))
        if before == after:
            return smaps_of(re.sub(r"(?m)^VmSwap:.*\n", "", text)), after
    raise AssertionError("reclaim never rests")


def test_swapped_pages_are_told(boot):
    """A page in swap: its slot in pagemap, in the raw entry and by `pt backing`; counted in smaps and status."""
    machine = boot(memory=64, swap="64M")
    machine.ok("/tests/inspect overfill 72 > /root/held & until grep -q ready /root/held; do :; done; " + until_asleep("$!"))
    held = machine.ok("cat /root/held").report
    pid, address = held["pid"], held["memory"]
    pages = pages_of(machine, pid, address, 72 * 256)
    swapped = [i for i, page in enumerate(pages) if page & SWAPPED]
    assert swapped and all(page & (PRESENT | SWAPPED) in (PRESENT, SWAPPED) for page in pages)
    assert all(pages[i] & 31 == 0 for i in swapped) and len({pages[i] >> 5 & (1 << 50) - 1 for i in swapped}) == len(swapped)
    first = swapped[0]
    slot, where = pages[first] >> 5 & (1 << 50) - 1, f"{address + 4096 * first:x}"
    done = machine.ok(f"pt backing {pid} {where}; pt walk {pid} {where}")
    assert done.lines[0] == f"swap slot {slot}"
    assert f"*pte = 0x{slot << 12 | 1 << 10:08x} (swapped): not present" in done.lines[-1]
    regions, in_swap = settled_smaps(machine, pid)
    region = next(fields for header, fields in regions if int(header[:8], 16) <= address < int(header[9:17], 16))
    assert region["Swap"] == region["SwapPss"] and sum(fields["Swap"] for _, fields in regions) == in_swap
    assert abs(region["Swap"] - 4 * len(swapped)) <= 4096  # reclaim goes on
    assert region["Rss"] + region["Swap"] == 72 * 1024
    machine.ok(f"kill -9 {pid}; {until_gone(pid)}")
    machine.ok("rm /root/held; /tests/inspect overfill 72 shared > /root/held & until grep -q ready /root/held; do :; done; " +
               until_asleep("$!"))
    held = machine.ok("cat /root/held").report
    absent = [i for i, page in enumerate(pages_of(machine, held["pid"], held["memory"], 72 * 256)) if page == 0][:8]
    backings = [machine.ok(f"pt backing {held['pid']} {held['memory'] + 4096 * i:x}").output for i in absent]
    machine.ok(f"kill -9 {held['pid']}")
    assert all(re.fullmatch(r"swap slot \d+\n", line) for line in backings) and len(set(backings)) == 8


# ---- The trace ----

EVENT = re.compile(r" *(\d+\.\d{6}) cpu(\d) +(\d+) (\S+) +(fault|switch|syscall|return) (.*)")


def events(text):
    """The trace's lines as (seconds, cpu, pid, name, kind, what); each line must be one."""
    found = [EVENT.fullmatch(line) for line in text.splitlines()]
    assert found and all(found), text
    return [(float(m[1]), int(m[2]), int(m[3]), m[4], m[5], m[6]) for m in found]


def test_trace_shows_what_a_command_did(kernel):
    """`trace COMMAND` prints the command's system calls and faults with their names, in the order of their times."""
    done = kernel.ok("trace -o /tmp/events echo hi; cat /tmp/events; cat /proc/sys/kernel/trace")
    assert done.lines[0] == "hi" and done.lines[-1] == "off"
    seen = events("\n".join(line for line in done.lines[1:-1] if EVENT.fullmatch(line)))
    assert [one[0] for one in seen] == sorted(one[0] for one in seen)
    assert len({one[2] for one in seen}) == 1  # nobody else's
    what = [(one[4], one[5]) for one in seen if one[3] == "echo"]
    assert what[0] == ("return", "execve = 0")
    write = next(i for i, one in enumerate(what) if re.fullmatch(r"write\(1, 0x\w+, 3\)", one[1]))
    assert ("return", "write = 3") in what[write + 1:] and what[-1] == ("syscall", "exit_group(0)")
    faults = [one[1] for one in what if one[0] == "fault"]
    assert any(re.fullmatch(r"read 0x0804\w+: Fetch, PTE 0x\w{5}[02]05, frame \w+(, major)?", one) for one in faults), faults
    assert any(re.fullmatch(r"write 0x\w+: ZeroFill, PTE 0x\w{5}007, frame \w+", one) for one in faults), faults


def test_trace_and_counters_agree(kernel):
    """Until a process reads its own /proc/PID/faults, the trace has as many faults of each action as the file counts."""
    done = kernel.ok("trace -o /tmp/events cat /proc/self/faults; cat /tmp/events")
    counted = {name: int(value) for name, value in (line.split() for line in done.lines if re.fullmatch(r"\w+ \d+", line))}
    seen = events("\n".join(line for line in done.lines if EVENT.fullmatch(line)))
    started = max(i for i, one in enumerate(seen) if one[5].startswith("execve("))  # exec touches the new space, too
    opened = next(i for i, one in enumerate(seen) if one[3] == "cat" and one[5].startswith("open("))
    actions = [re.search(r": (\w+)", one[5])[1] for one in seen[started:opened + 1] if one[4] == "fault"]
    for name in ("ZeroFill", "Fetch", "MapZeroPage", "CopyFrame", "MakeWritable", "Deny", "Retry"):
        counter = "fault_" + re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
        assert actions.count(name) == counted[counter], name


def test_trace_tells_of_a_denied_fault_and_of_switches(kernel):
    """A fault that kills is there as Deny; switches name the thread that comes, and both CPUs are merged by time."""
    done = kernel.run("trace -a -o /tmp/events fault,switch sh -c '/tests/fault null-read; seq 1 30000 | sort | md5sum'; "
                      "cat /tmp/events")
    seen = events("\n".join(line for line in done.lines if EVENT.fullmatch(line)))
    assert any(one[3] == "fault" and re.fullmatch(r"\w+ 0x0000\w+: Deny", one[5]) for one in seen), done.output
    assert any(one[4] == "switch" and re.fullmatch(r"to \d+ sort|to 0 idle\S*", one[5]) for one in seen)
    assert {one[1] for one in seen} == {0, 1} and [one[0] for one in seen] == sorted(one[0] for one in seen)


def test_trace_says_how_much_was_overwritten(kernel):
    """A ring keeps the newest 4096 events; a line says how many are gone (of 32,000, on one or two CPUs)."""
    done = kernel.ok("trace syscall dd if=/dev/zero of=/dev/null bs=1 count=8000 2>/dev/null; "
                     "grep overwritten /proc/trace; : > /proc/trace; wc -c /proc/trace")
    assert re.search(r"\.\.\. \d{5} events of cpu\d were overwritten", done.output)
    assert done.lines[-1].split()[0] == "0"


def test_trace_refuses_unknown_kinds(kernel):
    """An unknown kind is an error that changes nothing; a command that is not there is 127."""
    assert kernel.run("echo fault,nonsense > /proc/sys/kernel/trace").status != 0
    assert kernel.ok("cat /proc/sys/kernel/trace").output == "off\n"
    assert kernel.run("trace nosuchcommand 2>/dev/null").status == 127
    assert kernel.run("trace sh -c 'exit 3' 2>/dev/null").status == 3


def test_trace_from_the_first_process_on(boot):
    """trace=fault,syscall on the command line records from boot; a word that is no kind is named."""
    machine = boot(append="trace=fault,syscall quiet")
    done = machine.ok("cat /proc/sys/kernel/trace; head -40 /proc/trace")
    assert done.lines[0] == "fault,syscall"
    seen = events("\n".join(done.lines[1:]))
    assert seen[0][2] == 1 and seen[0][0] < 60
    machine = boot(append="trace=fork")
    assert "trace=fork" in machine.ok("dmesg | grep 'kinds of events'").output


# ---- Receipts ----

def receipt_of(output):
    """A receipt as {name: number}; the heading's policy as "policy"."""
    heading = re.search(r"^receipt of pid \d+ (\S+), policy (\w+)$", output, re.MULTILINE)
    lines = re.findall(r"^ *([a-z_ ]+?):? +(\d+)(?:  \D.*)?$", output[heading.end():], re.MULTILINE)
    return {"name": heading[1], "policy": heading[2], **{name: int(value) for name, value in lines}}


def test_receipt_tells_what_a_program_cost(kernel):
    """`vm -r full PROGRAM` prints, when it has ended, what its memory cost: the numbers that it counted itself."""
    done = kernel.ok("vm -r full /tests/inspect spend")
    receipt = receipt_of(done.output)
    assert (receipt["name"], receipt["policy"]) == ("inspect", "full") and done["copied"] >= 3
    assert 0 <= receipt["frames copied"] - done["all_copied"] <= 2  # its own report is printed after it counted
    assert 0 <= receipt["frames reused"] - done["all_reused"] <= 2 and receipt["frames reused"] >= 2
    assert 0 <= receipt["fault_zero_fill"] - done["all_zero_filled"] <= 2
    assert receipt["frames copied"] == receipt["fault_copy_frame"]
    assert receipt["shared by fork"] >= 8 and receipt["copied by fork"] == 0
    assert receipt["pages mapped"] > receipt["never touched"] >= 92
    assert receipt["frames at the end"] >= receipt["frames shared"] > 0  # its text, with the page cache


def test_receipt_shows_what_each_policy_saves(kernel):
    """stock copies at fork and touches nothing on demand; full leaves most of a program on the disk."""
    stock = receipt_of(kernel.ok("vm -r stock /tests/inspect spend").output)
    assert stock["policy"] == "stock" and stock["copied by fork"] >= 100 and stock["shared by fork"] == 0
    assert (stock["faults"], stock["fault_zero_fill"]) == (0, 100)  # mmap's, made present beforehand: no touch faulted
    assert stock["never loaded"] == stock["frames copied"] == 0
    assert stock["frames at the end"] == stock["pages mapped"]
    cow = receipt_of(kernel.ok("vm -r cow /tests/inspect spend").output)
    assert cow["shared by fork"] >= 8 and cow["copied by fork"] == 0 and cow["frames copied"] >= 3
    full = receipt_of(kernel.ok("vm -r --fault-around=4K full sh -c 'exit 0'").output)
    assert full["never loaded"] >= 4096 and full["never loaded"] % 4096 <= 4096
    assert full["policy"] == "full" and full["fault_fetch"] > 3


def test_receipt_is_only_for_who_asked(kernel):
    """A process that runs shows its receipt so far; a dead one that did not ask has none, and asking is inherited."""
    assert receipt_of(kernel.ok("cat /proc/self/receipt").output)["policy"] == "full"
    done = kernel.ok("/tests/inspect receipts")
    assert (done["asked"], done["unasked"]) == (1, 0)
    assert receipt_of(kernel.run("vm -r full sh -c 'exec /tests/fault null-read'").output)["fault_deny"] == 1
    assert kernel.run("vm -r full sh -c 'exit 7'").status == 7


# ---- All at once ----

def test_looking_at_a_storm_disturbs_nobody(boot):
    """While processes fork, map, share and die on all CPUs, and all is traced, every file about them can be read."""
    machine = boot(smp=4, debug=True)
    machine.ok("/tests/storm 2; rm -rf /tmp/storm-*", timeout=300)
    machine.ok("echo fault,switch,syscall > /proc/sys/kernel/trace; cat /proc/trace | tail -1; echo off > /proc/sys/kernel/trace")
    before = machine.ok("/tests/frames")["in_use"]
    done = machine.ok(
        "echo fault,switch,syscall > /proc/sys/kernel/trace; /tests/storm 8 > /tmp/storm.out & S=$!; N=0; "
        "while [ -d /proc/$S ]; do for p in /proc/[0-9]*; do cat $p/smaps $p/status $p/smaps_rollup $p/maps $p/statm $p/receipt "
        "> /dev/null 2>&1; pt dump ${p#/proc/} 2>/dev/null | tail -2 | head -1 | { read a b c d frame; "
        "pt frame ${frame:-0} > /dev/null 2>&1; }; dd if=$p/pagemap bs=4096 skip=64 count=4 > /dev/null 2>&1; N=$((N+1)); done; "
        "cat /proc/meminfo /proc/vmstat /proc/kpagecount /proc/trace > /dev/null; done; "
        "echo off > /proc/sys/kernel/trace; cat /tmp/storm.out; echo looks: $N", timeout=600)
    assert done["wrong"] == 0 and done["looks"] > 10
    machine.ok("rm -rf /tmp/storm*; : > /proc/trace")
    assert machine.ok("/tests/frames")["in_use"] <= before + 12  # names and inodes that are remembered
    machine.poweroff()


@pytest.mark.parametrize("command, status", [("poweroff", 0), ("poweroff 0", 1), ("poweroff 7", 15), ("poweroff 42", 85)])
def test_poweroff_status_reaches_qemu(boot, command, status):
    """shutdown(status) ends QEMU through isa-debug-exit, which makes it 2 * status + 1; plain poweroff ends it with 0."""
    machine = boot(console=True)
    machine.prompt()
    machine.sendline(command)
    assert machine.expect_end() == status
