"""A guest under QEMU: its command line, its lifetime, and the command server on its serial ports.

COM1 carries the kernel's log and console, COM2 a command's output (byte-exact), COM3 the control protocol:
    guest: "ready"    host: "run LENGTH\n" and LENGTH bytes    guest: "exit STATUS"    ...    host: "poweroff"
Each port is one end of a socket pair, so nothing of a run has a name in the file system. A fourth pair carries
QEMU's own events (QMP): they tell a power-off from a reset, which QEMU's exit status does not.
"""

import collections
import contextlib
import ctypes
import dataclasses
import json
import os
import pathlib
import re
import selectors
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from host import image, iso

TAIL_LINES = 60
SETTLE_SECONDS = 5.0  # a panic's report is over when QEMU has ended, or when the console has been still for so long
PANIC_LIMIT_SECONDS = 60.0
POWEROFF_SECONDS = 120.0
PORTS = ("console", "output", "control")  # COM1, COM2, COM3
PANIC = re.compile(rb"(?m)^panic: ")


class GuestError(Exception):
    """The guest did not do what was asked; `tail` is the end of its console."""

    def __init__(self, what, tail=""):
        super().__init__(what)
        self.what = what
        self.tail = tail

    def __str__(self):
        return f"{self.what}\n--- the console's last lines ---\n{self.tail}" if self.tail else self.what


class GuestPanicked(GuestError):
    """The kernel printed `panic: `."""


class GuestTimedOut(GuestError):
    """A deadline passed."""


class GuestEnded(GuestError):
    """QEMU ended. `reason`: poweroff, reset, exit (isa-debug-exit; `status` is the guest's), or died."""

    def __init__(self, what, tail, reason, status=None):
        super().__init__(what, tail)
        self.reason = reason
        self.status = status


@dataclasses.dataclass
class Settings:
    """What machine to boot, from what."""

    memory: str = "512"
    smp: int = 2
    append: str = ""
    disk: str = None
    swap: str = None  # size of a swap disk made for this boot, as image.parse_size takes it
    iso: bool = False
    icount: bool = False
    icount_shift: int = 0  # an instruction takes 2**shift ns
    icount_sleep: bool = False  # an idle machine waits as long as it says; else its clock jumps to the next timer
    additions: tuple = ()
    qemu_arguments: tuple = ()


def accelerator(settings):
    """Always TCG: tests must not depend on KVM. Counting instructions allows one thread only."""
    if settings.icount:
        sleep = "on" if settings.icount_sleep else "off"
        return ["-accel", "tcg,thread=single", "-icount", f"shift={settings.icount_shift},sleep={sleep}"]
    return ["-accel", "tcg,thread=multi" if settings.smp > 1 else "tcg"]


def kernel_options(settings, unattended=False, init_arguments=""):
    in_memory = settings.iso and not settings.disk
    words = ["root=/dev/ram0" if in_memory else "root=/dev/vda"]
    words += ["quiet", "panic=exit"] if unattended else []
    words += settings.append.split()
    if settings.swap and "--" not in words:
        init_arguments = f"swap=/dev/{'vda' if in_memory else 'vdb'} {init_arguments}".strip()
    words += ["--", init_arguments] if init_arguments else []
    return " ".join(words)


def prepare_boot(settings, built, directory, options):
    """QEMU's arguments for kernel and disk; files that only this run needs go into `directory`."""
    arguments = []
    if settings.iso:
        path = pathlib.Path(directory) / "faultline.iso"
        iso.make_iso(path, built, options, settings.additions)
        arguments += ["-cdrom", str(path), "-boot", "d"]
    else:
        arguments += ["-kernel", str(built.kernel), "-append", options]
    swap = swap_arguments(settings.swap, directory) if settings.swap else []
    if settings.disk:
        return arguments + disk_arguments(settings.disk, "off") + swap
    if settings.iso:
        return arguments + swap
    disk = built.image
    if settings.additions:
        disk = pathlib.Path(directory) / "root.img"
        image.make_image(disk, built.stage, settings.additions, grow=True)
    return arguments + disk_arguments(disk, "on") + swap


def swap_arguments(size, directory):
    """A swap disk of this boot's own, as mkswap prepares it."""
    path = pathlib.Path(directory) / "swap.img"
    with open(path, "wb") as file:
        file.truncate(parse_size(size))
    tool = shutil.which("mkswap", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not tool:
        raise GuestError("mkswap is missing: install util-linux")
    made = subprocess.run([tool, str(path)], capture_output=True, text=True)
    if made.returncode != 0:
        raise GuestError(f"mkswap: {made.stderr.strip()}")
    return ["-drive", f"if=none,file={path},format=raw,id=swap", "-device", "virtio-blk-pci,drive=swap"]


def parse_size(text):
    """Bytes: 4096, 64K, 256M, 1G. ValueError for anything else."""
    unit = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}.get(text[-1:].upper(), 1)
    return int(text[:-1] if unit > 1 else text) * unit


def disk_arguments(path, snapshot):
    escaped = str(path).replace(",", ",,")
    return ["-drive", f"if=none,file={escaped},format=raw,snapshot={snapshot},id=root",
            "-device", "virtio-blk-pci,drive=root"]


def machine_arguments(settings):
    qemu = shutil.which("qemu-system-i386") or shutil.which("qemu-system-x86_64")
    if not qemu:
        raise GuestError("qemu-system-i386 is missing: run scripts/setup")
    return [qemu, *accelerator(settings), "-m", settings.memory, "-smp", str(settings.smp), "-nic", "none",
            "-display", "none", "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]


WITH_MONITOR = ("-serial", "mon:stdio")
WITHOUT_MONITOR = ("-chardev", "stdio,id=terminal,signal=off", "-serial", "chardev:terminal")


def interactive_arguments(settings, built, directory, console=WITH_MONITOR):
    """QEMU with the guest's console on this terminal; ^A x leaves. With the monitor QEMU takes one byte at a time from the
    terminal, without it as many as the port holds: a key of several bytes then comes whole however busy this machine is."""
    return [*machine_arguments(settings), *console,
            *prepare_boot(settings, built, directory, kernel_options(settings)), *settings.qemu_arguments]


def die_with_parent():
    """Linux: QEMU gets SIGKILL when the script that started it is gone, however that came about."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def exit_status_of_guest(qemu_status):
    """isa-debug-exit ends QEMU with (status << 1) | 1; None where that is not how it ended."""
    return qemu_status >> 1 if qemu_status > 0 and qemu_status & 1 else None


class Channel:
    """One serial port: a socket, and what has been read from it."""

    def __init__(self, name):
        self.name = name
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        self.open = True

    def arguments(self):
        return ["-chardev", f"socket,id={self.name},fd={self.theirs.fileno()}"]

    def read(self):
        """What has come, b"" when nothing; notes the end."""
        try:
            data = self.ours.recv(1 << 16)
        except BlockingIOError:
            return b""
        except ConnectionError:
            data = b""
        self.open = self.open and bool(data)
        return data

    def send(self, data):
        self.ours.setblocking(True)
        try:
            self.ours.sendall(data)
        finally:
            self.ours.setblocking(False)


class EventChannel(Channel):
    """QEMU's events; it sends them once the greeting has been answered."""

    def __init__(self):
        super().__init__("events")
        self.seen = b""

    def arguments(self):
        return [*super().arguments(), "-mon", "chardev=events,mode=control"]

    def greet(self):
        with contextlib.suppress(OSError):  # QEMU may have refused its arguments already
            self.send(b'{"execute": "qmp_capabilities"}\n')

    def reason_of_end(self, qemu_status):
        """Why QEMU ended: (reason as in GuestEnded, the guest's status or None)."""
        for line in self.seen.splitlines():
            with contextlib.suppress(ValueError):
                event = json.loads(line)
                cause = event.get("data", {}).get("reason") if event.get("event") == "SHUTDOWN" else None
                if cause in ("guest-reset", "guest-shutdown"):
                    return ("reset" if cause == "guest-reset" else "poweroff"), None
        status = exit_status_of_guest(qemu_status)
        started = b'"return"' in self.seen  # without it, 1 is QEMU's own complaint about its arguments
        return ("exit", status) if started and status is not None else ("died", None)


class Guest:
    """A guest in command-server mode. `on_console` and `on_output` get bytes as they come."""

    def __init__(self, settings, built, on_console=None, on_output=None):
        self.settings = settings
        self.built = built
        self.on_console = on_console or (lambda data: None)
        self.on_output = on_output or (lambda data: None)
        self.console = bytearray()
        self.control = b""
        self.searched = 0  # no panic in the console's lines before here
        self.process = None
        self.directory = None
        self.ready = False

    # ---- Lifetime ----

    def start(self):
        self.directory = tempfile.TemporaryDirectory(prefix="faultline-run-")
        self.channels = {name: Channel(name) for name in PORTS}
        self.channels["events"] = EventChannel()
        options = kernel_options(self.settings, unattended=True, init_arguments="run /dev/ttyS1 /dev/ttyS2")
        command = machine_arguments(self.settings) + ["-no-reboot"]
        for channel in self.channels.values():
            command += channel.arguments()
        for port in PORTS:
            command += ["-serial", f"chardev:{port}"]
        command += prepare_boot(self.settings, self.built, self.directory.name, options)
        command += self.settings.qemu_arguments
        theirs = [channel.theirs for channel in self.channels.values()]
        self.complaints = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.complaints,
                                        stderr=self.complaints, pass_fds=[end.fileno() for end in theirs],
                                        preexec_fn=die_with_parent)
        self.selector = selectors.DefaultSelector()
        for channel in self.channels.values():
            channel.theirs.close()
            self.selector.register(channel.ours, selectors.EVENT_READ, channel)
        self.channels["events"].greet()

    def kill(self):
        """Ends QEMU at once and gives everything back. Fine to call twice."""
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()
            self.process = None
            self.selector.close()
            for channel in self.channels.values():
                channel.ours.close()
            self.complaints.close()
        if self.directory:
            self.directory.cleanup()
            self.directory = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    @property
    def alive(self):
        return self.process is not None

    # ---- The console ----

    def tail(self):
        lines = self.console.decode(errors="replace").replace("\r", "").splitlines()
        return "\n".join(collections.deque(lines, TAIL_LINES))

    def take_in(self, name, data):
        if name == "console":
            self.console += data
            self.on_console(data)
        elif name == "output":
            self.on_output(data)
        elif name == "control":
            self.control += data
        else:
            self.channels["events"].seen += data

    def pump(self, seconds):
        """Waits up to `seconds` for bytes from any channel and takes them in; False when none came."""
        came = False
        for key, _ in self.selector.select(max(0, seconds)):
            channel = key.data
            data = channel.read()
            if data:
                came = True
                self.take_in(channel.name, data)
            elif not channel.open:
                self.selector.unregister(channel.ours)
        return came

    def drain(self):
        """Takes in what has been sent already."""
        while self.selector.get_map() and self.pump(0):
            pass

    # ---- Waiting: everything that can go wrong ends a wait at once ----

    def check_for_panic(self):
        if not PANIC.search(self.console, self.searched):
            self.searched = self.console.rfind(b"\n") + 1
            return
        limit = time.monotonic() + PANIC_LIMIT_SECONDS
        while self.selector.get_map() and time.monotonic() < limit and self.pump(SETTLE_SECONDS):
            pass
        what, tail = "the guest panicked", self.tail()
        self.kill()
        raise GuestPanicked(what, tail)

    def check_for_end(self):
        if not self.selector.get_map() or self.process.poll() is not None:
            self.drain()
            self.process.wait()
            self.check_for_panic()
            self.raise_ended()

    def raise_ended(self):
        reason, status = self.channels["events"].reason_of_end(self.process.returncode)
        tail = self.tail()
        self.complaints.seek(0)
        complaint = self.complaints.read().decode(errors="replace").strip()
        code = self.process.returncode
        self.kill()
        what = {"poweroff": "the guest powered off", "reset": "the guest reset itself",
                "exit": f"the guest ended QEMU with status {status}",
                "died": f"QEMU ended with status {code}"}[reason]
        raise GuestEnded(f"{what}: {complaint}" if complaint else what, tail, reason, status)

    def wait_for(self, done, deadline, what):
        """Pumps until done() is true."""
        while not done():
            self.check_for_panic()
            self.check_for_end()
            left = deadline - time.monotonic()
            if left <= 0:
                tail = self.tail()
                self.kill()
                raise GuestTimedOut(f"timed out waiting for {what}", tail)
            self.pump(min(left, 1.0))

    def control_line(self, deadline, what):
        self.wait_for(lambda: b"\n" in self.control, deadline, what)
        line, _, self.control = self.control.partition(b"\n")
        return line.decode(errors="replace").strip()

    # ---- Commands ----

    def wait_until_ready(self, deadline):
        line = self.control_line(deadline, "the guest's command server")
        if line != "ready":
            raise GuestError(f"the command server said {line!r}, not ready", self.tail())
        self.ready = True

    def run(self, command, timeout):
        """Runs one command in the guest's shell; its status. The first waits for the boot as well."""
        deadline = time.monotonic() + timeout
        if not self.ready:
            self.wait_until_ready(deadline)
        text = command.encode(errors="surrogateescape")
        self.send(b"run %d\n" % len(text) + text)
        answer = self.control_line(deadline, "the command to end")
        found = re.fullmatch(r"exit (\d+)", answer)
        if not found:
            raise GuestError(f"the command server said {answer!r}, not exit STATUS", self.tail())
        # The guest drained both ports before it answered, so all of the output is here already.
        self.drain()
        self.check_for_panic()
        return int(found.group(1))

    def send(self, data):
        try:
            self.channels["control"].send(data)
        except OSError:
            self.process.wait()
            self.check_for_end()

    def poweroff(self):
        """Asks for an orderly end and waits for it, so that the disk is clean. Raises when it is not orderly."""
        self.send(b"poweroff\n")
        try:
            self.wait_for(lambda: False, time.monotonic() + POWEROFF_SECONDS, "the guest to power off")
        except GuestEnded as end:
            if end.reason not in ("poweroff", "exit"):
                raise
