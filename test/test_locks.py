"""Locks on files: user/tests/locks.c, here and on Linux."""

import parts


def test_files_are_locked_as_on_linux(kernel):
    """Record locks, those of open-file descriptions, flock's; waiting, deadlocks, and /proc/locks."""
    parts.check_all_in_guest(kernel, "locks")


def test_linux_locks_them_so():
    """Linux is the judge: the same binary is right there."""
    parts.check_on_linux("locks")
