"""Memory seen from outside: our own calls, /proc's files in Linux's formats, the tool pt, the trace, receipts."""

import re

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
    """page_info says where a page's contents live, frame_info who shows a frame: private, file and shared memory."""
    kernel.ok("/tests/inspect pages")


# ---- pt ----

def test_pt_dump_prints_the_lines_of_the_kernels_dump(kernel):
    """`pt dump PID` prints on its own output what dumppagetable(PID) writes to the kernel's log."""
    kernel.ok("sleep 1000 & echo $! > /tmp/sleeper; until pt backing $! 8048000 | grep -q file; do :; done")
    done = kernel.ok("P=$(cat /tmp/sleeper); pt dump $P; /tests/inspect $P; kill $P")
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


@pytest.mark.parametrize("arguments, message", [
    ("dump 99999", "99999: No such process"), ("walk 1", "missing operand"), ("frame fffff", "beyond the last one"),
    ("backing 1 zz", "not an address"), ("look 1 2", "is not one of"), ("dump x", "not a process id")])
def test_pt_says_what_is_wrong(kernel, arguments, message):
    """A wrong use of pt is an error with a message that names it."""
    done = kernel.run(f"pt {arguments} 2>&1")
    assert done.status != 0 and message in done.output


@pytest.mark.parametrize("command, status", [("poweroff", 0), ("poweroff 0", 1), ("poweroff 7", 15), ("poweroff 42", 85)])
def test_poweroff_status_reaches_qemu(boot, command, status):
    """shutdown(status) ends QEMU through isa-debug-exit, which makes it 2 * status + 1; plain poweroff ends it with 0."""
    machine = boot(console=True)
    machine.prompt()
    machine.sendline(command)
    assert machine.expect_end() == status
