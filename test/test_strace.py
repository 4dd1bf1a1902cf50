"""strace: its lines against those of this machine's own strace on the same static program."""

import re
import shutil
import subprocess

import pytest

import machine

PROGRAM = "strace_calls"


def masked(text):
    """Lines without what differs between any two runs: addresses, process ids, times, names of the machine and of the program."""
    lines = []
    for line in text.splitlines():
        line = re.sub(r"0x[0-9a-f]{5,}", "ADDRESS", line)
        line = re.sub(r'execve\("[^"]*", \["[^"]*"(?:\.\.\.)?(.*) /\* \d+ vars? \*/', r'execve("P", ["P"\1', line)
        line = re.sub(r"(getpid\(\) += |fork\(\) += |si_pid=)\d+", r"\1PID", line)
        line = re.sub(r"(kill|wait4)\(\d+, (SIGUSR1\) += 0|\[\{WIFEXITED)", r"\1(PID, \2", line)
        line = re.sub(r"(WEXITSTATUS.* = )\d+$", r"\1PID", line)
        line = re.sub(r"(si_[us]time=)\d+", r"\1T", line)
        line = re.sub(r'nodename="[^"]*"', 'nodename="N"', line)
        line = re.sub(r" +=", " =", line)  # how far the masked parts had pushed it
        if "runs in 32 bit mode" not in line:
            lines.append(line)
    return lines


@pytest.fixture(scope="module")
def on_linux(tmp_path_factory):
    """What Linux's strace prints."""
    if shutil.which("strace") is None:
        pytest.skip("this machine has no strace")
    output = tmp_path_factory.mktemp("strace") / "out"
    subprocess.run(["strace", "-o", output, machine.built().directory / "user" / "tests" / PROGRAM, "child"],
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=300)
    text = output.read_text() if output.exists() else ""
    if "execve(" not in text:
        pytest.skip("this machine's strace cannot trace")
    return text


def test_lines_are_those_of_linux(kernel, on_linux):
    """Names, arguments, results, errors, signals and the end of some 80 calls of all kinds."""
    done = kernel.run(f"strace -o /tmp/out /tests/{PROGRAM} child; echo $?; cat /tmp/out", timeout=300)
    status, _, text = done.output.partition("\n")
    assert status == "139", done.console  # 128 + SIGSEGV
    assert masked(text) == masked(on_linux)
    assert len(masked(text)) > 70


def test_children_are_followed(kernel):
    """-f tells of them, and takes lines apart that another's comes between."""
    done = kernel.run(f"strace -f /tests/{PROGRAM} child 2>&1", timeout=300)
    child = re.search(r"^strace: Process (\d+) attached$", done.output, re.MULTILINE).group(1)
    assert re.search(rf"^\[pid +{child}\] exit_group\(3(\) += \?| <unfinished)", done.output, re.MULTILINE)
    assert re.search(rf"^\[pid +{child}\] \+\+\+ exited with 3 \+\+\+$", done.output, re.MULTILINE)
    assert re.search(rf"(wait4\({child}, |<\.\.\. wait4 resumed>)\[\{{WIFEXITED\(s\) && WEXITSTATUS\(s\) == 3\}}\], 0, NULL\) += {child}$",
                     done.output, re.MULTILINE)
    assert done.output.endswith("+++ killed by SIGSEGV +++\n")


def test_some_calls_only_and_counts(kernel):
    """-e trace=, -c, -s, exit status, --help."""
    done = kernel.run("strace -e trace=write,exit_group -s 3 echo hello 2>&1; strace -c cat /etc/motd 2>&1 >/dev/null; strace false 2>/dev/null;"
                      " echo $?; strace --help | head -n 1", timeout=300)
    assert 'write(1, "hel"..., 6' in done.output and "brk" not in done.output.split("% time")[0]
    assert re.search(r"^% time +seconds +usecs/call +calls +errors syscall$", done.output, re.MULTILINE)
    assert re.search(r"^ *\d+\.\d\d +\d+\.\d{6} +\d+ +\d+ +read$", done.output, re.MULTILINE)
    assert re.search(r"^100\.00 .* total$", done.output, re.MULTILINE)
    assert "\n1\nUsage: strace " in done.output


def test_a_running_process(kernel):
    """-p sees the call that it sleeps in begun again, and its end by a signal."""
    done = kernel.run("rm -f /tmp/p; sleep 100 & strace -o /tmp/p -p $! & until grep -Eq 'restart_syscall|nanosleep' /tmp/p 2>/dev/null;"
                      " do sleep 0.1; done; kill %1; wait; cat /tmp/p", timeout=300)
    assert re.search(r"restart_syscall|nanosleep", done.output), done.output
    assert "+++ killed by SIGTERM +++" in done.output
