"""The same static binary on Faultline and on Linux: every call's answer, documented errors first, is compared line by line."""

import os
import re
import shutil
import subprocess

import pytest

import machine
import parts

PROGRAM = "answers"


def part_names():
    """The parts of the program, in the order of its files and of their lines."""
    files = sorted((machine.ROOT / "user" / "tests" / PROGRAM).glob("*.c"))
    return [name for file in files for name in re.findall(r"^PART\((\w+)\)", file.read_text(), re.MULTILINE)]


def by_part(output):
    """{part: its lines}. A part's last line says how it ended."""
    found, lines = {}, []
    for line in output.splitlines():
        lines.append(line)
        end = re.match(r"(\w+): (right|ended)", line)
        if end:
            found[end[1]], lines = lines, []
    return found


@pytest.fixture(scope="module")
def here(kernel):
    return by_part(kernel.run(f"cd /; ANSWERS_IN=/ /tests/{PROGRAM}", timeout=300).output)


@pytest.fixture(scope="module")
def on_linux():
    isolate = [shutil.which("unshare"), "--pid", "--fork", "--mount-proc", "--uts", "--kill-child"]
    if isolate[0] is None or os.geteuid() != 0 or subprocess.run([*isolate, "true"], capture_output=True).returncode:
        pytest.skip("this user cannot make a pid namespace")
    program = machine.built().directory / "user" / "tests" / PROGRAM
    try:
        done = subprocess.run([*isolate, program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=300,
                              preexec_fn=parts.usual_priority)
    except OSError as error:
        pytest.skip(f"this machine does not run 32-bit programs: {error}")
    return by_part(done.stdout)


@pytest.mark.parametrize("part", part_names())
def test_calls_answer_as_linux(here, on_linux, part):
    """Every line that the part prints is the line that it prints on Linux."""
    assert here.get(part) == on_linux.get(part)
    assert on_linux[part][-1] == f"{part}: right"


def test_differential_has_enough_cases(on_linux):
    """Each call and each error that its manual documents: more than a thousand answers are compared."""
    assert sum(len(lines) for lines in on_linux.values()) > 1000
