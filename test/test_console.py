"""The console as a person uses it, through a real pseudo-terminal: line editing, history, completion, ^C ^Z ^\\ ^D, job
control, cooked reading, and the ways in and out."""

import itertools
import re

import pytest

import machine

LEFT, RIGHT, UP, DOWN, HOME, END, DELETE = "\x1b[D", "\x1b[C", "\x1b[A", "\x1b[B", "\x1b[H", "\x1b[F", "\x1b[3~"
BACKSPACE, TAB = "\x7f", "\t"
CTRL = {letter: chr(ord(letter) - 64) for letter in "CDEKUVWYZ\\"}
CTRL["A"] = "\x01\x01"  # QEMU takes the first for itself
_number = itertools.count(1)


@pytest.fixture(scope="module")
def terminal():
    """One machine with a console for the module."""
    one = machine.ConsoleMachine(machine.settings(add=[(machine.TERMINAL_SIDE, "/bin/terminal_side")]), machine.built())
    try:
        one.boot()
        one.prompt()
        yield one
    finally:
        one.close()


@pytest.fixture
def console(terminal):
    """The console at a fresh prompt, whatever the test before left behind."""
    terminal.send(CTRL["C"])
    word = f"sync-{next(_number)}"
    terminal.sendline(f"cd /; echo {word}")
    terminal.expect(rf"[^ ]{word}\r+\n")  # the output, not the echo of what was typed
    terminal.prompt()
    return terminal


def outputs(console, keys, expected):
    """Types keys and Enter; a line of the output is just this."""
    console.send(keys + "\r")
    console.expect(rf"\n{re.escape(expected)}\r+\n")
    console.prompt()


# ---- Editing a line ----


@pytest.mark.parametrize("keys, expected", [
    ("echo ac" + LEFT + "b", "abc"),
    ("echo abX" + BACKSPACE + "c", "abc"),
    ("echo abXc" + LEFT * 2 + DELETE, "abc"),
    ("cho abc" + HOME + "e" + END + "d", "abcd"),
    ("cho abc" + CTRL["A"] + "e" + CTRL["E"] + "d", "abcd"),
    ("echo abc rest" + LEFT * 5 + CTRL["K"], "abc"),
    ("nonsense" + CTRL["U"] + "echo abc", "abc"),
    ("echo abc word" + CTRL["W"], "abc"),
    ("echo ab" + LEFT * 20 + RIGHT * 20 + "c", "abc"),
    ("echo one" + CTRL["W"] + "two " + CTRL["Y"], "two one"),
    ("echo 'a" + BACKSPACE * 2 + "abc", "abc"),
], ids=["left", "backspace", "delete", "home-end", "^A-^E", "^K", "^U", "^W", "over-the-ends", "^Y", "over-a-quote"])
def test_line_editing(console, keys, expected):
    """Keys move, insert and delete as in any shell."""
    outputs(console, keys, expected)


def test_long_line_is_edited_across_the_screens_edge(console):
    """A line of 300 characters on 80 columns is edited in its first and last row."""
    outputs(console, "cho " + "x" * 300 + HOME + "e" + END + "y", "x" * 300 + "y")


def test_history_goes_up_and_down(console):
    """Up shows older lines, Down newer ones and at last the line that was begun; an old line can be changed."""
    console.command("echo first")
    console.command("echo second")
    outputs(console, UP + UP, "first")
    outputs(console, UP + UP + UP + DOWN, "second")
    outputs(console, "echo draft" + UP + UP + DOWN + DOWN, "draft")
    console.command("echo changeX")
    outputs(console, UP + BACKSPACE + "d", "changed")


def test_completion_of_commands_and_files(console):
    """Tab completes a command's name, a file's name, and a folder's with a slash; several answers are listed."""
    console.command("mkdir -p /tmp/folder; echo found > /tmp/folder/long-file-name; touch /tmp/folder/other-1 /tmp/folder/other-2")
    outputs(console, "cat /tmp/fold" + TAB + "lo" + TAB, "found")
    console.send("hexd" + TAB)
    console.expect("hexdump ")
    console.send("--help\r")
    console.expect("Usage: hexdump")
    console.prompt()
    console.send("ls /tmp/folder/oth" + TAB)
    console.expect("other-")
    console.send(TAB + TAB)
    console.expect(r"other-1\s+other-2")
    console.send(CTRL["C"])
    console.prompt()


def test_lines_typed_ahead_are_run_in_order(console):
    """What is typed while a command runs is not lost."""
    console.send("sleep 1\recho one\recho two\recho three\r")
    for word in ("one", "two", "three"):
        console.expect(rf"\n{word}\r+\n")
    console.prompt()


def test_multi_line_commands_continue(console):
    """An unfinished command asks for more."""
    console.send("for i in 1 2; do\r")
    console.expect("> ")
    console.send("echo turn $i\r")
    console.expect("> ")
    console.send("done\r")
    console.expect(r"\nturn 1\r+\nturn 2\r+\n")
    console.prompt()


# ---- Signals from the keyboard ----


@pytest.mark.parametrize("command", [
    "sh -c 'echo go; exec sleep 1000'", "sh -c 'echo go; exec cat'", "sh -c 'echo go; exec yes > /dev/null'",
    "yes | sh -c 'echo go; cat > /dev/null'", "echo go; while true; do sleep 100; done", "sh -c 'echo go; sleep 1000'",
    "(echo go; sleep 1000)"], ids=["sleep", "reader", "writer", "pipeline", "loop", "shell", "subshell"])
def test_control_c_kills_the_foreground_but_not_the_shell(console, command):
    """^C ends the program, or the whole pipeline; the shell goes on and knows the status."""
    shell = re.search(r"shell-(\d+)\n", console.command("echo shell-$$"))[1]
    console.sendline(command)
    console.expect(r"\ngo\r+\n")
    console.send(CTRL["C"])
    console.prompt()
    assert f"130 {shell}\n" in console.command("echo $? $$")


def test_control_c_at_the_prompt_gives_a_new_line(console):
    """^C throws away what was typed."""
    console.send("rm -rf /important" + CTRL["C"])
    console.prompt()
    outputs(console, "echo alive", "alive")


def test_control_backslash_quits(console):
    """^\\ is SIGQUIT."""
    console.sendline("sh -c 'echo go; exec sleep 1000'")
    console.expect(r"\ngo\r+\n")
    console.send(CTRL["\\"])
    console.prompt()
    assert "status 131" in console.command("echo status $?")


def test_a_program_that_ignores_interrupts_keeps_running(console):
    """trap '' INT is inherited."""
    console.sendline("sh -c 'trap \"\" INT; echo go; sleep 2; echo slept'")
    console.expect(r"\ngo\r+\n")
    console.send(CTRL["C"])
    console.expect(r"slept\r+\n")
    console.prompt()


# ---- Job control ----


def test_control_z_stops_and_fg_and_bg_continue(console):
    """^Z stops the job; jobs lists it; bg lets it run on; fg brings it back for ^C."""
    console.sendline("terminal_side")
    console.expect(r"foreground\r+\n")
    console.send(CTRL["Z"])
    console.expect("(?i)stopped")
    console.prompt()
    assert re.search(r"(?i)\[1\].*stopped.*terminal_side", console.command("jobs"))
    assert re.search(r"T\s.*terminal_side", console.command("ps"))
    console.sendline("bg")
    said = r"background\r+\n"
    console.expect(rf"{said}.*{machine.PROMPT}|{machine.PROMPT}.*{said}")  # the job and the shell, whoever is first
    assert re.search(r"(?i)\[1\].*running.*terminal_side", console.command("jobs"))
    console.sendline("fg")
    console.expect(r"foreground\r+\n")
    console.send(CTRL["C"])
    console.prompt()
    assert "terminal_side" not in console.command("jobs")


def test_stopped_pipeline_continues_whole(console):
    """All members of a pipeline stop and go on together."""
    console.sendline("sleep 1000 | sh -c 'until pidof sleep; do true; done >/dev/null; echo go; exec sleep 1001'")  # all are there
    console.expect(r"\ngo\r+\n")
    console.send(CTRL["Z"])
    console.prompt()
    assert len(re.findall(r"\bT\b.*sleep 100", console.command("ps"))) == 2
    console.command("kill %1; fg 2>/dev/null")
    assert "sleep 100" not in console.command("ps")


def test_background_job_tells_its_number_and_its_end(console):
    """`&` prints the job's number; when it has ended the shell says so before a prompt."""
    assert re.search(r"\[1\] \d+", console.command("sleep 1 &"))
    console.command("wait")
    console.sendline("")
    console.expect(r"(?i)\[1\].*done.*sleep 1|# ")
    said = console.before + console.child.after.decode()
    console.command("true")
    assert re.search(r"(?i)done", said + console.seen[-600:].decode(errors="replace"))


def test_background_reader_is_stopped(console):
    """A background job that reads the terminal gets SIGTTIN and stops; in the foreground it reads."""
    console.command("cat &")
    console.command("until ps | grep -q 'T .*cat$'; do true; done")
    assert re.search(r"(?i)stopped", console.command("jobs"))
    console.sendline("fg")
    console.expect(r"cat\r+\n")
    console.sendline("hello cat")
    console.expect(r"hello cat\r+\nhello cat\r+\n")
    console.send(CTRL["D"])
    console.prompt()


# ---- Cooked reading ----


def test_cooked_lines_are_edited_by_the_terminal(console):
    """A program that reads lines gets them after erase (backspace), word erase (^W) and kill (^U); ^D ends the input."""
    console.sendline("sh -c 'echo go; exec cat > /tmp/cooked'; echo read")
    console.expect(r"\ngo\r+\n")  # what comes before is the line editor's
    console.send("abX" + BACKSPACE + "c\r")
    console.send("rubbish" + CTRL["U"] + "one two" + CTRL["W"] + "three\r")
    console.send(CTRL["D"])
    console.expect(r"\nread\r+\n")
    console.prompt()
    assert console.command("cat /tmp/cooked").endswith("abc\none three\n")


def test_control_d_hands_over_an_unfinished_line(console):
    """^D in the middle of a line gives the reader what there is; a second one ends the input."""
    console.sendline("sh -c 'echo go; exec cat'; echo '<'")
    console.expect(r"\ngo\r+\n")
    console.send("part" + CTRL["D"])
    console.expect("partpart")
    console.send(CTRL["D"])
    console.expect(r"<\r+\n")
    console.prompt()


def test_control_v_makes_the_next_key_plain(console):
    """^V ^C is a character for the reader."""
    console.sendline("sh -c 'echo go >&2; exec head -n 1' | hexdump -C")
    console.expect(r"\ngo\r+\n")
    console.send("a" + CTRL["V"] + CTRL["C"] + "b\r")
    console.expect("61 03 62 0a")
    console.prompt()


def test_stty_shows_and_changes_modes(console):
    """stty -a names the modes; without echo nothing is shown, the line is read all the same."""
    modes = console.command("stty -a")
    assert all(word in modes for word in ("icanon", "echo", "isig", "intr = ^C", "susp = ^Z"))
    console.sendline("stty -echo; echo go; read secret; stty echo; echo \"it was $secret\"")
    console.expect(r"\ngo\r+\n")
    console.sendline("hidden")
    console.expect(r"it was hidden\r+\n")
    assert "hidden" not in console.before
    console.prompt()


def test_raw_mode_gives_every_key_at_once(console):
    """After stty raw -echo a program reads a key without Enter, ^C among them."""
    console.sendline("stty raw -echo; printf rea%s dy; dd bs=1 count=1 2>/dev/null | hexdump -C; stty sane")
    console.expect("ready")
    console.send(CTRL["C"])
    console.expect("03  ")
    console.sendline("")
    console.prompt()


def test_much_output_arrives_whole(console):
    """20,000 lines come over the console in order and complete."""
    console.sendline("seq 20000; echo end")
    console.expect(r"\nend\r+\n", 300)
    lines = console.before.splitlines()
    assert lines[-20000:] == [str(n) for n in range(1, 20001)]
    console.prompt()


def test_fault_is_told_on_the_console(console):
    """The kill line and its explanation stand on the console; the shell goes on."""
    console.sendline("/tests/fault null-write")
    console.expect(r"pid \d+ fault: trap 14 err 6 on cpu \d eip 0x[0-9a-f]+ addr 0x0--kill proc\r+\n")
    console.expect("null pointer")
    console.prompt()
    assert "status 139" in console.command("echo status $?")


def test_dev_tty_is_the_console(console):
    """tty names the terminal; /dev/tty is the session's own; without a session it is refused."""
    assert re.search(r"/dev/(console|ttyS0)", console.command("tty"))
    assert console.command("echo over tty > /dev/tty").endswith("over tty\n")


# ---- Ways in and out ----


def test_init_starts_another_shell(console):
    """After exit, ^D or death of the shell there is a new one, with the terminal as it should be."""
    for way in ("exit", CTRL["D"], "kill -9 $$", "stty raw -echo; exit 3"):
        before = re.search(r"shell-(\d+)\n", console.command("echo shell-$$"))[1]
        console.send(way if way == CTRL["D"] else way + "\r")
        console.prompt()
        assert re.search(r"shell-(\d+)\n", console.command("echo shell-$$"))[1] != before
    outputs(console, "echo ac" + LEFT + "b", "abc")


def test_exit_with_stopped_jobs_warns_first(console):
    """The first exit warns, the second one leaves; the stopped job does not survive its session."""
    console.sendline("sh -c 'echo go; exec sleep 1234'")
    console.expect(r"\ngo\r+\n")
    console.send(CTRL["Z"])
    console.prompt()
    assert re.search(r"(?i)stopped", console.command("exit"))
    console.command("true")
    assert re.search(r"(?i)stopped", console.command("exit"))  # another command came in between
    console.command("exit")
    console.command("while ps | grep -q '[s]leep 1234'; do true; done")  # it hears of it when the session has lost its leader
    assert "sleep 1234" not in console.command("ps")


def test_banner_tells_how_to_leave(boot):
    """The first lines say how to power off."""
    one = boot(console=True)
    one.prompt()
    assert "poweroff" in one.before


@pytest.mark.parametrize("command, status", [("poweroff", 0), ("poweroff 7", 15), ("halt", None)])
def test_poweroff_ends_qemu(boot, command, status):
    """poweroff ends QEMU with status 0, poweroff STATUS with that status (QEMU's is twice it plus one)."""
    one = boot(console=True)
    one.prompt()
    one.sendline(command)
    if status is None:
        one.expect("(?i)halted|power")
        return
    assert one.expect_end() == status


def test_reboot_comes_back(boot):
    """reboot starts the machine again, to a prompt."""
    one = boot(console=True, reboots=True)
    one.prompt()
    one.command("echo remember > /root/note; sync")
    one.sendline("reboot")
    one.prompt()
    assert "remember" in one.command("cat /root/note")


def test_iso_boots_to_a_prompt(boot):
    """GRUB, a root image in memory, a shell."""
    one = boot(console=True, iso=True)
    one.prompt()
    assert one.command("echo $((6 * 7))").endswith("42\n")
