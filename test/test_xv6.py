"""Programs written for xv6: its library (user/xv6) and its programs."""

import re

import pytest

POLICIES = ["stock", "lazy", "cow"]


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
