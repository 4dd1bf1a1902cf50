"""The kernel's tests of its own functions, those of the slides: ktest= at boot, call 1009 in a running system."""

import re

import pytest

import machine

SOURCE = (machine.ROOT / "mm" / "self_test.cpp").read_text()
TESTS = re.findall(r'^    \{"([\w-]+)", \w+, false\},', SOURCE, re.MULTILINE)
FUNCTIONS = ["V2P", "kalloc", "kfree", "setupkvm", "walkpgdir", "mappages", "allocuvm", "deallocuvm", "loaduvm", "copyuvm",
             "freevm", "growproc"]


def test_each_function_of_the_slides_has_a_self_test():
    """Whoever renames or drops one hears of it here."""
    assert set(FUNCTIONS) <= set(TESTS)


@pytest.mark.parametrize("name", TESTS)
def test_self_test_passes_in_a_running_system(kernel, name):
    """Call 1009 runs one test, which prints one line."""
    done = kernel.ok(f"/tests/ktest {name}")
    assert f"ktest {name}: ok" in done.console.splitlines()


def test_allocuvm_says_why_it_gives_up(kernel):
    """Both of the slides' lines: no frame for a page, and none for a page table."""
    lines = kernel.ok("/tests/ktest allocuvm-undo").console.splitlines()
    assert [line for line in lines if line.startswith("allocuvm")] == ["allocuvm out of memory",
                                                                       "allocuvm out of memory (2)"]


def test_unknown_self_test_is_refused(kernel):
    """ENOENT, and nothing is run."""
    done = kernel.run("/tests/ktest nonsense")
    assert (done.output, done.status) == ("nonsense: No such file or directory\n", 1)


@pytest.mark.parametrize("debug", [False, True])
def test_boot_runs_self_tests_before_the_first_process(run, debug):
    """ktest=all, and several names by comma; an unknown one is named; then the system comes up."""
    arguments = ["--debug"] if debug else []
    status, output, messages = run(*arguments, "--append", "ktest=kalloc,nonsense,all", "-c", "echo up")
    assert (status, output) == (0, b"up\n")
    lines = messages.replace("\r", "").splitlines()
    assert "ktest: there is no test nonsense" in messages
    wanted = ["kalloc", *TESTS, *(["consistency"] if machine.build.kernel_preset(debug) == "debug" else [])]
    assert [line for line in lines if re.match(r"ktest [\w-]+: ", line)] == [f"ktest {name}: ok" for name in wanted]


def test_mapping_a_page_twice_panics(run):
    """mappages' own words; the test after it never runs."""
    status, _, messages = run("--append", "ktest=mappages,remap,kalloc", "--timeout", "120", "-c", "true")
    assert status == 125
    assert "ktest mappages: ok" in messages
    assert "panic: remap" in messages and "map_pages" in messages
    assert "ktest kalloc" not in messages
