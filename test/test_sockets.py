"""Sockets of AF_UNIX: user/tests/sockets.c, which holds on Linux too."""

import pytest

import parts


@pytest.mark.parametrize("part", parts.names("sockets"))
def test_part(kernel, part):
    parts.check_in_guest(kernel, "sockets", part)


def test_parts_hold_on_linux():
    parts.check_on_linux("sockets")


def test_sockets_that_only_queues_hold_are_freed(kernel):
    """Far more of them than may exist at once."""
    kernel.ok("/tests/sockets cycles")
    before = int(kernel.ok("grep MemFree /proc/meminfo").output.split()[1])
    kernel.ok("/tests/sockets cycles")
    assert int(kernel.ok("grep MemFree /proc/meminfo").output.split()[1]) > before - 1024


def test_one_processor_is_enough(boot):
    assert boot(smp=1).ok("/tests/sockets many_processes backlog").output.count("right") == 2
