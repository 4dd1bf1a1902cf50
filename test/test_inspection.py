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


@pytest.mark.parametrize("command, status", [("poweroff", 0), ("poweroff 0", 1), ("poweroff 7", 15), ("poweroff 42", 85)])
def test_poweroff_status_reaches_qemu(boot, command, status):
    """shutdown(status) ends QEMU through isa-debug-exit, which makes it 2 * status + 1; plain poweroff ends it with 0."""
    machine = boot(console=True)
    machine.prompt()
    machine.sendline(command)
    assert machine.expect_end() == status
