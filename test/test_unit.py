"""The host's unit tests (test/unit, GoogleTest with sanitizers), one pytest test for each of theirs."""

import json
import subprocess

import pytest

import machine

pytestmark = pytest.mark.release  # nothing here boots a kernel

_binary = machine.build.BUILD / "unit" / "unit_tests"


def names():
    machine.build.build_unit_tests()
    listing = subprocess.run([_binary, "--gtest_list_tests"], check=True, capture_output=True, text=True).stdout
    suite, found = "", []
    for line in listing.splitlines():
        word = line.split("#")[0].strip()
        if line.startswith(" "):
            found.append(suite + word)
        elif word.endswith("."):
            suite = word
    return found


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """All of them in one run: {name: failures}; a crash leaves those after it without a result."""
    report = tmp_path_factory.mktemp("unit") / "report.json"
    done = subprocess.run([_binary, f"--gtest_output=json:{report}"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace")
    if not report.exists():
        pytest.fail(f"the unit tests crashed:\n{done.stdout[-6000:]}")
    found = {}
    for suite in json.loads(report.read_text())["testsuites"]:
        for test in suite["testsuite"]:
            found[f"{suite['name']}.{test['name']}"] = [item["failure"] for item in test.get("failures", [])]
    return found


@pytest.mark.parametrize("name", names())
def test_unit(results, name):
    """A pure part of the kernel does on the host what its unit test says."""
    assert name in results, "the test did not run"
    assert not results[name], "\n".join(results[name])
