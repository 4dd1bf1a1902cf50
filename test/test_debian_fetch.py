"""scripts/debian-fetch: single packages of Debian, unpacked without being installed."""

import subprocess

import pytest

import debian

pytestmark = pytest.mark.release  # runs no kernel


def fetch(*words, **options):
    return subprocess.run([debian.FETCH, *words], capture_output=True, text=True, timeout=600, **options)


def test_a_package_is_unpacked_and_named_and_not_fetched_twice():
    """The folder holds the package's files, those of an i386 program; a second call says the same and fetches nothing."""
    folder = debian.package("busybox-static")
    program = (folder / "bin" / "busybox").read_bytes()
    assert program[:6] == b"\x7fELF\x01\x01" and program[18] == 3, "no 32-bit x86 program"
    again = fetch("busybox-static")
    assert (again.returncode, again.stdout, again.stderr) == (0, f"{folder}\n", "")


def test_a_package_that_does_not_exist_is_named_and_leaves_nothing():
    debian.package("busybox-static")
    done = fetch("no-such-package-as-this")
    assert done.returncode == 1 and "no package no-such-package-as-this for i386" in done.stderr
    assert not (debian.machine.ROOT / "build/debian/i386/no-such-package-as-this").exists()


@pytest.mark.parametrize("words, message", [
    ([], "which packages?"), (["--nonsense"], "unknown option: --nonsense"), (["--arch"], "needs an architecture"),
    (["../up"], "no name of a package"), (["--arch", "a b", "bash"], "no name of a package"),
])
def test_a_wrong_call_is_explained(words, message):
    done = fetch(*words)
    assert done.returncode == 2 and message in done.stderr and done.stdout == ""


def test_help_says_what_it_does():
    done = fetch("--help")
    assert done.returncode == 0 and done.stdout.startswith("usage: scripts/debian-fetch")
