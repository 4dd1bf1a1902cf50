"""Terminals and pseudo-terminals: line modes, timing, sessions. The programs hold Linux to the same answers."""

import pytest

import parts


@pytest.mark.parametrize("part", parts.names("termios"))
def test_termios(kernel, part):
    """What is typed, shown and read through a pseudo-terminal is what termios promises."""
    parts.check_in_guest(kernel, "termios", part)


@pytest.mark.parametrize("part", parts.names("jobs"))
def test_jobs(kernel, part):
    """Pairs open, close and hang up, and sessions control them, as Linux's do."""
    parts.check_in_guest(kernel, "jobs", part)


@pytest.mark.parametrize("program", ["termios", "jobs"])
def test_same_on_linux(program):
    """The same program finds the same on Linux."""
    parts.check_on_linux(program)
