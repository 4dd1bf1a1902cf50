"""Debian i386 packages for tests: fetched and unpacked once, under build/debian (scripts/debian-fetch)."""

import pathlib
import subprocess

import pytest

import machine

FETCH = machine.ROOT / "scripts" / "debian-fetch"
NO_NETWORK = 75  # its status


def package(name):
    """The folder that holds the package's files. Without a network the test is skipped; a package that is not there fails it."""
    done = subprocess.run([FETCH, name], capture_output=True, text=True, timeout=600)
    if done.returncode == NO_NETWORK:
        pytest.skip(f"{name} for i386 cannot be fetched: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    return pathlib.Path(done.stdout.strip())
