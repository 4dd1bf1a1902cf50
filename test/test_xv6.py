"""Programs written for xv6: its library (user/xv6), its programs, and scripts/build-program."""

import re
import subprocess

import pytest

import machine

ROOT = machine.ROOT
POLICIES = ["stock", "lazy", "cow"]


def build_program(*arguments, cwd=None):
    machine.built()
    return subprocess.run([ROOT / "scripts" / "build-program", *map(str, arguments)], cwd=cwd, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def made(tmp_path, text, *arguments, name="program.c"):
    """A program from its text: its path."""
    (tmp_path / name).write_text(text)
    done = build_program(*arguments, tmp_path / name, "-o", tmp_path / "program")
    assert done.returncode == 0, done.stdout
    return tmp_path / "program"


# ---- The small programs ----


@pytest.mark.parametrize("command, output", [
    ("/xv6/echo one 'two words'", "one two words\n"),
    ("cd /tmp && /bin/echo text > f && /xv6/cat f f && /xv6/rm f && /bin/ls", "text\ntext\n"),
    ("printf 'a b\\nc\\n' | /xv6/wc", "2 3 6 \n"),
    ("cd /tmp && /xv6/mkdir d && /bin/echo 12345 > d/f && /xv6/ln d/f d/g && /bin/cat d/g && /xv6/rm d/f d/g d",
     "12345\n"),
    ("cd /tmp && /xv6/rm missing", "rm: cannot remove missing\n"),
    ("printf 'one\\ntwo\\nthree' | /xv6/grep '^t.*e$'", "three\n"),
    ("printf 'one\\ntwo\\nthree\\n' | /xv6/grep o", "one\ntwo\n"),
    ("sleep 100 & /xv6/kill $!; wait $!; echo $?", "137\n"),
    ("printf 'echo one two | cat | wc\\ncd /tmp; echo x > f; cat < f; rm f' | /xv6/sh 2>/dev/null", "1 2 8 \nx\n"),
])
def test_small_programs_of_xv6_do_their_work(kernel, command, output):
    """echo, cat, rm, wc, mkdir, ln, grep, kill and sh work on the files of this system."""
    assert kernel.run(command).output == output


def test_ls_reads_directories_as_entries_of_16_bytes(kernel):
    """xv6's ls lists a directory with kinds, numbers and sizes; a name of 14 bytes or more is cut."""
    done = kernel.ok("mkdir /tmp/l && cd /tmp/l && echo 123 > file && touch 1234567890123456 && mkdir d && /xv6/ls; "
                     "stat -c '%i' /tmp/l/file; /bin/rm -r /tmp/l")
    lines = done.lines
    number = lines.pop()
    assert sorted(line.split()[0] for line in lines) == [".", "..", "d", "file", "ls:"]
    assert f"file           2 {number} 4" in lines
    assert "ls: cannot stat ./12345678901234" in lines  # only this library's files have short names


def test_forktest_ends_where_xv6_would(kernel):
    """fork fails at the latest when a program has as many children as xv6 has processes."""
    assert kernel.ok("/xv6/forktest").output == "fork test\nfork test OK\n"


def test_stressfs_finds_every_byte(kernel):
    """Four processes write and read files at once."""
    output = kernel.ok("cd /tmp && /xv6/stressfs; while pidof stressfs; do sleep 0.1; done", timeout=300).lines
    assert {f"stressfs {who} OK" for who in range(4)} <= set(output)
    assert not any("FAILED" in line for line in output)


@pytest.mark.parametrize("policy", POLICIES)
def test_usertests_pass(kernel, policy):
    """All that xv6 promises to programs holds, whatever the policy does at once and what later."""
    output = kernel.ok(f"cd /xv6 && vm {policy} ./usertests", timeout=600).lines
    failed = [line for line in output if not line.endswith(": OK")]
    assert len(failed) == 1 and re.fullmatch(r"ALL \d+ TESTS PASSED", failed[0]), failed
    assert len(output) > 50


# ---- scripts/build-program ----

HELLO = """\
#include <stdio.h>
int main(int argc, char** argv) { printf("hello %s\\n", argc > 1 ? argv[1] : "world"); }
"""

HELLO_XV6 = """\
#include "types.h"
#include "stat.h"
#include "user.h"

int
main(int argc, char *argv[])
{
  printf(1, "hello %s\\n", argc > 1 ? argv[1] : "world");
  exit();
}
"""


@pytest.mark.parametrize("text, arguments", [(HELLO, []), (HELLO_XV6, ["--xv6"])])
def test_program_is_built_added_and_run(run, tmp_path, text, arguments):
    """The README's way: build-program hello.c, then run --add hello -c hello."""
    (tmp_path / "hello.c").write_text(text)
    done = build_program(*arguments, "hello.c", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    status, output, messages = run("--add", tmp_path / "hello", "-c", "hello you && /bin/hello")
    assert (status, output, messages) == (0, b"hello you\nhello world\n", "")


def test_program_of_several_files_and_languages(run, tmp_path):
    """C, C++ and assembly, headers in a folder, a macro from the command line, an object built before."""
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "parts.h").write_text("#ifdef __cplusplus\nextern \"C\"\n#endif\nint twice(int);\n")
    (tmp_path / "main.c").write_text("#include <stdio.h>\n#include <parts.h>\nint increment(int);\n"
                                     "int main(void) { printf(\"%d\\n\", increment(twice(NUMBER))); return 7; }\n")
    (tmp_path / "twice.cpp").write_text("#include <parts.h>\nstruct Twice { int of(int x) { return 2 * x; } };\n"
                                        "int twice(int x) { return Twice().of(x); }\n")
    (tmp_path / "increment.S").write_text("    .globl increment\nincrement:\n    movl 4(%esp), %eax\n    incl %eax\n"
                                          "    ret\n    .section .note.GNU-stack, \"\", @progbits\n")
    done = build_program("-Iinclude", "-DNUMBER=20", "main.c", "twice.cpp", "increment.S", "-o", "prog", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert run("--add", tmp_path / "prog", "-c", "prog")[:2] == (7, b"41\n")


@pytest.mark.parametrize("arguments, status, words", [
    ([], 2, ["the following arguments are required: FILE"]),
    (["missing.c"], 2, ["missing.c: no such file"]),
    (["notes.txt"], 2, ["notes.txt: not a file that a program is made of"]),
    (["good.c", "-o", "no/such/folder"], 2, ["no/such: no such directory"]),
    (["good.c", "-o", "folder"], 2, ["folder: is a directory"]),
    (["good.c", "-o", "good.c"], 2, ["good.c: would overwrite"]),
    (["--xv6", "plus.cpp"], 2, ["plus.cpp: programs for xv6 are written in C or assembly"]),
    (["--no-such-option", "good.c"], 2, ["--no-such-option"]),
    (["broken.c"], 1, ["broken.c:2", "error"]),
    (["--xv6", "good.c"], 1, ["stdio.h"]),
    (["--xv6", "nomain.c"], 1, ["main"]),
    (["nomain.c"], 1, ["main"]),
    (["undefined.c"], 1, ["undefined.c:2", "nowhere"]),
])
def test_build_program_says_what_is_wrong(tmp_path, arguments, status, words):
    """Bad arguments end with status 2, errors in the program with 1; an older program is left as it was."""
    for name, text in {"good.c": HELLO, "notes.txt": "", "plus.cpp": "int main() {}\n", "nomain.c": "int x(void);\n",
                       "broken.c": "int main(void)\n{ return y; }\n",
                       "undefined.c": "int nowhere(void);\nint main(void) { return nowhere(); }\n"}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "folder").mkdir()
    before = {path.name for path in tmp_path.iterdir()}
    done = build_program(*arguments, cwd=tmp_path)
    assert done.returncode == status, done.stdout
    for word in words:
        assert word in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == before


def test_build_program_help_names_both_kinds():
    """--help tells how to build, run, and where xv6's programs differ."""
    done = build_program("--help")
    assert done.returncode == 0
    for word in ("--xv6", "-o OUT", "docs/xv6.md", "scripts/run --add"):
        assert word in done.stdout
