"""Machines for tests: a guest under QEMU, driven by its command server or by its console as a person would.

Nothing here sleeps. Every wait has a deadline, and a panic, an unexpected reset or QEMU's end breaks it off at once
with the console's last lines (the kernel symbolizes its own backtrace).
"""

import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

import pexpect

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from host import build, guest  # noqa: E402  (the path above comes first)

BOOT_SECONDS = 120  # generous: the machine may be busy with other tests
COMMAND_SECONDS = 120
PROMPT = r"/\S* # "
TERMINAL_SIDE = pathlib.Path(__file__).parent / "terminal_side.sh"  # a job that says whether it has the terminal

GuestError = guest.GuestError
GuestPanicked = guest.GuestPanicked
GuestTimedOut = guest.GuestTimedOut
GuestEnded = guest.GuestEnded


def settings(memory="512", smp=2, append="", disk=None, swap=None, iso=False, icount=False, icount_shift=0,
             add=(), qemu=()):
    """Settings from a test's words. add: "HOSTFILE:GUESTPATH" strings or (host path, guest path) pairs."""
    additions = tuple(item if isinstance(item, str) else f"{item[0]}:{item[1]}" for item in add)
    return guest.Settings(memory=str(memory), smp=smp, append=append, disk=disk and str(disk), swap=swap, iso=iso, icount=icount,
                          icount_shift=icount_shift,
                          additions=additions, qemu_arguments=tuple(qemu))


@dataclasses.dataclass
class Completed:
    """A command that ended: its output (byte-exact), its status, and what the kernel said meanwhile."""

    command: str
    raw: bytes
    status: int
    console: str

    @property
    def output(self):
        return self.raw.decode(errors="replace")

    @property
    def lines(self):
        return self.output.splitlines()

    @property
    def report(self):
        """Lines `name: value` as a dictionary: a whole number, {"Counter": n} for `Counter=n ...`, or text."""
        found = {}
        for line in self.lines:
            name, colon, value = line.partition(":")
            if colon and re.fullmatch(r"\w+", name):
                found[name] = parse_value(value.strip())
        return found

    def __getitem__(self, name):
        report = self.report
        assert name in report, f"{self.command!r} reported no {name!r}; it printed:\n{self.output}"
        return report[name]


def parse_value(text):
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    pairs = text.split()
    if all(re.fullmatch(r"\w+=-?\d+", pair) for pair in pairs):
        return {name: int(value) for name, value in (pair.split("=") for pair in pairs)}
    return text


class Machine:
    """A guest with the command server. After a panic or an end, the next run() boots afresh."""

    def __init__(self, machine_settings, built):
        self.settings = machine_settings
        self.built = built
        self.guest = None
        self.output = bytearray()
        self.last_console = ""

    def boot(self):
        self.close_now()
        self.guest = guest.Guest(self.settings, self.built, on_output=self.output.extend)
        try:
            self.guest.start()
            self.guest.wait_until_ready(time.monotonic() + BOOT_SECONDS)
        except guest.GuestError:
            self.close_now()
            raise
        return self

    @property
    def alive(self):
        return self.guest is not None and self.guest.alive

    def run(self, command, timeout=COMMAND_SECONDS):
        """Runs a command in the guest's shell."""
        if not self.alive:
            self.boot()
        self.output.clear()
        mark = len(self.guest.console)
        try:
            status = self.guest.run(command, timeout)
        except guest.GuestError as error:
            error.output = bytes(self.output)
            self.close_now()
            raise
        said = self.guest.console[mark:].decode(errors="replace").replace("\r", "")
        return Completed(command, bytes(self.output), status, said)

    def ok(self, command, timeout=COMMAND_SECONDS):
        """Runs a command that must succeed."""
        done = self.run(command, timeout)
        assert done.status == 0, (f"{command!r} ended with status {done.status}; it printed:\n{done.output}\n"
                                  f"and the kernel said:\n{done.console}")
        return done

    def tail(self):
        return self.guest.tail() if self.guest else self.last_console

    def poweroff(self):
        """An orderly end: file systems unmounted, QEMU gone."""
        if self.alive:
            try:
                self.guest.poweroff()
            finally:
                self.close_now()

    close = poweroff

    def close_now(self):
        """Pulls the plug."""
        if self.guest:
            self.last_console = self.guest.tail()
            self.guest.kill()
            self.guest = None


class ConsoleMachine:
    """A guest whose console is a real pseudo-terminal, as under scripts/run without -c."""

    def __init__(self, machine_settings, built, reboots=False, monitor=True):
        self.settings = machine_settings
        self.built = built
        self.reboots = reboots  # a reset starts it again instead of ending it
        self.console = guest.WITH_MONITOR if monitor else guest.WITHOUT_MONITOR
        self.child = None
        self.seen = bytearray()

    def boot(self):
        self.directory = tempfile.TemporaryDirectory(prefix="faultline-test-")
        command = guest.interactive_arguments(self.settings, self.built, self.directory.name, self.console)
        command += [] if self.reboots else ["-no-reboot"]
        self.child = pexpect.spawn(command[0], command[1:], preexec_fn=guest.die_with_parent, dimensions=(24, 80))
        self.child.logfile_read = self
        self.child.delaybeforesend = None
        return self

    # pexpect's log file: everything that was read.
    def write(self, data):
        self.seen += data

    def flush(self):
        pass

    @property
    def alive(self):
        return self.child is not None and self.child.isalive()

    def tail(self):
        lines = self.seen.decode(errors="replace").replace("\r", "").splitlines()
        return "\n".join(lines[-guest.TAIL_LINES:])

    def send(self, text):
        self.child.send(text)

    def sendline(self, line=""):
        """Types a line and Enter."""
        self.child.send(line + "\r")

    def expect(self, pattern, deadline=COMMAND_SECONDS):
        """Waits until the pattern appears; returns its match object (of bytes)."""
        found = self.child.expect([pattern, rb"(?m)^\r?panic: ", pexpect.EOF, pexpect.TIMEOUT], timeout=deadline)
        if found == 0:
            return self.child.match
        if found == 1:
            self.child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=guest.SETTLE_SECONDS)
            raise GuestPanicked("the guest panicked", self.tail())
        if found == 2:
            raise GuestEnded(f"QEMU ended while waiting for {pattern!r}", self.tail(), "died")
        raise GuestTimedOut(f"{deadline} s passed waiting for {pattern!r}", self.tail())

    @property
    def before(self):
        """What stood before the last match."""
        return self.child.before.decode(errors="replace").replace("\r", "")

    def prompt(self, deadline=BOOT_SECONDS):
        """Waits for the shell's prompt."""
        return self.expect(PROMPT, deadline)

    def command(self, line, deadline=COMMAND_SECONDS):
        """At the prompt: types a line, waits for the next prompt, returns what came between."""
        self.sendline(line)
        self.prompt(deadline)
        return self.before

    def expect_end(self, deadline=COMMAND_SECONDS):
        """Waits until QEMU ends by itself; its exit status."""
        found = self.child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=deadline)
        if found == 1:
            raise GuestTimedOut(f"{deadline} s passed waiting for QEMU to end", self.tail())
        return self.child.wait()  # its files are closed, so it is ending; and it may still take a while

    def close(self):
        """Pulls the plug, and waits until QEMU is gone: its disk is the next machine's."""
        if self.child:
            if self.child.isalive():
                self.child.kill(signal.SIGKILL)
                self.child.wait()
            self.child.close()
            self.directory.cleanup()
            self.child = None

    close_now = close


def built(debug=False):
    """The build that tests use; made up to date first (a moment when it is)."""
    return build.build(build.kernel_preset(debug))


def scripts_run(*arguments, timeout=300, **options):
    """scripts/run as a user calls it: (status, output bytes, messages)."""
    done = subprocess.run([ROOT / "scripts" / "run", *map(str, arguments)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
                          env={**os.environ, **options.pop("env", {})}, **options)
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")
