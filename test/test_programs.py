"""Programs: the libc's own test, the shell's scripts, static Linux programs of other libcs, and bad pointers."""

import pathlib
import subprocess

import pytest

import machine

SHELL = pathlib.Path(__file__).parent / "shell"


def test_libc_passes_its_own_test(kernel):
    """printf, malloc, stdio, strings, signals, getopt, time and popen of our libc work on our kernel."""
    done = kernel.ok("/tests/libctest", timeout=300)
    assert done.output.rstrip().endswith("libctest: PASS")


def test_every_bad_pointer_gets_efault(kernel):
    """Every system call that takes a pointer answers EFAULT to an unmapped, a forbidden and a kernel address."""
    assert kernel.ok("/tests/efault").output == "efault: right\n"


@pytest.fixture(scope="module")
def shell_guest():
    added = [(path, f"/root/shell/{path.name}") for path in sorted(SHELL.iterdir()) if path.is_file()]
    one = machine.Machine(machine.settings(add=added), machine.built())
    yield one.boot()
    one.close()


@pytest.mark.parametrize("script", sorted(path.stem for path in SHELL.glob("*.sh")))
def test_shell_script(shell_guest, script):
    """The script prints byte for byte what it prints under a POSIX shell."""
    done = shell_guest.run(f"cd /root/shell && sh {script}.sh", timeout=300)
    assert done.output == (SHELL / f"{script}.out").read_text()


C_PROGRAM = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
static int compare(const void* a, const void* b) { return *(const int*)a - *(const int*)b; }
int main(int argc, char** argv)
{
    int numbers[1000], i;
    char* big = malloc(5 << 20);
    struct stat info;
    memset(big, 'x', 5 << 20);
    big = realloc(big, 9 << 20);
    for (i = 0; i < 1000; i++) numbers[i] = (i * 7919) % 1000;
    qsort(numbers, 1000, sizeof(int), compare);
    for (i = 0; i < 1000; i++) if (numbers[i] != i) return 1;
    FILE* file = fopen("/tmp/stdio-test", "w+");
    for (i = 0; i < 5000; i++) fprintf(file, "line %d %.3f\n", i, i / 8.0);
    rewind(file);
    int count = 0;
    char line[100];
    while (fgets(line, sizeof(line), file)) count++;
    fclose(file);
    stat("/tmp/stdio-test", &info);
    printf("%d lines, %ld bytes, argc %d, %s, %c, %.2f\n", count, (long)info.st_size, argc, argv[1], big[(5 << 20) - 1], 2.5);
    fflush(stdout);
    FILE* pipe = popen("echo from a pipe", "r");
    fgets(line, sizeof(line), pipe);
    printf("%s", line);
    printf("%d\n", pclose(pipe));
    unlink("/tmp/stdio-test");
    return 7;
}
"""


MUSL = pathlib.Path("/usr/lib/i386-linux-musl/musl-gcc.specs")


@pytest.mark.parametrize("libc, options", [("glibc", []), ("musl", ["-specs", MUSL])])
def test_static_linux_program_of_another_libc_runs(boot, tmp_path, libc, options):
    """A static program made with glibc or musl prints, allocates and uses stdio as it does on Linux."""
    source, program = tmp_path / "prog.c", tmp_path / "prog"
    source.write_text(C_PROGRAM)
    if libc == "musl" and not MUSL.exists():
        pytest.skip("musl for i386 is missing: dpkg --add-architecture i386, then apt install musl-dev:i386")
    built = subprocess.run(["i686-linux-gnu-gcc", "-static", "-O2", *options, "-o", program, source],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert built.returncode == 0, built.stdout
    native = subprocess.run([program, "argument"], stdout=subprocess.PIPE)
    guest = boot(add=[(program, "/bin/prog")])
    done = guest.run("/bin/prog argument")
    assert (done.raw, done.status) == (native.stdout, native.returncode)
