"""Terminals and pseudo-terminals: line modes, timing, sessions. The programs hold Linux to the same answers."""

import pytest

import parts


@pytest.mark.parametrize("part", parts.names("termios"))
def test_termios(kernel, part):
    """What is typed, shown and read through a pseudo-terminal is what termios promises."""
    parts.check_in_guest(kernel, "termios", part)


def test_termios_on_linux():
    """The same program finds the same on Linux."""
    parts.check_on_linux("termios")
