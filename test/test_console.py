"""The shell at the console, as a person uses it: a real pseudo-terminal, typed keys, what the screen then says."""

import re

import pytest

LEFT, RIGHT, UP, DOWN = "\x1b[D", "\x1b[C", "\x1b[A", "\x1b[B"
CTRL = {letter: chr(ord(letter) & 31) for letter in "KUW"}


@pytest.fixture(scope="module")
def console():
    import conftest

    one = conftest.make(console=True)
    try:
        one.boot()
        one.prompt()
        yield one
    finally:
        conftest.end(one)


def typed(console, keys):
    """Types the keys and Enter; the command's own output, without what the editor drew."""
    console.send(keys + "\r")
    console.prompt()
    return [line for line in re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", console.before).splitlines() if line.strip()][-1]


@pytest.mark.parametrize("keys, output", [
    ("echo wrld" + LEFT * 3 + "o", "world"),
    ("echo one two three" + CTRL["W"] + "3", "one two 3"),
    ("nonsense" + CTRL["U"] + "echo clean", "clean"),
    ("echo cut here" + LEFT * 5 + CTRL["K"], "cut"),
    ("echo abc\x7f\x7fx", "ax"),
    ("echo ab" + LEFT + RIGHT + "c", "abc"),
])
def test_a_line_can_be_edited(console, keys, output):
    """Arrows, ^K ^U ^W and backspace change the line as everywhere."""
    assert typed(console, keys) == output


def test_history_comes_back(console):
    """Up brings the last lines, down goes forward again."""
    assert typed(console, "echo first") == "first"
    assert typed(console, "echo second") == "second"
    assert typed(console, UP + UP) == "first"
    assert typed(console, UP + UP + DOWN + " again") == "first again"


def test_tab_completes_commands_and_files(console):
    """A command of /bin and a file's name are completed."""
    assert typed(console, "echo /etc/passw\t") == "/etc/passwd"
    assert re.match(r"Linux", typed(console, "unam\t"))


def test_exit_brings_a_new_shell(console):
    """init starts another shell when one ends."""
    console.sendline("exit")
    console.prompt()
    assert typed(console, "echo new") == "new"
