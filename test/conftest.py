"""Fixtures: `kernel`, one booted machine for a module; `boot`, machines made to order; `run`, the script itself."""

import pytest

import machine

_live = []  # machines whose console a failing test shows


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes long, so it begins first")
    config.addinivalue_line("markers", "release: about the release kernel, or about none; left out under FAULTLINE_KERNEL=debug")


def shares_a_fixture(item):
    """Does it use something that is made once for its file, such as a booted machine?"""
    used = item._fixtureinfo.name2fixturedefs.values() if hasattr(item, "_fixtureinfo") else []
    return any(definitions[-1].scope == "module" for definitions in used)


def spread(items):
    """For xdist's --dist=loadgroup: tests that share a fixture of their file go to one worker, each other test to whoever is
    free. Slow ones begin first, so that none of them is left alone at the end."""
    together = [item for item in items if shares_a_fixture(item)]
    alone = [item for item in items if not shares_a_fixture(item)]
    for item in together:
        item.add_marker(pytest.mark.xdist_group(item.path.stem))
    slow = [item for item in alone if item.get_closest_marker("slow")]
    return slow + together + [item for item in alone if item not in slow]


@pytest.hookimpl(tryfirst=True)  # before xdist looks at the groups
def pytest_collection_modifyitems(config, items):
    """FAULTLINE_KERNEL=debug runs the suite on the kernel that checks itself, but for what is about the other one."""
    if machine.build.kernel_preset(debug=False) == "debug":
        left_out = [item for item in items if item.get_closest_marker("release")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("release")]
    items[:] = spread(items)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure shows the console's last lines, unless its own message has them already."""
    outcome = yield
    report = outcome.get_result()
    if report.failed and not (call.excinfo and call.excinfo.errisinstance(machine.GuestError)):
        for one in _live:
            if one.tail():
                report.sections.append(("guest console, last lines", one.tail()))


def make(**words):
    """A machine that is not booted yet, from `boot`'s words."""
    console, reboots, debug = (words.pop(name, False) for name in ("console", "reboots", "debug"))
    built = machine.built(debug)
    wanted = machine.settings(**words)
    one = machine.ConsoleMachine(wanted, built, reboots) if console else machine.Machine(wanted, built)
    _live.append(one)
    return one


def end(one):
    """An orderly end where the guest is still there: a panic on the way down fails the test too."""
    try:
        one.close()
    finally:
        one.close_now()
        _live.remove(one)


@pytest.fixture(scope="module")
def kernel():
    """512 MiB, 2 CPUs, a disk whose changes are forgotten; commands run by `kernel.run(...)`. One boot a module."""
    one = make()
    try:
        one.boot()
        yield one
    finally:
        end(one)


@pytest.fixture
def boot():
    """boot(memory=512, smp=2, append="", disk=None, iso=False, icount=False, debug=False, add=[], qemu=[],
    console=False, reboots=False) -> a booted machine, ended when the test ends."""
    made = []

    def booted(**words):
        made.append(make(**words))
        return made[-1].boot()

    yield booted
    for one in reversed(made):
        end(one)


@pytest.fixture
def run():
    """run("-c", "ls", ...) -> (status, output bytes, messages): scripts/run as a user calls it."""
    machine.built()
    return machine.scripts_run
