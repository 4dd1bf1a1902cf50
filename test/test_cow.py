"""Copy-on-write: every order of writers, system calls that write, much memory, many forks at once; no frame is lost."""

import re

import pytest

PARTS = ["parent_writes_first", "parent_writes_in_the_middle", "parent_writes_last", "parent_never_writes",
         "system_calls_write", "seven_share_64_mib", "two_write_100_mib_ten_times", "owners_are_counted_right",
         "touch_after_shrink_is_killed_1000_times"]


def frames_in_use(kernel):
    return kernel.ok("/tests/frames")["in_use"]


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_copy_on_write(kernel, part):
    """2 CPUs: everybody sees its own memory, and as many frames are in use afterwards as before."""
    kernel.ok(f"/tests/cowstress {part}", timeout=600)  # caches fill
    for _ in range(3):  # a leak shows each time; caches of kernel objects reach their size late
        before = frames_in_use(kernel)
        done = kernel.ok(f"/tests/cowstress {part}", timeout=600)
        after = frames_in_use(kernel)
        if after <= before:
            break
    assert after <= before
    if part == "touch_after_shrink_is_killed_1000_times":
        lines = re.findall(r"^pid \d+ cowstress: trap 14 err 6 .*--kill proc$", done.console, re.MULTILINE)
        assert len(lines) == 1000


@pytest.mark.parametrize("policy", ["stock", "lazy", "cow"])
@pytest.mark.parametrize("part", ["parent_writes_first", "parent_never_writes", "system_calls_write"])
def test_every_policy_keeps_parent_and_child_apart(kernel, policy, part):
    """What fork does is the policy's; what programs see is the same."""
    kernel.ok(f"vm {policy} /tests/cowstress {part}", timeout=300)


@pytest.mark.slow
def test_owners_are_counted_right_in_the_debug_kernel(boot):
    """The same races with the kernel's own checks of owners and page tables."""
    boot(debug=True).ok("/tests/cowstress owners_are_counted_right system_calls_write", timeout=900)
