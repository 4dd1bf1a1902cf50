"""A Debian root made by scripts/debian-root: its shells, tools, compilers and languages at work.

The image is made once and kept in build/debian; each test machine has a copy.
"""

import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess

import pytest

import machine
import parts

ROOT = machine.ROOT
SCRIPT = ROOT / "scripts" / "debian-root"
FILES = pathlib.Path(__file__).parent / "debian"
KEPT = pathlib.Path(os.environ.get("FAULTLINE_DEBIAN") or ROOT / "build" / "debian")
PACKAGES = ["gcc", "g++", "libc6-dev", "python3", "perl", "tcc"]
NO_NETWORK = 75  # its status


def tool_path(name):
    return shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")


def debian_root(*words, **environment):
    return subprocess.run([SCRIPT, *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=1800, env={**os.environ, **environment})


def fingerprint():
    """Of what goes into the image, besides Debian's own packages."""
    digest = hashlib.sha256(" ".join(PACKAGES).encode())
    for name in ("scripts/debian-root", "scripts/host/debian_pack.py", "scripts/host/apt_tree.sh", "user/bin/init.c"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()[:12]


@pytest.fixture(scope="module")
def kept_image():
    machine.built()
    KEPT.mkdir(parents=True, exist_ok=True)
    image = KEPT / f"test-{fingerprint()}.img"
    with open(KEPT / "test.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not image.exists():
            for old in KEPT.glob("test-*.img"):
                old.unlink()
            done = debian_root(image, *PACKAGES)
            if done.returncode == NO_NETWORK:
                pytest.skip(f"Debian packages cannot be fetched: {done.stderr.strip().splitlines()[-1]}")
            assert done.returncode == 0, done.stderr
    return image


@pytest.fixture(scope="module")
def disk(kept_image, tmp_path_factory):
    """A copy with this test's files in /root."""
    copy = tmp_path_factory.mktemp("debian") / "disk.img"
    subprocess.run(["cp", "--sparse=always", kept_image, copy], check=True)
    commands = "".join(f"write {path} /root/{path.name}\n" for path in [*sorted(FILES.iterdir()), machine.TERMINAL_SIDE])
    subprocess.run([tool_path("debugfs"), "-w", "-f", "-", copy], input=commands, check=True, text=True, capture_output=True)
    yield copy
    copy.unlink()


@pytest.fixture(scope="module")
def guest(disk):
    one = machine.Machine(machine.settings(memory="1G", disk=disk), machine.built())
    yield one.boot()
    one.close()


# ---- bash as process 1: before the tests whose machine has the disk ----


def test_bash_as_init_has_job_control_and_proc(disk):
    """init=/bin/bash: a prompt at once, /dev and /proc are there, ^Z, fg, bg and ^C work, exec of a new shell too."""
    one = machine.ConsoleMachine(machine.settings(append="init=/bin/bash", disk=disk), machine.built())
    try:
        prompt = rb"root@faultline:/# "
        one.boot().expect(prompt)
        one.sendline("echo $$ $PATH; ps -o comm= -p 1")
        one.expect(rb"\b1 /usr/local/sbin:\S+:/bin\s")
        one.expect(rb"\sbash\s")
        one.expect(prompt)
        one.sendline("sh /root/terminal_side.sh")
        one.expect(rb"foreground\s")
        one.send("\x1a")
        one.expect(rb"\[1\]\+ +Stopped +sh /root/ter")
        one.expect(prompt)
        one.sendline("bg")
        one.expect(rb"background\s")
        one.sendline("jobs")
        one.expect(rb"\[1\]\+ +Running +sh /root/ter")
        one.sendline("fg")
        one.expect(rb"foreground\s")
        one.send("\x03")
        one.expect(prompt)
        one.sendline("echo status $?")
        one.expect(rb"[\r\n]status 130\s")
        one.expect(prompt)
        one.sendline("sync; poweroff")
        one.expect_end()
    finally:
        one.close()


# ---- The shell and the tools ----


def test_python_computes(guest):
    assert guest.ok("python3 -c 'print(2**200)'").output == f"{2**200}\n"


def test_a_long_pipeline_over_usr(guest):
    """Thousands of names and attributes, sorted and counted, and nothing to complain about."""
    done = guest.ok("ls -lR /usr | sort | uniq -c | tail -n 5; ls -lR /usr | wc -l; find / -xdev | wc -l")
    *tail, lines, found = done.lines
    assert len(tail) == 5 and all(re.match(r" *\d+ \S", line) for line in tail), done.output
    assert int(lines) > 5000 and int(found) > 5000


def test_a_bash_script_prints_what_it_prints_on_linux(guest):
    """230 lines of bash with Debian's tools: arrays, here documents, traps, process substitution, jobs, limits, locks."""
    done = guest.run("bash /root/script.bash /tmp 2>/dev/null", timeout=300)
    assert done.lines == (FILES / "script.out").read_text().splitlines()


def test_the_script_s_output_is_linux_s(kept_image, tmp_path):
    """What the test above expects is what the same bash and tools print on this machine's own kernel."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "-pf", "true"], capture_output=True).returncode != 0:
        pytest.skip("only root can chroot")
    root = tmp_path / "root"
    for folder in ("usr/lib", "proc", "dev", "tmp"):
        (root / folder).mkdir(parents=True)
    wanted = (("/usr/bin", "usr"), ("/etc", ""), ("/usr/lib/i386-linux-gnu", "usr/lib"))
    subprocess.run([tool_path("debugfs"), "-f", "-", kept_image], text=True, capture_output=True, check=True,
                   input="".join(f"rdump {source} {root / target}\n" for source, target in wanted))
    for name in ("bin", "lib"):
        (root / name).symlink_to(f"usr/{name}")
    (root / "usr/lib/ld-linux.so.2").symlink_to("i386-linux-gnu/ld-linux.so.2")
    (root / "dev/fd").symlink_to("/proc/self/fd")
    subprocess.run(["mknod", "-m", "666", root / "dev/null", "c", "1", "3"], check=True)
    subprocess.run(["mknod", "-m", "666", root / "dev/zero", "c", "1", "5"], check=True)
    shutil.copy(FILES / "script.bash", root)
    try:
        done = subprocess.run(["unshare", "-pf", "--kill-child", f"--mount-proc={root / 'proc'}", tool_path("chroot"), root,
                               "/bin/bash", "/script.bash", "/tmp"], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=120, env={"PATH": "/usr/bin"}, preexec_fn=parts.usual_priority)
    except OSError as error:
        pytest.skip(f"this machine does not run 32-bit programs: {error}")
    finally:
        shutil.rmtree(root / "usr")
    assert done.stdout == (FILES / "script.out").read_text(), done.stderr


def test_process_tools_show_this_system(guest):
    """procps: ps, top, free, vmstat and pmap read our /proc."""
    done = guest.ok("ps -eo pid,ppid,stat,comm; top -b -n 1 | head -n 8; free -m; vmstat 1 1; pmap $$ | tail -n 1; uptime")
    text = done.output
    assert re.search(r"^ +1 +0 S\S* +init$", text, re.M), text
    assert re.search(r"^ *\d+ +\d+ R\S* +ps$", text, re.M)
    assert re.search(r"^Tasks: +\d+ total", text, re.M) and re.search(r"^Mem: +10\d\d ", text, re.M)
    assert re.search(r"^procs -+memory", text, re.M) and re.search(r"^ total +\d{3,}K$", text, re.M)
    assert "load average" in done.lines[-1]


def test_what_maintainer_scripts_set_up_is_there(guest):
    """Alternatives, the linker's cache, users, the package data base."""
    done = guest.ok("readlink -f /usr/bin/awk; ldconfig -p | grep -c libc.so.6; getent passwd root; id -un; hostname;"
                    "dpkg -l bash gcc | tail -n 2 | cut -c1-3; dpkg --verify libc6 | grep -v /usr/share; ls -ld /tmp /bin")
    assert done.lines[:5] == ["/usr/bin/gawk", "1", "root:*:0:0:root:/root:/bin/bash", "root", "faultline"]
    assert done.lines[5:7] == ["ii ", "ii "]
    assert done.lines[7].startswith("drwxrwxrwt") or done.lines[7].startswith("lrwx"), done.output


def test_archives_come_back_as_they_were(guest):
    done = guest.ok("cd /tmp && tar czf etc.tgz -C / etc && mkdir -p back && tar xzf etc.tgz -C back &&"
                    "diff -r --no-dereference /etc back/etc && tar tzf etc.tgz | wc -l")
    assert int(done.lines[-1]) > 100


# ---- Compilers and languages ----


def test_gcc_compiles_and_its_program_runs(guest):
    done = guest.run("cd /tmp && gcc -Wall -o hello /root/hello.c && ./hello", timeout=300)
    assert (done.output, done.status) == ("hello from gcc 12\n", 3)


def test_tcc_compiles_and_runs(guest):
    """tcc's ways of making programs: at once in memory, by its own linker, by GNU's, and without any library."""
    done = guest.ok("cd /tmp && cp /root/tcc.c t.c && try() { echo $1 $?; }; tcc -run t.c 2; try run; tcc -o t1 t.c && ./t1; try own;"
                    "tcc -c -o t2.o t.c && gcc -no-pie -z noexecstack -o t2 t2.o && ./t2; try linked;"
                    "tcc -nostdlib -o t3 /root/bare.c && ./t3; try bare")
    assert done.lines == ["hello from tcc", "run 2", "hello from tcc", "own 1", "hello from tcc", "linked 1", "bare", "bare 7"]


def test_cpp_exceptions_unwind(guest):
    """g++ with exceptions through frames and out of libstdc++, in threads too."""
    done = guest.run("cd /tmp && g++ -pthread -o exceptions /root/exceptions.cpp && ./exceptions", timeout=300)
    assert done.lines == ["gone 3", "gone 2", "gone 1", "caught from depth 3", "out of range", "1 12 23 34 end"]
    assert done.status == 4


def test_python_works(guest):
    """Threads, subprocesses, sqlite3, json, signals, select."""
    done = guest.ok("python3 /root/check.py", timeout=300)
    assert done.lines == [
        "threads 4000 True True",
        "processes 4 b'in' b'err\\n' b'100\\n' -15",
        "files [0, 1, 2, 3, 4] ä€ bf3b7b25 ['data.json.old']",
        "databases 2664667000 ok",
        "system True 2 True linux",
        f"numbers {2**200} {sum(1 / n for n in range(1, 1000))} 3.1415929204",
    ]


def test_perl_works(guest):
    program = ('my %h = map { $_ => $_ ** 2 } 1 .. 5; print join(",", map { "$_=$h{$_}" } sort keys %h), "\\n";'
               'print `echo hi`; if (!fork) { exit 3 } wait; print $? >> 8, "\\n"; local $SIG{ALRM} = sub { die "late\\n" };'
               'eval { alarm 1; select(undef, undef, undef, 30) }; print $@')
    assert guest.ok(f"perl -e '{program}'").lines == ["1=1,2=4,3=9,4=16,5=25", "hi", "3", "late"]


# ---- scripts/debian-root itself ----


@pytest.mark.parametrize("words, message", [
    ([], "which image?"), (["--nonsense"], "unknown option: --nonsense"), (["--size"], "--size needs a value"),
    (["/no/such/folder/x.img"], "/no/such/folder: no such directory"), (["--size=1X", "x.img"], "not a size: 1X"),
    (["--mode", "magic", "x.img"], "no such mode: magic"), (["x.img", "a b"], "no name of a package: a b"),
])
def test_a_wrong_call_is_explained(words, message):
    done = debian_root(*words)
    assert done.returncode == 2 and message in done.stderr and not pathlib.Path("x.img").exists()


def test_without_a_network_it_says_so_and_leaves_nothing(tmp_path):
    """Status 75, a sentence that says why, and no image."""
    machine.built()
    (tmp_path / "sources").write_text("deb [trusted=yes] http://127.0.0.1:9/debian bookworm main\n")
    done = debian_root(tmp_path / "x.img", FAULTLINE_DEBIAN=str(tmp_path / "kept"),
                       FAULTLINE_APT_SOURCES=str(tmp_path / "sources"))
    assert done.returncode == NO_NETWORK and "is there a network?" in done.stderr, done.stderr
    assert not list(tmp_path.glob("*.img")) and not list((tmp_path / "kept").glob("root.*"))


def test_an_unknown_package_is_named(kept_image, tmp_path):
    done = debian_root(tmp_path / "x.img", "no-such-package-as-this")
    assert done.returncode == 1 and "no-such-package-as-this" in done.stderr
    assert not list(tmp_path.iterdir())
