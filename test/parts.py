"""Test programs of many parts (user/tests/parts.h): each part is a test in the guest, and all must hold on Linux too."""

import os
import re
import shutil
import subprocess
import tempfile

import pytest

import machine


# Where parts make their files: on the disk, for all, and where set-id programs run as such; /tmp is none of it.
ON_DISK = "cd /; mkdir -p /scratch; chmod 1777 /scratch; export TMPDIR=/scratch"


def names(program):
    """The parts of a program, in the order of its source."""
    source = (machine.ROOT / "user" / "tests" / f"{program}.c").read_text()
    return re.findall(r"^PART\((\w+)\)", source, re.MULTILINE)


def check_in_guest(kernel, program, part):
    done = kernel.run(f"{ON_DISK}; /tests/{program} {part}", timeout=600)
    assert (done.output, done.status) == (f"{part}: right\n", 0), f"{done.output}and the kernel said:\n{done.console}"


def check_all_in_guest(kernel, program, scratch=None):
    """All parts with one command, for short ones. `scratch`: where they make their files, if not on the disk."""
    done = kernel.run(f"{ON_DISK}; export TMPDIR={scratch or '/scratch'}; /tests/{program}", timeout=600)
    missing = [name for name in names(program) if f"{name}: right" not in done.output]
    assert not missing and done.status == 0, done.output


def usual_priority():
    """For a program about to run on this machine's own kernel: not as nice as the tests may have been started."""
    os.setpriority(os.PRIO_PROCESS, 0, 0)


def run_on_linux(program, wanted):
    """What the parts print on this machine's own kernel, in a pid namespace of their own."""
    return run_path_on_linux(machine.built().directory / "user" / "tests" / program, wanted)


def run_path_on_linux(path, wanted):
    """The same of a program that lies anywhere."""
    isolate = [shutil.which("unshare"), "--pid", "--fork", "--mount-proc", "--kill-child"]
    if isolate[0] is None or os.geteuid() != 0 or subprocess.run([*isolate, "true"], capture_output=True).returncode:
        pytest.skip("this user cannot make a pid namespace")
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        try:
            done = subprocess.run([*isolate, path, *wanted], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                                  timeout=600, env={**os.environ, "TMPDIR": scratch}, preexec_fn=usual_priority)
        except OSError as error:
            pytest.skip(f"this machine does not run 32-bit programs: {error}")
    return done.stdout


def check_on_linux(program, besides=()):
    """All parts on this machine's own kernel. `besides`: what Linux does otherwise."""
    wanted = [name for name in names(program) if name not in besides]
    output = run_on_linux(program, wanted)
    missing = [name for name in wanted if f"{name}: right" not in output]
    assert not missing, output


def check_same_on_linux(kernel, program, part):
    """Every line that the part prints is the line that it prints on Linux."""
    done = kernel.run(f"cd /; /tests/{program} {part}", timeout=600)
    assert done.status == 0 and done.output.endswith(f"{part}: right\n"), f"{done.output}and the kernel said:\n{done.console}"
    assert done.output.splitlines() == run_on_linux(program, [part]).splitlines()
