"""Page faults: the kill line, the line that explains it, and exact restart."""

import re

import pytest

# pid 4 processname: trap 14 err 6 on cpu 0 eip 0x1a addr 0x800444--kill proc
KILL_LINE = (r"^pid (?P<pid>\d+) (?P<name>\S+): trap (?P<trap>\d+) err (?P<err>\d+) on cpu (?P<cpu>\d+) "
             r"eip 0x(?P<eip>[0-9a-f]+) addr 0x(?P<addr>[0-9a-f]+)--kill proc$")
SEGV, FPE, ILL = 139, 136, 132


def kill_line(done):
    found = re.search(KILL_LINE, done.console, re.MULTILINE)
    assert found, f"no kill line; the kernel said:\n{done.console}\nand the program:\n{done.output}"
    rest = done.console[found.end():].lstrip("\n").splitlines()
    assert rest and rest[0].strip(), "no line explains the kill"
    return found, rest[0]


@pytest.mark.parametrize("kind, err, addr, explained", [
    ("unmapped-read", 4, "800444", "read"),
    ("unmapped-write", 6, "800444", "write"),
    ("null-read", 4, "0", "null pointer"),
    ("null-write", 6, "0", "null pointer"),
    ("kernel-read", 5, "80100000", "kernel"),
    ("kernel-write", 7, "80100000", "kernel"),
    ("text-write", 7, None, "forbids"),
    ("rodata-write", 7, None, "forbids"),
    ("jump-unmapped", 4, "800444", ""),
    ("none-read", 4, None, "forbids"),
])
def test_denied_fault_kills_with_the_slides_line(kernel, kind, err, addr, explained):
    """A denied access kills the process and prints the slides' line, then one that explains it."""
    done = kernel.run(f"/tests/fault {kind}")
    assert done.status == SEGV, done.output
    line, explanation = kill_line(done)
    assert (line["name"], int(line["trap"]), int(line["err"])) == ("fault", 14, err)
    if addr is not None:
        assert line["addr"] == addr
    assert explained in explanation


def test_stack_overflow_hits_the_guard_gap(kernel):
    """Endless recursion ends in the gap below the stack, with err 6, and says so."""
    done = kernel.run("/tests/fault stack-overflow", timeout=300)
    assert done.status == SEGV
    line, explanation = kill_line(done)
    assert int(line["err"]) in (4, 6)
    assert "guard gap" in explanation


@pytest.mark.parametrize("kind, status, trap", [("divide", FPE, 0), ("illegal", ILL, 6), ("privileged", SEGV, 13)])
def test_other_traps_kill_with_the_same_line(kernel, kind, status, trap):
    """Division by zero, an illegal opcode and a privileged instruction kill only the program."""
    done = kernel.run(f"/tests/fault {kind}")
    assert done.status == status
    line, _ = kill_line(done)
    assert int(line["trap"]) == trap


def test_bad_selector_kills_only_the_program(kernel):
    """A selector that does not exist is the program's fault, also on the way out of the kernel."""
    done = kernel.run("/tests/fault bad-selector; echo after $?")
    assert "after 139" in done.output


def test_faulting_instructions_restart_exactly(kernel):
    """push, pusha, rep movs over absent pages and a store across two pages do what they do on present ones."""
    assert kernel.ok("/tests/restart").output == "restart: exact\n"


def test_a_killed_background_job_leaves_the_shell_alone(kernel):
    """Ten processes die of faults; the shell and its next command do not notice."""
    done = kernel.run("for i in 1 2 3 4 5 6 7 8 9 10; do /tests/fault unmapped-write & done; wait; echo alive")
    assert done.output.endswith("alive\n")
    assert len(re.findall(KILL_LINE, done.console, re.MULTILINE)) == 10
