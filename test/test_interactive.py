"""Debian's BusyBox and bash as a person uses them: line editors, job control, vi, less and top, on the serial console and on
a pseudo-terminal inside the guest (user/bin/script). Our own shell has the same done to it there; see test_console.py."""

import re

import pytest

import debian
import machine

UP, LEFT, ESCAPE = "\x1b[A", "\x1b[D", "\x1b"
CTRL = {letter: chr(ord(letter) - 64) for letter in "CDFKPRSUXZ\\"}
PROMPT = r"@@> "
SHELLS = {"bash": "bash --norc", "ash": "busybox ash", "sh": "sh"}


@pytest.fixture(scope="module")
def terminal():
    """One machine with BusyBox and bash, at its own shell's prompt."""
    add = [(debian.package("bash-static") / "bin/bash-static", "/bin/bash"),
           (debian.package("busybox-static") / "bin/busybox", "/bin/busybox"),
           (machine.TERMINAL_SIDE, "/bin/terminal_side")]
    # BusyBox takes ESC for a key of its own when the rest of an arrow is 50 ms late.
    one = machine.ConsoleMachine(machine.settings(add=add), machine.built(), monitor=False)
    try:
        one.boot()
        one.prompt()
        one.command("mkdir -p /tmp/work; cd /tmp/work; export TERM=vt102 HISTFILE=")
        yield one
    finally:
        one.close()


class Shell:
    """A shell that was started on the console or, by `script`, on a pseudo-terminal; its prompt is no other's."""

    def __init__(self, terminal, command):
        self.terminal = terminal
        terminal.sendline(f"PS1='@@''> ' {command}")
        self.prompt()

    def prompt(self):
        """Waits for it; line editors draw it more than once."""
        self.terminal.expect(PROMPT)

    def send(self, keys):
        self.terminal.send(keys)

    def expect(self, pattern):
        return self.terminal.expect(pattern)

    def answers(self, keys, pattern):
        """Types keys and Enter; a line of the answer is just this."""
        self.send(keys + "\r")
        self.expect(rf"\n{pattern}\r+\n")
        self.prompt()

    def starts(self, command):
        """Runs a command that says `go` when it is there to be interrupted."""
        self.send(command + "\r")
        self.expect(r"\ngo\r+\n")

    def leave(self):
        self.send("exit\r")
        self.terminal.prompt()


def shell_of(terminal, name, place):
    command = SHELLS[name]
    return Shell(terminal, f"script -q -c '{command}' /tmp/log" if place == "pty" else command)


@pytest.fixture(params=[("bash", "console"), ("ash", "console"), ("bash", "pty"), ("ash", "pty"), ("sh", "pty")], ids="-".join)
def shell(terminal, request):
    one = shell_of(terminal, *request.param)
    one.name, one.place = request.param
    yield one
    one.leave()


def test_line_editors(shell):
    """Arrows move and bring older lines back; Tab completes; ^C gives a fresh line; bash finds a line by ^R."""
    shell.answers("tty", "/dev/pts/0" if shell.place == "pty" else "/dev/console")
    shell.answers("echo wrd" + LEFT * 2 + "o", "word")
    shell.answers(UP, "word")
    shell.answers("echo second", "second")
    shell.answers(UP + UP, "word")
    shell.answers("cd /tmp/wo\t && pwd", "/tmp/work/?")
    shell.send("rubbish" + CTRL["C"])
    shell.prompt()
    shell.answers("echo alive", "alive")
    if shell.name == "bash":
        shell.answers(CTRL["R"] + "echo sec", "second")


def test_job_control(shell):
    """^Z stops; jobs, bg, fg and kill %1 do what they say; ^C ends; readers in the background stop, writers if tostop says so."""
    shell.send("terminal_side\r")
    shell.expect(r"foreground\r+\n")
    shell.send(CTRL["Z"])
    shell.expect("(?i)stopped")
    shell.prompt()
    shell.send("bg\r")
    shell.expect(r"background\r+\n")
    shell.answers("jobs", r"\[1\].*(?i:running).*")
    shell.send("fg\r")
    shell.expect(r"foreground\r+\n")
    shell.send(CTRL["C"])
    shell.prompt()
    shell.answers("echo it was $?", "it was 130")
    shell.starts("sh -c 'echo go; exec sleep 1000'")
    shell.send(CTRL["Z"])
    shell.prompt()
    shell.answers("kill %1; kill -CONT %1; while jobs | grep -qi -e stopped -e running; do sleep 0.1; done; echo gone", "gone")
    shell.answers("cat & while ! jobs | grep -i stopped; do sleep 0.1; done", r"\[1\].*(?i:stopped).*")
    shell.send("fg\r")
    shell.expect(r"\ncat\r+\n")
    shell.send("to cat\r")
    shell.expect(r"\nto cat\r+\n")
    shell.send(CTRL["D"])
    shell.prompt()
    shell.answers("stty tostop; (echo from behind) & while ! jobs | grep -i stopped; do sleep 0.1; done",
                  r"\[1\].*(?i:stopped).*")
    shell.answers("fg; stty -tostop", "from behind")


def test_pipeline_is_one_job(shell):
    """^Z and ^C reach all of a pipeline; ^\\ quits."""
    # The last stage says it when the first is there, in the group and with the signals that a program has.
    shell.starts("sleep 1000 | sh -c 'until pidof sleep >/dev/null; do true; done; echo go; exec terminal_side >&2'")
    shell.expect(r"foreground\r+\n")
    shell.send(CTRL["Z"])
    shell.prompt()
    shell.send("bg\r")
    shell.expect(r"background\r+\n")
    shell.send("fg\r")
    shell.expect(r"foreground\r+\n")
    shell.send(CTRL["C"])
    shell.prompt()
    shell.answers("jobs; echo none", "none")
    shell.starts("sh -c 'echo go; exec sleep 1000'")
    shell.send(CTRL["\\"])
    shell.prompt()
    shell.answers("echo it was $?", "it was 131")


def test_vi_edits_and_saves(terminal):
    """Text is put in, changed and written; nothing of the screen's drawing reaches the file."""
    def insert_ends(where):  # ESC by itself, not the first byte of an arrow key: wait until it was taken so
        terminal.expect(rf"I note.*- note \[Modified\] {where}")

    terminal.sendline("busybox vi note")
    terminal.expect(r"- note 1/1")
    terminal.send("iHello from vi\rsecond lineX\rthird" + ESCAPE)
    insert_ends("3/3")
    terminal.send("k$x0dwiSecond " + ESCAPE)
    insert_ends("2/3")
    terminal.send("jdd:wq\r")
    terminal.prompt(30)
    assert terminal.command("cat note").endswith("Hello from vi\nSecond line\n")
    terminal.sendline("busybox vi note")
    terminal.expect(r"- note 1/2")
    terminal.send("dd:q!\r")
    terminal.prompt(30)
    assert terminal.command("wc -l note").endswith("2 note\n")


def test_edit_changes_and_saves(terminal):
    """The system's own editor: lines are put in, cut, pasted and found, and the file has what the screen showed."""
    terminal.sendline("edit draft")
    terminal.expect("new file", 30)
    terminal.send("one\rtwo\r\tthree" + CTRL["K"] + CTRL["P"] + CTRL["U"] + CTRL["F"])
    terminal.expect("Find:", 30)
    terminal.send("tw\rX" + CTRL["S"])
    terminal.expect(r"draft  3/3  saved", 30)
    terminal.send(CTRL["X"])
    terminal.prompt(30)
    assert terminal.command("cat draft").endswith("\tthree\none\nXtwo\n")


def test_less_pages(terminal):
    """A page down, a search, the end; q gives the prompt back."""
    terminal.command("seq 1000 > numbers")
    terminal.sendline("busybox less numbers")
    terminal.expect(r"K24\r+\n.*numbers")
    terminal.send(" ")
    terminal.expect(r"K48\r")
    terminal.send("/77.\r")
    terminal.expect(r"m770\b")
    terminal.send("G")
    terminal.expect(r"K1000\r")
    terminal.send("q")
    terminal.prompt(30)


def test_top_refreshes_and_quits(terminal):
    """top shows itself, shows more a second later, and q ends it with the terminal as it was."""
    terminal.sendline("busybox top -d 1")
    for _ in range(3):
        terminal.expect("Load average")
        terminal.expect("busybox top -d 1")
    terminal.send("q")
    terminal.prompt(30)
    assert re.search(r"\bicanon\b.*\becho\b", terminal.command("stty -a"))


def test_window_size_reaches_the_inner_terminal(terminal):
    """When the console gets another size, script's terminal gets it too, and bash there knows before its next prompt."""
    shell = shell_of(terminal, "bash", "pty")
    shell.answers("stty size; echo $LINES $COLUMNS", "25 80\r+\n25 80")
    shell.answers("stty rows 31 cols 91 < /dev/console; while [ \"$(stty size)\" != '31 91' ]; do sleep 0.05; done; echo so",
                  "so")
    shell.answers("echo $LINES $COLUMNS", "31 91")
    shell.answers("stty rows 25 cols 80 < /dev/console; echo back", "back")
    shell.leave()


def test_typescript_holds_what_was_shown(terminal):
    """script keeps the output, with the terminal's own line ends, and hands on the status."""
    terminal.command("script -q -c 'echo kept; exit 7' record")
    assert terminal.command("echo $?").endswith("7\n")
    assert "6b 65 70 74 0d 0a" in terminal.command("hexdump -C record")


def test_end_of_the_terminal_ends_its_jobs(terminal):
    """When script is killed, its terminal hangs up: the shell in it and the job in its foreground end."""
    terminal.command("(until ps | grep -q '[0-9] sleep 4321'; do sleep 0.1; done; kill -9 $(pidof script)) &")
    terminal.sendline("script -q -c 'sleep 4321; echo not reached' /tmp/log")
    terminal.prompt(30)
    terminal.command("stty sane; while ps | grep -q '[0-9] sleep 4321'; do sleep 0.1; done")
