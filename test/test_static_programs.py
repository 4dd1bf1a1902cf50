"""Unmodified static Linux programs: what they print on Faultline is what the same binaries print on Linux.

The programs are Debian's (BusyBox, bash) or built here with the C libraries that people link statically; their scripts
and sources are in test/linux. One machine with a disk of its own runs them all.
"""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

import debian
import machine
from test_run import check_file_system, make_image

SOURCES = pathlib.Path(__file__).parent / "linux"
COMPILER = "i686-linux-gnu-gcc"
MUSL = pathlib.Path("/usr/lib/i386-linux-musl/musl-gcc.specs")
LIBRARIES = "usr/lib/i386-linux-gnu"
ENVIRONMENT = {"HOME": "/", "LC_ALL": "C", "TZ": "UTC"}

pytestmark = pytest.mark.release


def compile_program(output, *words):
    done = subprocess.run([words[0], "-static", "-O1", "-w", "-o", output, *words[1:]], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    return output


# ---- How each program is made: {name: function(output)} ----


def nostdlib(output):
    return compile_program(output, COMPILER, "-nostdlib", SOURCES / "nostdlib.c")


def with_glibc(output):
    return compile_program(output, COMPILER, SOURCES / "tier1.c")


def with_musl(output):
    if not MUSL.exists():
        pytest.skip("musl for i386 is missing: dpkg --add-architecture i386, then apt install musl-dev:i386")
    return compile_program(output, COMPILER, "-specs", MUSL, SOURCES / "tier1.c")


def with_dietlibc(output):
    root = debian.package("dietlibc-dev")
    library = root / LIBRARIES / "diet" / "lib-i386"
    return compile_program(output, COMPILER, "-nostdlib", "-nostdinc", "-fno-stack-protector",
                           "-isystem", root / "usr/include/diet", SOURCES / "tier1.c", library / "start.o", library / "libc.a",
                           "-lgcc")


def lua(output):
    root = debian.package("liblua5.4-dev")
    return compile_program(output, COMPILER, "-I", root / "usr/include/lua5.4", "-I", root / "usr/include/i386-linux-gnu",
                           SOURCES / "lua_main.c", root / LIBRARIES / "liblua5.4.a", "-lm", "-ldl")


def database(output):
    root = debian.package("libsqlite3-dev")
    return compile_program(output, COMPILER, "-I", root / "usr/include", SOURCES / "database.c",
                           root / LIBRARIES / "libsqlite3.a", "-lm", "-ldl", "-lpthread")


def exceptions(output):
    return compile_program(output, "i686-linux-gnu-g++", "-std=c++17", SOURCES / "exceptions.cpp")


def faults(output):
    return compile_program(output, "i686-linux-gnu-g++", "-std=c++17", "-fnon-call-exceptions", "-pthread",
                           SOURCES / "faults.cpp")


def busybox(output):
    return shutil.copy(debian.package("busybox-static") / "bin" / "busybox", output)


def bash(output):
    return shutil.copy(debian.package("bash-static") / "bin" / "bash-static", output)


MAKERS = [nostdlib, with_glibc, with_musl, with_dietlibc, lua, database, exceptions, faults, busybox, bash]


class Programs:
    """The programs in a folder here and in /linux/bin there; what could not be made, with why."""

    def __init__(self, directory):
        self.bin = directory / "bin"
        self.bin.mkdir()
        self.directory = directory
        self.missing = {}
        for maker in MAKERS:
            try:
                maker(self.bin / maker.__name__)
            except pytest.skip.Exception as reason:
                self.missing[maker.__name__] = str(reason)

    def need(self, *names):
        for name in names:
            if name in self.missing:
                pytest.skip(self.missing[name])

    def image(self):
        """A disk with the programs and the scripts, whose changes stay."""
        image = self.directory / "disk.img"
        additions = [f"{path}:/linux/bin/{path.name}" for path in sorted(self.bin.iterdir())]
        additions += [f"{path}:/linux/{path.name}" for path in sorted(SOURCES.iterdir())]
        done = make_image(image, *[word for one in additions for word in ("--add", one)])
        assert done.returncode == 0, done.stdout
        return image

    def on_linux(self, command, place):
        """(output, status) of a command line here, in a fresh directory and a pid namespace of its own."""
        isolate = [shutil.which("unshare") or "unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
        if os.geteuid() != 0 or subprocess.run([*isolate, "true"], capture_output=True).returncode:
            pytest.skip("this user cannot make a pid namespace")
        work = self.directory / "work" / place
        work.mkdir(parents=True)
        path = os.pathsep.join((str(self.bin), str(self.directory / "applets")))
        done = subprocess.run([*isolate, "/bin/sh", "-c", command.replace("/linux/", f"{self.directory}/linux/")], cwd=work,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=300,
                              env={**ENVIRONMENT, "PATH": path})
        return done.stdout.decode(errors="replace"), done.returncode


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    made = Programs(tmp_path_factory.mktemp("static"))
    (made.directory / "linux").symlink_to(SOURCES)
    if "busybox" not in made.missing:
        applets = made.bin.parent / "applets"
        applets.mkdir()
        subprocess.run([made.bin / "busybox", "--install", "-s", applets], check=True)
    return made


@pytest.fixture(scope="module")
def guest(programs):
    one = machine.Machine(machine.settings(disk=programs.image()), machine.built())
    one.boot()
    one.ok("mkdir -p /linux/work /linux/applets; chmod 1777 /tmp")
    if "busybox" not in programs.missing:
        one.ok("/linux/bin/busybox --install -s /linux/applets")
    yield one
    one.close()


def in_guest(guest, command, place):
    words = " ".join(f"{name}={value}" for name, value in ENVIRONMENT.items())
    # By way of a file: programs print otherwise on a terminal, which the command server's output is.
    return guest.run(f"mkdir /linux/work/{place}; cd /linux/work/{place}; PATH=/linux/bin:/linux/applets {words} "
                     f"/bin/sh -c '{command}' </dev/null 2>/dev/null >/linux/out; status=$?; /bin/cat /linux/out; (exit $status)",
                     timeout=300)


def check_same(guest, programs, command, place):
    expected, status = programs.on_linux(command, place)
    done = in_guest(guest, command, place)
    assert done.output.splitlines() == expected.splitlines(), done.console
    assert done.status == status
    assert not re.search(r"system call \d+ is not there", done.console) or KNOWN_MISSING.search(done.console), done.console


KNOWN_MISSING = re.compile(r"system call (386|435) is not there")  # rseq, and clone3: both fall back


@pytest.mark.parametrize("name", ["nostdlib", "with_glibc", "with_musl", "with_dietlibc", "exceptions", "faults"])
def test_program_of_each_library_prints_as_on_linux(guest, programs, name):
    """No library, glibc, musl, dietlibc, C++: memory, stdio, processes, signals, exceptions, and the exit status."""
    programs.need(name)
    check_same(guest, programs, f"{name} argument", name)


@pytest.mark.parametrize("script", ["ash", "applets"])
def test_busybox_script_prints_as_on_linux(guest, programs, script):
    """A script of 300 lines by BusyBox's ash, and one that uses its other applets: the same bytes, the same status."""
    programs.need("busybox")
    check_same(guest, programs, f"busybox ash /linux/{script}.sh", script)


def test_bash_script_prints_as_on_linux(guest, programs):
    """Arrays, coprocesses, process substitution, traps, limits, select, here strings: bash's own things."""
    programs.need("bash", "busybox")
    check_same(guest, programs, "bash /linux/bash.sh", "bash")


def test_lua_program_prints_as_on_linux(guest, programs):
    """Closures, coroutines, strings, files, popen, clocks and the collector of Lua 5.4."""
    programs.need("lua")
    check_same(guest, programs, "lua /linux/work.lua", "lua")


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_database_of_50000_rows_answers_as_on_linux(guest, programs, mode):
    """SQLite makes, indexes and changes it, with a rollback journal and with a write-ahead log, and finds it whole."""
    programs.need("database")
    check_same(guest, programs, f"database make rows.db {mode}", f"rows-{mode}")


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_two_processes_share_a_database(guest, programs, mode):
    """Two writers take turns by record locks: no change is lost."""
    programs.need("database")
    check_same(guest, programs, f"database both shared.db {mode}", f"shared-{mode}")


def test_databases_are_whole_after_a_reboot(guest, programs):
    """After power-off the disk is clean, and after the next boot both databases are as they were."""
    programs.need("database")
    guest.poweroff()
    check_file_system(guest.settings.disk)
    guest.boot()
    for mode in ("delete", "wal"):
        answer = guest.ok(f"/linux/bin/database check /linux/work/rows-{mode}/rows.db").output
        assert answer.startswith("ok\n49500|1237450500|154681812.5\n")
