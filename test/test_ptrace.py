"""ptrace: stops, registers, memory, signals, events and refusals; Linux is the judge."""

import parts


def test_ptrace_promises(kernel):
    """All promises in one command, as each takes a moment only."""
    done = kernel.run("cd /; /tests/ptrace", timeout=600)
    expected = {f"{name}: right" for name in parts.names("ptrace")}
    assert (set(done.output.splitlines()), done.status) == (expected, 0), done.console


def test_ptrace_promises_hold_on_linux():
    """The same binary is right there."""
    parts.check_on_linux("ptrace")
