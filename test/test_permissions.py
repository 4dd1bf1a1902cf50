"""Who may do what to a file: user/tests/permissions.c, here and on Linux."""

import parts


def test_files_are_guarded_as_on_linux(kernel):
    """Modes, groups, sticky and set-group directories, set-id programs, and the calls that change ids."""
    parts.check_all_in_guest(kernel, "permissions")


def test_linux_guards_them_so():
    """Linux is the judge: the same binary is right there."""
    parts.check_on_linux("permissions")
