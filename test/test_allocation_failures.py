"""Every allocation of every call may fail: the error is reported, nothing is left behind, the machine goes on."""

import re

import pytest

# What must have met failures at all, and at least how many allocations it makes.
LEAST_ALLOCATIONS = {
    "fork": 10, "exec": 10, "exec_script": 10, "setsid": 2,
    "mmap": 1, "mmap_shared": 2, "mmap_file": 1, "touch": 2, "cow_touch": 2, "file_touch": 1, "mprotect": 1, "munmap": 1,
    "brk": 1, "mremap": 1,
    "read_file": 2, "write_file": 2, "open": 1, "create": 2, "list": 1, "names": 1, "proc": 1, "pipe": 2, "pipe_traffic": 2,
    "poll": 1,
    "tmpfs_create": 2, "tmpfs_mkdir": 2, "tmpfs_fifo": 2, "tmpfs_symlink": 2, "tmpfs_link": 1, "tmpfs_rename": 1,
    "tmpfs_unnamed": 2, "tmpfs_write": 16, "tmpfs_write_far": 2, "tmpfs_fallocate": 16, "tmpfs_punch": 16, "tmpfs_map": 1,
    "tmpfs_touch": 2, "memfd": 3,
    "mount": 2, "mount_tmpfs": 3, "mount_sysfs": 3, "mount_devpts": 3, "mount_disk": 1, "mount_bind": 1, "mount_bind_tree": 3,
    "umount_detach": 5,
    "socket": 2, "socketpair": 4, "bind": 4, "bind_abstract": 3, "listen": 3, "connect": 3, "accept": 1, "send": 5,
    "send_datagram": 2, "send_packet": 2, "sendto": 1, "send_files": 2, "credentials": 1, "socket_cycle": 6, "receive_many": 1,
    "epoll_create": 2, "epoll_add": 1, "epoll_nest": 6, "eventfd": 2, "timerfd": 2, "poll_many": 2, "select_many": 2,
    "timer_create": 2, "sigqueue": 3,
    "clone": 1, "clone_process": 3, "futex": 2, "futex_owned": 2, "contended": 1, "robust": 2, "unshare": 1,
    "exec_interpreted": 15, "attach": 1, "peek_poke": 1, "far_copy": 2, "lock": 2, "lock_split": 2, "lock_ofd": 1, "flock": 1,
    "dup2": 1, "proc_files": 200, "proc_self": 150, "proc_task": 20, "sys_files": 100}

# What cannot do without, and so reports.
REPORTING = ("exec", "exec_script", "mmap", "pipe", "open", "create", "mprotect", "brk", "mremap", "mount", "mount_tmpfs",
             "tmpfs_create", "tmpfs_mkdir", "tmpfs_symlink", "memfd", "socket", "socketpair", "bind", "connect", "accept",
             "send_files", "epoll_create", "epoll_add", "eventfd", "timerfd", "timer_create", "sigqueue", "poll_many",
             "clone", "unshare", "robust", "exec_interpreted", "attach", "peek_poke", "lock", "lock_split", "flock", "dup2",
             "proc_files", "proc_self", "sys_files")


@pytest.mark.parametrize("debug", [False, True])
def test_each_allocation_of_each_call_may_fail(boot, debug):
    """The Nth allocation fails, for every N of every call: ENOMEM, no frame and no kernel object lost, the caller runs."""
    done = boot(debug=debug, memory=128).ok("/tests/failtest", timeout=300)
    assert "failed" not in done.output
    for name, least in LEAST_ALLOCATIONS.items():
        assert done[name]["allocations"] >= least, done.output
    for name in ("fork", *REPORTING):
        assert done[name]["errors"] >= 1, done.output


@pytest.mark.parametrize("policy", ["stock", "lazy", "cow"])
def test_each_allocation_may_fail_in_every_policy(kernel, policy):
    """What a policy does at once it undoes where it cannot be done: no frame is lost."""
    parts = "fork_fails exec_fails exec_script_fails mmap_fails mprotect_split_fails munmap_hole_fails brk_fails"
    assert "failed" not in kernel.ok(f"vm {policy} /tests/failtest {parts}", timeout=300).output


def test_count_ends_with_its_process(kernel):
    """A count that has not run out dies with its process: nobody else meets the failure."""
    kernel.ok("/tests/failtest --leave-armed")
    for _ in range(20):
        assert kernel.ok("ls / | wc -l").output.strip().isdigit()


@pytest.mark.parametrize("nth", [1, 3, 10, 30, 100, 250])
def test_nth_allocation_of_the_machine_fails(boot, nth):
    """fail=kalloc:N: whoever meets it reports an error or dies, init starts what died, and the machine works."""
    machine = boot(append=f"fail=kalloc:{nth}", memory=64)
    machine.run("for i in 1 2 3 4 5; do ls /bin | wc -l; done; cat /proc/vmstat")
    assert "fail=kalloc" in machine.tail()
    assert machine.ok("echo alive").output == "alive\n"


def test_bad_failure_option_is_named(boot):
    """fail= with anything else than kalloc:N is named in the log."""
    assert re.search(r"option fail=disk:1: not kalloc:N", boot(append="fail=disk:1", memory=64).tail())
