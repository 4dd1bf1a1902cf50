"""scripts/run, scripts/image and make qemu-gdb do what their --help says, as a user calls them."""

import os
import random
import shutil
import subprocess

import pexpect
import pytest

import machine

ROOT = machine.ROOT
DEADLINE = 120


def file_system_tool(name):
    return shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")


def check_file_system(image):
    """e2fsck finds nothing to mend."""
    done = subprocess.run([file_system_tool("e2fsck"), "-fn", image], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout


def debugfs(image, request):
    return subprocess.run([file_system_tool("debugfs"), "-R", request, image], check=True, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def make_image(*arguments):
    machine.built()
    return subprocess.run([ROOT / "scripts" / "image", *map(str, arguments)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.fixture
def disk(tmp_path):
    """An image of this test's own."""
    image = tmp_path / "disk.img"
    done = make_image(image, "--size", "32M")
    assert done.returncode == 0, done.stdout
    return image


# ---- -c: output, messages and status on three channels ----


def test_run_command_prints_its_output_and_nothing_else(run):
    """The command's output is all there is on standard output; an ordinary boot says nothing on standard error."""
    assert run("-c", "echo hello; echo to stderr >&2") == (0, b"hello\nto stderr\n", "")


def test_run_output_is_byte_exact(run, tmp_path):
    """Every byte value arrives as it was, CR, NUL and all."""
    content = bytes(range(256)) * 16 + random.Random(2).randbytes(200_000)
    (tmp_path / "bytes").write_bytes(content)
    status, output, _ = run("--add", f"{tmp_path / 'bytes'}:/tmp/bytes", "-c", "cat /tmp/bytes")
    assert status == 0
    assert output == content


@pytest.mark.parametrize("command, status", [("exit 37", 37), ("true", 0), ("false", 1), ("no-such-command", 127),
                                             ("kill -9 $$", 137), ("kill -SEGV $$", 139)])
def test_run_status_is_the_commands(run, command, status):
    """Statuses above 127 arrive whole."""
    assert run("-c", command)[0] == status


def test_run_commands_input_is_empty(run):
    """A command that reads standard input sees its end."""
    assert run("-c", "cat; echo done")[:2] == (0, b"done\n")


def test_run_when_the_time_is_over_then_status_124(run):
    """--timeout counts from the boot; a busy machine's boot alone may take as long as would do elsewhere."""
    for seconds in (5, 20, 80):
        status, output, messages = run("--timeout", seconds, "-c", "echo before; sleep 1000")
        assert status == 124 and "timed out" in messages
        if output:
            break
    assert output == b"before\n"


def test_run_when_the_guest_panics_then_status_125_and_its_report(run):
    """A kernel without an init panics; the report is on standard error."""
    status, output, messages = run("--append", "init=/no/such/init", "-c", "echo never")
    assert (status, output) == (125, b"")
    assert "panic: " in messages and "panicked" in messages


def test_run_when_the_command_powers_off_then_its_status(run):
    """poweroff STATUS ends the run with that status, a plain poweroff with 0."""
    assert run("-c", "poweroff 3")[0] == 3
    assert run("-c", "poweroff")[0] == 0


def test_run_when_the_guest_resets_then_status_125(run):
    """A reboot before the command ended is a failure that says so."""
    status, _, messages = run("-c", "reboot")
    assert status == 125
    assert "reset" in messages


# ---- The machine ----


def test_run_memory_and_cpus_as_asked(run):
    """-m takes QEMU's forms, --smp the number of CPUs."""
    status, output, _ = run("-m", "64", "--smp", 4, "-c", "grep MemTotal /proc/meminfo; grep -c processor /proc/cpuinfo")
    words = output.split()
    assert status == 0
    assert 48 * 1024 < int(words[1]) <= 64 * 1024
    assert words[-1] == b"4"


def test_run_append_reaches_the_kernel(run):
    """mem= leaves the rest of the memory alone."""
    status, output, _ = run("--append", "mem=48M", "-c", "grep MemTotal /proc/meminfo")
    assert status == 0
    assert int(output.split()[1]) <= 48 * 1024


@pytest.mark.parametrize("option", ["--iso", "--icount", "--debug"])
def test_run_other_ways_to_boot(run, option):
    """GRUB and a root in memory; counted instructions; the build with checks."""
    assert run(option, "-c", "echo 6 times 7 is $((6 * 7))") == (0, b"6 times 7 is 42\n", "")


def test_run_arguments_for_qemu(run, tmp_path):
    """What follows -- goes to QEMU: a second disk, here."""
    second = tmp_path / "second.img"
    second.write_bytes(b"\0" * (1 << 20))
    status, output, _ = run("-c", "ls /dev/vdb", "--", "-drive", f"if=none,id=second,format=raw,file={second}",
                            "-device", "virtio-blk-pci,drive=second")
    assert (status, output) == (0, b"/dev/vdb\n")


# ---- Files ----


def test_run_add_keeps_mode_bits_and_makes_folders(run, tmp_path):
    """A script of the host lands at any path, executable as it was."""
    script = tmp_path / "hello"
    script.write_text("#!/bin/sh\necho hello from $0\n")
    script.chmod(0o750)
    status, output, _ = run("--add", f"{script}:/opt/deep/down/hello", "-c", "/opt/deep/down/hello; ls -l /opt/deep/down")
    assert status == 0
    lines = output.decode().splitlines()
    assert lines[0] == "hello from /opt/deep/down/hello"
    assert lines[-1].startswith("-rwxr-x---")


def test_run_changes_last_only_with_disk(run, disk):
    """A file is gone after the next boot without --disk, and there with it; the file system is clean."""
    assert run("-c", "echo lost > /root/note")[0] == 0
    assert run("-c", "cat /root/note 2>/dev/null")[:2] == (1, b"")
    assert run("--disk", disk, "-c", "echo kept > /root/note")[0] == 0
    check_file_system(disk)
    assert run("--disk", disk, "-c", "cat /root/note")[:2] == (0, b"kept\n")
    check_file_system(disk)


def test_image_with_small_blocks_boots(run, tmp_path):
    """scripts/image makes 1 KiB blocks as well, and scripts/run takes them."""
    image = tmp_path / "small.img"
    assert make_image(image, "--size", "24M", "--block-size", "1024").returncode == 0
    assert "1024" in debugfs(image, "show_super_stats -h").split("Block size:")[1].splitlines()[0]
    assert run("--disk", image, "-c", "echo x > /root/x && cat /root/x")[:2] == (0, b"x\n")
    check_file_system(image)


def test_image_holds_added_files_as_root_owns_them(tmp_path):
    """--add keeps mode bits; everything belongs to root; e2fsck finds nothing."""
    file = tmp_path / "data"
    file.write_bytes(b"data\n")
    file.chmod(0o604)
    image = tmp_path / "disk.img"
    done = make_image(image, "--size", "16M", "--add", f"{file}:/srv/a/data")
    assert done.returncode == 0, done.stdout
    assert image.stat().st_size == 16 << 20
    check_file_system(image)
    described = debugfs(image, "stat /srv/a/data")
    assert "Mode:  0604" in described and "User:     0" in described
    assert debugfs(image, "cat /srv/a/data") == "data\n"
    assert "/bin" not in debugfs(image, "ls /bin") and "init" in debugfs(image, "ls /bin")


@pytest.mark.parametrize("arguments, word", [
    (["--size", "12Q"], "not a size"),
    (["--size", "1M"], "do not fit"),
    (["--add", "/no/such/file:/x"], "no such file"),
    (["--add", "nothing"], "nothing: no such file"),
    (["--add", ":/bin/x"], "HOSTFILE:GUESTPATH"),
])
def test_image_when_a_request_is_wrong_then_it_says_why(tmp_path, arguments, word):
    """Status 2, a reason, and no half-made image."""
    done = make_image(tmp_path / "out.img", *arguments)
    assert done.returncode == 2
    assert word in done.stdout
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("arguments, word", [
    (["-m", "lots"], "not a size of memory"),
    (["--smp", "0"], "not a number of CPUs"),
    (["--timeout", "-1"], "not a number of seconds"),
    (["--disk", "/no/such/disk"], "no such file"),
    (["--add", "/no/such/file:/x"], "no such file"),
    (["-c", "true", "--append", "-- x"], "init's arguments"),
    (["stray"], "stray"),
])
def test_run_when_an_argument_is_wrong_then_status_2_and_why(run, arguments, word):
    """Nothing is built or booted for a wrong argument."""
    status, output, messages = run(*arguments)
    assert (status, output) == (2, b"")
    assert word in messages


# ---- Interactive ----


def interactive(*arguments):
    return pexpect.spawn(str(ROOT / "scripts" / "run"), [*arguments], timeout=DEADLINE, dimensions=(24, 80))


def test_run_interactive_shell_and_poweroff_status():
    """Without -c a shell is on this terminal; poweroff STATUS is the script's exit status."""
    child = interactive()
    child.expect(r"\^A x leaves QEMU")
    child.expect(machine.PROMPT)
    child.send("echo shell-$$\r")
    child.expect(r"shell-\d+")
    child.expect(machine.PROMPT)
    child.send("poweroff 5\r")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 5


def test_run_interactive_control_a_x_leaves():
    """^A x ends QEMU at once."""
    child = interactive()
    child.expect(machine.PROMPT)
    child.send("\x01x")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


# ---- GDB ----


def test_qemu_gdb_stops_in_the_kernel_and_in_a_program():
    """make qemu-gdb has the symbols of the kernel and of a chosen program; `guest` types on the console."""
    machine.built()
    commands = ["break trap_dispatch", "continue", "backtrace 1", "delete", "break main", "continue", "info symbol $$eip"]
    arguments = "-- -batch " + " ".join(f"-ex '{command}'" for command in commands)
    done = subprocess.run(["make", "-s", "qemu-gdb", "PROGRAM=bin/init", f"ARGS={arguments}"], cwd=ROOT, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=DEADLINE)
    assert done.returncode == 0, done.stdout
    assert "#0  faultline::trap_dispatch" in done.stdout, done.stdout
    assert "main in section .text of" in done.stdout, done.stdout
