"""Signals as Linux has them: what handlers are told, queues, masks, restarts, stacks, default actions, forged frames."""

import pytest

import parts

PROGRAMS = ["signals", "sigqueue", "sigframe", "waits"]


@pytest.mark.parametrize("program, part", [(program, part) for program in PROGRAMS for part in parts.names(program)])
def test_signal_promise(kernel, program, part):
    """The promise that the part's name says."""
    parts.check_in_guest(kernel, program, part)


@pytest.mark.parametrize("program", PROGRAMS)
def test_signal_promises_hold_on_linux(program):
    """Linux is the judge: the same binary is right there."""
    parts.check_on_linux(program)
