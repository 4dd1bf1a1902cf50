"""CPU time, timers that send signals, clocks: as Linux has them."""

import pytest

import parts

PROGRAMS = ["cputime", "timers"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_time_promises(kernel, program):
    """All the promises that the program's parts name; one command, as each part waits for little but time."""
    done = kernel.run(f"/tests/{program}", timeout=600)
    wrong = [name for name in parts.names(program) if f"{name}: right\n" not in done.output]
    assert (wrong, done.status) == ([], 0), done.console


@pytest.mark.parametrize("program", PROGRAMS)
def test_time_promises_hold_on_linux(program):
    """Linux is the judge: the same binary is right there."""
    parts.check_on_linux(program)
