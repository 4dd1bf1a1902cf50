"""The C library on the host: it speaks Linux's ABI, so its programs run there too. And the stub generator."""

import shutil
import subprocess
import sys

import pytest

import machine

STUBS = machine.ROOT / "scripts" / "syscall_stubs.py"
TABLE = machine.ROOT / "kernel" / "syscalls.def"


def native(program, *arguments):
    """The output of a program from the root image, run by this machine's own kernel."""
    path = machine.build.BUILD / "release" / "root" / program
    machine.built()
    try:
        return subprocess.run([path, *arguments], stdout=subprocess.PIPE, timeout=120)
    except OSError as error:
        pytest.skip(f"this machine does not run 32-bit programs: {error}")


def test_libc_passes_its_own_test_on_linux():
    """What libctest expects of Faultline is what Linux does: it passes there as well."""
    done = native("tests/libctest")
    assert done.returncode == 0 and done.stdout.endswith(b"libctest: PASS\n"), done.stdout.decode()


def test_formats_and_numbers_agree_with_glibc(tmp_path):
    """20,000 random printf formats and as many texts for strtod and strtol give what glibc gives, byte for byte."""
    compiler = shutil.which("i686-linux-gnu-gcc")
    source = machine.ROOT / "user" / "tests" / "formatfuzz.c"
    reference = tmp_path / "formatfuzz"
    if not compiler or subprocess.run([compiler, "-D_GNU_SOURCE", "-static", "-w", "-o", reference, source],
                                      capture_output=True).returncode:
        pytest.skip("no glibc for i686 to compare with")
    ours = native("tests/formatfuzz").stdout.splitlines()
    theirs = subprocess.run([reference], stdout=subprocess.PIPE).stdout.splitlines()
    assert len(ours) == len(theirs) == 60000
    assert [pair for pair in zip(ours, theirs) if pair[0] != pair[1]] == []


def generate(tmp_path, table):
    source, header = tmp_path / "table.def", tmp_path / "stubs.h"
    source.write_text(table)
    done = subprocess.run([sys.executable, STUBS, source, header], capture_output=True, text=True)
    return done, header


def test_stubs_of_the_real_table_compile(tmp_path):
    """Every line of kernel/syscalls.def becomes a stub that C and C++ accept without a warning."""
    done, header = generate(tmp_path, TABLE.read_text())
    assert done.returncode == 0, done.stderr
    compiler = shutil.which("i686-linux-gnu-gcc") or shutil.which("clang")
    if not compiler:
        pytest.skip("no compiler")
    for language in ("c", "c++"):
        checked = subprocess.run([compiler, "-m32", "-ffreestanding", "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
                                  "-x", language, "-include", header, "-"], input="", capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr


def test_stub_arguments_take_the_registers_that_the_kernel_reads(tmp_path):
    """A span is an address and a size, a 64-bit number its low word and then its high word."""
    done, header = generate(tmp_path, "SYSCALL(180, pread64, Result<u32>(Task& self, Descriptor fd, "
                                      "UserSpan<u8> bytes, u64 offset))\n")
    assert done.returncode == 0
    text = header.read_text()
    assert "#define SYS_pread64 180\n" in text
    assert "__sys_pread64(int fd, void* bytes, unsigned bytes_size, unsigned long long offset)" in text
    assert ("__syscall5(SYS_pread64, (long)fd, (long)bytes, (long)bytes_size, "
            "(long)offset, (long)(offset >> 32))") in text


@pytest.mark.parametrize("line, complaint", [
    ("SYSCALL(2, b, u32(Task& self, Colour x))", "unknown argument type 'Colour'"),
    ("SYSCALL(1, b, u32(Task& self))", "number 1 is already a's"),
    ("SYSCALL(2, a, u32(Task& self))", "a has number 1 already"),
    ("SYSCALL(2, b)", "expected SYSCALL(number, name, Return(Task& self, ...))"),
    ("SYSCALL(2, b, u32(u32 x))", "cannot read the prototype"),
    ("SYSCALL(2, b, u32(Task& self, u64 a, u64 b, u64 c, u32 d))", "only six registers"),
])
def test_stub_generator_names_the_line_it_cannot_read(tmp_path, line, complaint):
    """A mistake in the table is reported with its line's number and in words, not as a traceback."""
    done, _ = generate(tmp_path, f"// a comment\nSYSCALL(1, a, u32(Task& self))\n{line}\n")
    assert done.returncode == 1
    assert "table.def:3: " in done.stderr and complaint in done.stderr
    assert "Traceback" not in done.stderr
