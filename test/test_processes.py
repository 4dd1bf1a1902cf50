"""Processes as Linux has them: fork, exec, wait, groups, descriptors, limits, ids; pipes, poll, clocks, usage."""

import pytest

import parts


@pytest.mark.parametrize("part", parts.names("processes"))
def test_process_promise(kernel, part):
    """The promise that the part's name says."""
    parts.check_in_guest(kernel, "processes", part)


def test_process_promises_hold_on_linux():
    """Linux is the judge: the same binary is right there."""
    parts.check_on_linux("processes")
