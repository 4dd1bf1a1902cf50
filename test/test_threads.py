"""Threads: pthreads of glibc and musl, and the calls behind them, on four CPUs; signals and processes as files. All holds on Linux."""

import pathlib
import re
import subprocess

import pytest

import machine
import parts

SOURCES = machine.ROOT / "test" / "linux"
PROGRAMS = ("futexes", "threads", "process_files")
MUSL = pathlib.Path("/usr/lib/i386-linux-musl/musl-gcc.specs")
LIBCS = {"glibc": [], "musl": ["-specs", MUSL, "-idirafter", "/usr/include", "-idirafter", "/usr/include/x86_64-linux-gnu"]}


def sources(program):
    """A file, or a folder of files."""
    return sorted((SOURCES / program).glob("*.c")) or [SOURCES / f"{program}.c"]


def build(directory, program, libc):
    """A static i386 program, the same file for both kernels."""
    if libc == "musl" and not MUSL.exists():
        pytest.skip("musl for i386 is missing: dpkg --add-architecture i386, then apt install musl-dev:i386")
    path = directory / f"{program}-{libc}"
    command = ["i686-linux-gnu-gcc", "-O2", "-static", "-pthread", *LIBCS[libc], "-I", machine.ROOT / "user" / "tests",
               "-o", path, *sources(program)]
    built = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert built.returncode == 0, built.stdout
    return path


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    directory = tmp_path_factory.mktemp("threads")
    return {(program, libc): build(directory, program, libc)
            for program in PROGRAMS for libc in LIBCS if libc == "glibc" or MUSL.exists()}


@pytest.fixture(scope="module")
def guest(programs):
    added = [(path, f"/tests/{path.name}") for path in programs.values()]
    one = machine.Machine(machine.settings(smp=4, add=added), machine.built())
    yield one.boot()
    one.close()


def names(program):
    return [name for path in sources(program) for name in re.findall(r"^PART\((\w+)\)", path.read_text(), re.MULTILINE)]


def check_all(done, program):
    missing = [name for name in names(program) if f"{name}: right" not in done.lines]
    assert not missing and done.status == 0, done.output


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("libc", LIBCS)
def test_threads_do_as_on_linux(guest, programs, program, libc):
    """Mutexes, futexes, robust and inheriting locks, exec, exit, stops and signals with many threads; one memory on many CPUs."""
    if (program, libc) not in programs:
        pytest.skip("musl for i386 is missing: dpkg --add-architecture i386, then apt install musl-dev:i386")
    check_all(guest.run(f"cd /; /tests/{program}-{libc}", timeout=600), program)


def test_eight_threads_storm_four_cpus_for_a_minute(boot, tmp_path):
    """Futexes, maps, copy-on-write and fork from eight threads on four CPUs at once, for a minute of the guest's clock."""
    storm = build(tmp_path, "thread_storm", "glibc")
    # An instruction takes 256 ns, so that a minute is some 230 million of them; the CPUs take turns by instructions.
    guest = boot(smp=4, icount=True, icount_shift=8, add=[(storm, "/tests/thread_storm")])
    done = guest.run("/tests/thread_storm 60", timeout=900)
    assert done.status == 0 and done.lines[-1] == "thread_storm: right", done.output
    assert done.report["least"] > 0, done.output


@pytest.mark.parametrize("program", PROGRAMS)
def test_parts_hold_on_linux(programs, program):
    """The parts say the truth about Linux: this machine's kernel passes them."""
    output = parts.run_path_on_linux(programs[program, "glibc"], names(program))
    assert not [name for name in names(program) if f"{name}: right" not in output], output
