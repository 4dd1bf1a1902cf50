"""Programs written for xv6: its library (user/xv6), its programs, and scripts/build-program."""

import re
import subprocess

import pytest

import machine

ROOT = machine.ROOT
POLICIES = ["stock", "lazy", "cow"]


def build_program(*arguments, cwd=None):
    """What it said and its status; a busy machine's remark that it is building aside."""
    machine.built()
    done = subprocess.run([ROOT / "scripts" / "build-program", *map(str, arguments)], cwd=cwd, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    done.stdout = done.stdout.replace("building release...\n", "")
    return done


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


# ---- Memory as the courses test it ----


def verdicts(done):
    """({test: OK or FAILED}, the last line) of what usertests or pagetests printed."""
    found = dict(re.findall(r"^test (\w+): (OK|FAILED)$", done.output, re.M))
    return found, done.lines[-1]


@pytest.mark.parametrize("policy, groups, count", [("cow", "layout heap cow", 18), ("lazy", "layout heap", 10),
                                                   ("stock", "layout", 4)])
def test_pagetests_pass_under_the_policies_that_promise_it(kernel, policy, groups, count):
    """Layout under all, memory on demand under lazy and cow, copy-on-write under cow: by page tables seen from outside."""
    found, last = verdicts(kernel.ok(f"cd /xv6 && vm {policy} ./pagetests {groups}", timeout=600))
    assert list(found.values()) == ["OK"] * count, found
    assert last == f"ALL {count} TESTS PASSED"


def frames_in_use(kernel):
    """Without the page cache and the kernel's slabs."""
    counters = dict(line.split() for line in kernel.ok("cat /proc/vmstat").lines)
    return int(counters["nr_frames_in_use"]) - int(counters["nr_slab"])


@pytest.mark.parametrize("command", ["./usertests", "./pagetests", "vm lazy ./pagetests heap", "vm stock ./forktest"])
def test_programs_of_xv6_leave_as_many_frames_as_they_found(kernel, command):
    """Whatever they did, ended and killed: all memory is back, but for a kernel stack or two that is kept for the next thread."""
    kernel.ok(f"cd /xv6 && {command}", timeout=600)
    before = frames_in_use(kernel)
    kernel.ok(f"cd /xv6 && {command}", timeout=600)
    assert abs(frames_in_use(kernel) - before) <= 4


def test_pagetests_without_vm_are_those_of_cow(kernel):
    """A marked program runs under cow where full was inherited."""
    assert verdicts(kernel.ok("/xv6/pagetests cow", timeout=600))[1] == "ALL 8 TESTS PASSED"


@pytest.mark.parametrize("policy, group, failing", [
    ("stock", "heap", {"pages_come_when_touched", "huge_heap"}),
    ("lazy", "cow", {"one_child", "four_children", "everything_is_shared"}),
    ("stock", "cow", {"one_child", "many_shared_pages"}),
])
def test_pagetests_notice_what_a_policy_does_not_do(kernel, policy, group, failing):
    """stock gives memory at once, lazy copies at fork: the tests of the others fail there."""
    found, last = verdicts(kernel.ok(f"cd /xv6 && vm {policy} ./pagetests {group}", timeout=600))
    assert failing <= {name for name, verdict in found.items() if verdict == "FAILED"}
    assert "TESTS FAILED" in last


def test_pagetests_pass_with_the_kernels_own_checks(boot):
    """The debug build checks page tables against the frame table after every call meanwhile."""
    machine_ = boot(debug=True)
    assert verdicts(machine_.ok("/xv6/pagetests layout heap cow", timeout=600))[1] == "ALL 18 TESTS PASSED"


def test_main_that_returns_is_killed_at_0xffffffff(kernel, run, tmp_path):
    """xv6 starts main with a return address that leads nowhere: programs end by exit."""
    program = made(tmp_path, '#include "types.h"\n#include "user.h"\nint main(void) { return 0; }\n', "--xv6")
    status, output, messages = run("--add", program, "-c", "program")
    assert (status, output) == (139, b"")
    assert re.search(r"pid \d+ program: trap 14 err \d+ on cpu \d eip 0xffffffff addr 0xffffffff--kill proc", messages)


# ---- As process 1 ----

# In the manner of published tests: C of the nineties, everything in one file, arguments typed when it runs as init.
CLASSIC = r"""
#include "types.h"
#include "stat.h"
#include "user.h"
#include "fcntl.h"
#include "fs.h"
#include "param.h"
#include "memlayout.h"
#include "syscall.h"
#include "traps.h"
#include "mmu.h"

char line[100];
int failures;

void
check(int ok, const char *what)
{
  printf(1, "%s: %s\n", what, ok ? "ok" : "FAILED");
  if(!ok)
    failures++;
}

extern uint guard_page();
__asm__("\n.global guard_page\nguard_page:\n"
        "  movl %esp, %eax\n  andl $0xfffff000, %eax\n  subl $0x1000, %eax\n  ret\n");

void
test_guard(void)
{
  uint guard = guard_page();
  uint va;
  int good = 1;

  for(va = 0; va < guard; va += PGSIZE)
    if((getpagetableentry(getpid(), va) & (PTE_P | PTE_U)) != (PTE_P | PTE_U))
      good = 0;
  check(good, "pages below the guard");
  check((getpagetableentry(getpid(), guard) & (PTE_P | PTE_U)) == PTE_P, "guard page");
}

void
test_heap(int pages)
{
  char *base = sbrk(0);
  uint first = PGROUNDUP((uint)base);
  int i, absent = 0, zero = 1;

  sbrk(pages * PGSIZE);
  for(i = 0; i < pages; i++)
    absent += !(getpagetableentry(getpid(), first + i * PGSIZE) & PTE_P);
  check(absent >= pages - 1, "heap comes later");
  for(i = 0; i < pages * PGSIZE; i++)
    zero &= base[i] == 0;
  check(zero, "heap is zero");
}

void
test_cow(int pages)
{
  char *base = sbrk(pages * PGSIZE);
  int up[2], down[2], ppns[64];
  int i, pid, shared = 0, copied = 0, freed = 0;
  char c;

  memset(base, 'p', pages * PGSIZE);
  if(pipe(up) < 0 || pipe(down) < 0){
    printf(2, "pipe failed\n");
    return;
  }
  pid = fork();
  if(pid == 0){
    write(up[1], "1", 1);
    read(down[0], &c, 1);
    for(i = 0; i < pages; i++)
      base[i * PGSIZE] = 'c';
    write(up[1], "2", 1);
    read(down[0], &c, 1);
    exit();
  }
  read(up[0], &c, 1);
  for(i = 0; i < pages; i++)
    shared += getpagetableentry(pid, (int)base + i * PGSIZE) >> PTXSHIFT ==
              getpagetableentry(getpid(), (int)base + i * PGSIZE) >> PTXSHIFT;
  write(down[1], "1", 1);
  read(up[0], &c, 1);
  for(i = 0; i < pages; i++){
    ppns[i] = PTE_ADDR(getpagetableentry(pid, (int)base + i * PGSIZE)) >> PTXSHIFT;
    copied += ppns[i] != PTE_ADDR(getpagetableentry(getpid(), (int)base + i * PGSIZE)) >> PTXSHIFT &&
              !isphysicalpagefree(ppns[i]) && base[i * PGSIZE] == 'p';
  }
  write(down[1], "2", 1);
  check(wait() == pid, "wait");
  for(i = 0; i < pages; i++)
    freed += isphysicalpagefree(ppns[i]);
  check(shared == pages, "shared after fork");
  check(copied == pages, "copied when written");
  check(freed == pages, "free after exit");
}

void
test_kill(void)
{
  int fds[2], pid;
  char c;

  pipe(fds);
  pid = fork();
  if(pid == 0){
    write(fds[1], "1", 1);
    *(char*)PGROUNDUP((uint)sbrk(0)) = 1;
    write(fds[1], "2", 1);
    exit();
  }
  close(fds[1]);
  check(read(fds[0], &c, 1) == 1 && c == '1' && read(fds[0], &c, 1) == 0 && wait() == pid, "killed behind the heap");
}

int
main(int argc, char *argv[])
{
  int pages = 8;

  if(getpid() == 1){
    if(open("console", O_RDWR) < 0){
      mknod("console", 1, 1);
      open("console", O_RDWR);
    }
    dup(0);
    dup(0);
    printf(1, "Enter pages: ");
    gets(line, sizeof line);
    pages = atoi(line);
  } else if(argc > 1)
    pages = atoi(argv[1]);
  check(sizeof(struct dirent) == 16 && KERNBASE == 0x80000000 && T_PGFLT == 14 && SYS_exec == 7 && NPROC == 64, "headers");
  test_guard();
  test_heap(pages);
  test_cow(pages);
  test_kill();
  dumppagetable(getpid());
  printf(1, "%d pages, %d failures\n", pages, failures);
  if(getpid() == 1)
    shutdown();
  exit();
}
"""
CHECKS = ["headers", "pages below the guard", "guard page", "heap comes later", "heap is zero", "wait", "shared after fork",
          "copied when written", "free after exit", "killed behind the heap"]


def test_classic_source_runs_unmodified(run, tmp_path):
    """A test program in the idiom of the courses: built, run from the shell, every check true."""
    program = made(tmp_path, CLASSIC, "--xv6", "-Werror")
    status, output, messages = run("--add", program, "-c", "program 20")
    assert (status, output.decode().splitlines()) == (0, [f"{name}: ok" for name in CHECKS] + ["20 pages, 0 failures"])
    table = re.search(r"START PAGE TABLE \(pid \d+\)\n(.*)END PAGE TABLE", messages, re.S)
    rows = [line.split() for line in table[1].splitlines()]
    assert [row[2] for row in rows].count("-") == 1  # the guard page
    assert len(rows) > 40 and rows[0][0] == "0"


def test_classic_source_runs_as_process_1(boot, tmp_path):
    """By init=: it makes its console, reads a line from it, and ends the machine."""
    program = made(tmp_path, CLASSIC, "--xv6")
    guest = boot(console=True, append="init=/bin/program", add=[(program, "/bin/program")])
    guest.expect("Enter pages: ")
    guest.sendline("5")
    guest.expect("5 pages, 0 failures")
    assert guest.before.count(": ok") == len(CHECKS)
    assert guest.expect_end() == 1  # isa-debug-exit with status 0


def test_pagetests_run_as_process_1(boot):
    """All of them, with words behind -- as arguments; shutdown ends the machine."""
    guest = boot(console=True, append="init=/xv6/pagetests -- layout heap cow")
    guest.expect("ALL 18 TESTS PASSED", 600)
    assert guest.expect_end() == 1


def test_world_of_xv6_by_its_own_init(boot):
    """xv6's init makes the console, starts its shell again when that ends, and buries orphans."""
    guest = boot(console=True, append="init=/xv6/init")
    guest.expect(r"init: starting sh\s+\$ ")
    guest.sendline("echo one two | wc")
    guest.expect(r"1 2 8 \s+\$ ")
    guest.sendline("zombie; zombie")
    guest.expect("zombie!\\s")  # each of them before or after the prompt
    guest.expect("zombie!\\s")
    guest.sendline("cd tmp; ls > list; grep list list")
    guest.expect(r"list +2 \d+ \d+\s+\$ ")
    guest.send("\x04")
    guest.expect(r"init: starting sh\s+\$ ")


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
    status, output, _ = run("--add", tmp_path / "hello", "-c", "hello you && /bin/hello")
    assert (status, output) == (0, b"hello you\nhello world\n")


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


def test_words_for_the_compiler_reach_it(tmp_path):
    """-O, -f and -W mean what they mean to the compiler, and come after its usual words."""
    (tmp_path / "x.c").write_text("#include \"types.h\"\n#include \"user.h\"\nint main(void) { int unused; exit(); }\n")
    done = build_program("--xv6", "-O0", "-fstack-clash-protection", "-v", "x.c", cwd=tmp_path)
    assert done.returncode == 0 and "unused" in done.stdout
    words = done.stdout.splitlines()[0].split()
    assert words.index("-O0") > words.index("-O2") and "-fstack-clash-protection" in words
    done = build_program("--xv6", "-Werror", "x.c", "-o", "y", cwd=tmp_path)
    assert done.returncode == 1 and not (tmp_path / "y").exists()


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
