"""Signals as Linux has them: what handlers are told, masks, restarts, stacks, default actions, forged frames."""

import pytest

import parts


@pytest.mark.parametrize("part", parts.names("signals"))
def test_signal_promise(kernel, part):
    """The promise that the part's name says."""
    parts.check_in_guest(kernel, "signals", part)


def test_signal_promises_hold_on_linux():
    """Linux is the judge: the same binary is right there."""
    parts.check_on_linux("signals")
