"""Dynamically linked programs: what they find at their start, wherever they stand, and interpreters that are none."""

import pathlib
import shutil
import struct
import subprocess

import pytest

import machine

SOURCES = pathlib.Path(__file__).parent / "dynamic"
COMPILER = "i686-linux-gnu-gcc"
LIBRARIES = pathlib.Path("/usr/i686-linux-gnu/lib")
INTERP, LOAD = 3, 1

pytestmark = pytest.mark.skipif(not shutil.which(COMPILER) or not (LIBRARIES / "ld-linux.so.2").exists(),
                                reason="no compiler for Linux programs (libc6-dev-i386-cross)")

BUILDS = {  # name: what the compiler is told
    "pie": ["-pie", "-fPIE", "-DWITH_LIBRARY", "-Wl,-z,now"],
    "lazy": ["-pie", "-fPIE", "-DWITH_LIBRARY", "-Wl,-z,lazy", "-Wl,-z,relro"],
    "fixed": ["-no-pie", "-fno-pie", "-DWITH_LIBRARY", "-Wl,-z,now"],
    "alone": ["-static-pie", "-DALONE"],
    "aligned": ["-pie", "-fPIE", "-DWITH_LIBRARY", "-Wl,-z,now", "-Wl,-z,max-page-size=0x10000", "-Wl,-z,common-page-size=0x10000"],
}


def compile_all(directory):
    library = directory / "libpart.so"
    make = [COMPILER, "-O1", "-Wall", "-Werror"]
    subprocess.run([*make, "-shared", "-fPIC", "-Wl,-soname,libpart.so", SOURCES / "library.c", "-o", library], check=True)
    for name, options in BUILDS.items():
        needs = [] if name == "alone" else [library]
        subprocess.run([*make, *options, SOURCES / "start.c", *needs, "-pthread", "-o", directory / name], check=True)
    subprocess.run([*make, "-static", SOURCES / "tryexec.c", "-o", directory / "tryexec"], check=True)


def program_headers(program):
    start, = struct.unpack_from("<I", program, 28)
    count, = struct.unpack_from("<H", program, 44)
    return [(start + 32 * i, *struct.unpack_from("<5I", program, start + 32 * i)) for i in range(count)]


def with_interpreter(program, name=None, size=None, offset=None):
    """The program with another PT_INTERP; name: bytes that fit the old one's place."""
    changed = bytearray(program)
    at, _, start, _, _, old = next(header for header in program_headers(program) if header[1] == INTERP)
    if name is not None:
        assert len(name) <= old
        changed[start:start + old] = name.ljust(old, b"\0")
        struct.pack_into("<I", changed, at + 16, len(name))
    if size is not None:
        struct.pack_into("<I", changed, at + 16, size)
    if offset is not None:
        struct.pack_into("<I", changed, at + 4, offset)
    return bytes(changed)


def with_two_interpreters(program):
    changed = bytearray(program)
    headers = program_headers(program)
    given = next(header for header in headers if header[1] == INTERP)[0]
    victim = next(header for header in headers if header[1] == 4)[0]  # a note
    changed[victim:victim + 32] = changed[given:given + 32]
    return bytes(changed)


# Linux's answers; but Linux takes the first of two interpreters, and finds only too late that one reaches its kernel.
NO_ENTRY, IO, NO_EXEC, ACCESS, NOT_DIRECTORY, LIB_BAD = 2, 5, 8, 13, 20, 80


def hostile_programs(program):
    yield "missing", with_interpreter(program, b"/no/such/file\0"), NO_ENTRY
    yield "relative", with_interpreter(program, b"lib/nothing\0"), NO_ENTRY
    yield "directory", with_interpreter(program, b"/lib\0"), ACCESS
    yield "below-file", with_interpreter(program, b"/bin/sh/x\0"), NOT_DIRECTORY
    yield "not-executable", with_interpreter(program, b"/ld/mode\0"), ACCESS
    yield "text", with_interpreter(program, b"/ld/text\0"), LIB_BAD
    yield "empty", with_interpreter(program, b"/ld/empty\0"), IO
    yield "short", with_interpreter(program, b"/ld/short\0"), LIB_BAD
    yield "machine", with_interpreter(program, b"/ld/machine\0"), LIB_BAD
    yield "kernel", with_interpreter(program, b"/ld/kernel\0"), LIB_BAD
    yield "no-end", with_interpreter(program, b"/lib/ld-linux.so.2"), NO_EXEC
    yield "no-name", with_interpreter(program, size=1), NO_EXEC
    yield "long-name", with_interpreter(program, size=4097), NO_EXEC
    yield "beyond-end", with_interpreter(program, offset=len(program) - 4), IO
    yield "wrapping", with_interpreter(program, offset=0xfffffff0), IO
    yield "two", with_two_interpreters(program), NO_EXEC


def hostile_interpreters(linker):
    yield "mode", linker, 0o644
    yield "text", b"echo no linker\n" * 10, 0o755
    yield "empty", b"", 0o755
    yield "short", linker[:300], 0o755
    machine_changed = bytearray(linker)
    machine_changed[18] = 62
    yield "machine", bytes(machine_changed), 0o755
    in_kernel = bytearray(linker)
    last = [at for at, kind, *_ in program_headers(linker) if kind == LOAD][-1]
    struct.pack_into("<I", in_kernel, last + 8, 0x80000000 + struct.unpack_from("<I", linker, last + 4)[0] % 4096)
    yield "kernel", bytes(in_kernel), 0o755


def write(path, content, mode=0o755):
    path.write_bytes(content)
    path.chmod(mode)


@pytest.fixture(scope="module")
def additions(tmp_path_factory):
    directory = tmp_path_factory.mktemp("dynamic")
    compile_all(directory)
    linker = (LIBRARIES / "ld-linux.so.2").read_bytes()
    added = [(LIBRARIES / name, f"/lib/{name}") for name in ("ld-linux.so.2", "libc.so.6")]
    added += [(directory / "libpart.so", "/lib/libpart.so"), (directory / "tryexec", "/bin/tryexec")]
    added += [(directory / name, f"/start/{name}") for name in BUILDS]
    for folder, files in (("hostile", [(name, content, 0o755) for name, content, _ in
                                       hostile_programs((directory / "pie").read_bytes())]),
                          ("ld", list(hostile_interpreters(linker)))):
        (directory / folder).mkdir()
        for name, content, mode in files:
            write(directory / folder / name, content, mode)
        added.append((directory / folder, f"/{folder}"))
    write(directory / "script", b"#!/start/pie\n")
    added.append((directory / "script", "/start/script"))
    return added


def machine_with(additions, append=""):
    one = machine.Machine(machine.settings(add=additions, append=append), machine.built())
    return one.boot()


@pytest.fixture(scope="module")
def guest(additions):
    one = machine_with(additions)
    yield one
    one.close()


def start(guest, command):
    """The program's `name: value` lines; all its own checks held."""
    done = guest.run(command)
    assert done.status == 0 and "result: right" in done.lines, done.output + done.console
    return dict(line.split(": ", 1) for line in done.lines)


@pytest.mark.parametrize("name", BUILDS)
def test_program_finds_everything_as_on_linux(guest, name):
    """Contents, auxiliary vector, RELRO, heap, threads and /proc names are right, however the program was linked."""
    found = start(guest, f"/start/{name}")
    assert found["exe"] == f"/start/{name}"


def test_programs_stand_where_the_documents_say(guest):
    """A movable program begins at 4 MiB, a fixed one where it was linked, one without linker among the mappings."""
    entries = {name: int(start(guest, f"/start/{name}")["entry"], 16) for name in BUILDS}
    assert 0x400000 <= entries["pie"] < 0x410000 and 0x400000 <= entries["aligned"] < 0x440000
    assert 0x8048000 <= entries["fixed"] < 0x8058000
    assert 0x70000000 < entries["alone"] < 0x80000000


def test_nothing_moves_without_aslr(guest):
    """Two runs of a program are the same to the byte."""
    assert start(guest, "/start/pie") == start(guest, "/start/pie")


def test_the_linker_runs_a_program_that_it_is_given(guest):
    """/lib/ld-linux.so.2 PROGRAM: the linker stands high and leaves low addresses to the program, a fixed one too."""
    for name in ("pie", "fixed"):
        found = start(guest, f"/lib/ld-linux.so.2 /start/{name} direct")
        assert found["exe"] == "/lib/ld-linux.so.2"


def test_a_script_may_name_a_dynamic_program(guest):
    """#!/start/pie: the interpreter of the script has an interpreter of its own."""
    done = guest.run("/start/script")
    assert done.status == 0 and "result: right" in done.lines, done.output


@pytest.mark.parametrize("policy", ["stock", "lazy", "cow"])
def test_dynamic_programs_run_under_every_policy(guest, policy):
    """The xv6 layout loads program and linker at once; the linker maps the libraries as the policy says."""
    start(guest, f"POLICY={policy} vm {policy} /start/pie")
    start(guest, f"POLICY={policy} vm {policy} /start/fixed")


def test_hostile_interpreters_are_refused_and_the_old_program_runs_on(guest):
    """Each failure comes before the point of no return, with Linux's error."""
    wanted = {name: error for name, _, error in hostile_programs(guest_program(guest))}
    done = guest.ok("/bin/tryexec /hostile/* && /start/pie >/dev/null && echo still")
    found = dict(line.split(": ") for line in done.lines[:-1])
    assert {name: int(error) for name, error in found.items()} == wanted
    assert done.lines[-1] == "still"


def guest_program(guest):
    return next(pathlib.Path(addition.rpartition(":")[0]) for addition in guest.settings.additions
                if addition.endswith(":/start/pie")).read_bytes()


def test_aslr_moves_everything_and_personality_stops_it(additions):
    """aslr=1: program, linker, heap, stack and mappings differ from run to run, but not under ADDR_NO_RANDOMIZE."""
    one = machine_with(additions, append="aslr=1")
    try:
        runs = [start(one, "/start/pie") for _ in range(4)]
        for name in ("base", "entry", "heap", "stack", "mapping"):
            assert len({run[name] for run in runs}) > 1, name
            assert all(int(run[name], 16) % 4096 == int(runs[0][name], 16) % 4096 for run in runs if name == "entry")
        start(one, "/start/fixed")
        start(one, "/start/alone")
        assert start(one, "/start/pie calm") == start(one, "/start/pie calm")
    finally:
        one.close()
