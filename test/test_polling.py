"""poll, select, epoll, eventfd, timerfd and fifos: user/tests/polling.c, which holds on Linux too."""

import pytest

import parts


@pytest.mark.parametrize("part", parts.names("polling"))
def test_part(kernel, part):
    parts.check_in_guest(kernel, "polling", part)


def test_parts_hold_on_linux():
    parts.check_on_linux("polling")


def test_one_processor_is_enough(boot):
    assert boot(smp=1).ok("/tests/polling storm sleeping nesting", timeout=300).output.count("right") == 3
