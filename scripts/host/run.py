#!/usr/bin/env python3
"""scripts/run: build Faultline and boot it, to a shell on this terminal or for one command."""

import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import termios
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from host import build, guest, image  # noqa: E402  (the path above comes first)

EXIT_USAGE = 2
EXIT_TIMED_OUT = 124
EXIT_GUEST_FAILED = 125

EPILOG = """\
exit status:
  with -c        that of COMMAND; 124 when the time is over, 125 when the guest panicked, reset itself or QEMU died
  without -c     what `poweroff STATUS` said, 0 for a plain poweroff
  2              bad arguments     126  the build failed

examples:
  scripts/run                                   an interactive shell; ^A x leaves QEMU
  scripts/run -c 'ls /bin | wc -l'              one command
  scripts/run --add ./a.out:/bin/a -c a         a program of the host, run there
  scripts/run --add hello -c hello              the same, as /bin/hello (scripts/build-program makes programs)
  scripts/run -m 64 --smp 4 --append 'mem=48M'  another machine
  scripts/run -- -monitor stdio -serial null    arguments for QEMU itself
"""


def parse_memory(text):
    if not re.fullmatch(r"(size=)?\d+[bkmgtBKMGT]?(,.+)?", text):
        raise argparse.ArgumentTypeError(f"not a size of memory: {text!r} (say 64 for MiB, 512M or 3G)")
    return text


def parse_cpus(text):
    if not re.fullmatch(r"\d+", text) or not 1 <= int(text) <= 255:
        raise argparse.ArgumentTypeError(f"not a number of CPUs: {text!r}")
    return int(text)


def parse_seconds(text):
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"not a number of seconds: {text!r}")
    return seconds


def parse_swap(text):
    try:
        size = guest.parse_size(text)
    except ValueError:
        size = 0
    if not 40960 <= size <= 4 << 30:
        raise argparse.ArgumentTypeError(f"not a size from 40K to 4G: {text!r}")
    return text


def parser():
    made = argparse.ArgumentParser(
        prog="scripts/run", description="Build Faultline and boot it under QEMU.", epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False,
        usage="scripts/run [options] [-c COMMAND] [-- QEMU ARGS]")
    add = made.add_argument
    add("-c", dest="command", metavar="COMMAND",
        help="run COMMAND in the guest's shell: its output on standard output, the kernel's messages on standard error")
    add("--add", action="append", default=[], metavar="HOSTFILE[:GUESTPATH]",
        help="put a file into a fresh copy of the image (default: into /bin), with its mode bits; may be repeated")
    add("--append", default="", metavar='"KERNEL OPTIONS"', help="more words for the kernel's command line")
    add("-m", dest="memory", type=parse_memory, default="512", metavar="MEMORY",
        help="memory, as QEMU takes it: 64 (MiB), 512M, 3G (default: %(default)s)")
    add("--smp", type=parse_cpus, default=2, metavar="N", help="number of CPUs (default: %(default)s)")
    add("--disk", metavar="IMAGE", help="boot from this ext2 image and keep the changes (scripts/image makes one)")
    add("--swap", type=parse_swap, metavar="SIZE",
        help="attach a swap disk of this size (40K to 4G, as 256M) and turn it on")
    add("--iso", action="store_true", help="boot by GRUB from an ISO that carries the root image")
    add("--icount", action="store_true", help="count instructions: the same run every time, one host thread")
    add("--debug", action="store_true", help="the build with the kernel's own checks")
    add("--timeout", type=parse_seconds, default=300, metavar="SECONDS",
        help="with -c: give up after so long, boot included (default: %(default)s)")
    return made


def parse(arguments):
    ours, extra = arguments, []
    if "--" in arguments:
        at = arguments.index("--")
        ours, extra = arguments[:at], arguments[at + 1:]
    made = parser()
    options = made.parse_args(ours)
    options.qemu_arguments = tuple(extra)
    try:
        for item in options.add:
            image.parse_addition(item)
    except image.ImageError as error:
        made.error(f"--add: {error}")
    if options.disk and options.add:
        made.error("--add goes into a fresh copy of the image; for a disk that lasts: scripts/image OUT.img --add ...")
    if options.disk and not os.path.isfile(options.disk):
        made.error(f"--disk: {options.disk}: no such file (scripts/image makes one)")
    if options.command is not None and "--" in options.append.split():
        made.error("--append: what follows -- are init's arguments, which -c needs itself")
    return options


def settings_of(options):
    return guest.Settings(memory=options.memory, smp=options.smp, append=options.append, disk=options.disk, swap=options.swap,
                          iso=options.iso, icount=options.icount, additions=tuple(options.add),
                          qemu_arguments=options.qemu_arguments)


def complain(text):
    print(f"run: {text}", file=sys.stderr, flush=True)


# ---- -c ----------------------------------------------------------------------------------------------------------


def write_all(descriptor, data):
    while data:
        data = data[os.write(descriptor, data):]


class KernelMessages:
    """The console's bytes on standard error, as lines of this terminal (no carriage returns)."""

    def __init__(self):
        self.at_line_start = True

    def write(self, data):
        data = data.replace(b"\r", b"")
        if data:
            self.at_line_start = data.endswith(b"\n")
            write_all(2, data)

    def finish(self):
        if not self.at_line_start:
            write_all(2, b"\n")


def run_in_guest(machine, options):
    """(exit status, what went wrong or None)"""
    started = time.monotonic()
    try:
        machine.start()
        status = machine.run(options.command, options.timeout)
        machine.poweroff()
        return status, None
    except guest.GuestTimedOut as error:
        return EXIT_TIMED_OUT, f"{error.what} ({time.monotonic() - started:.0f} s)"
    except guest.GuestEnded as end:
        # A command may end the machine itself: `poweroff`, `poweroff 3`.
        if machine.ready and end.reason == "poweroff":
            return 0, None
        if machine.ready and end.reason == "exit":
            return end.status, None
        return EXIT_GUEST_FAILED, end.what
    except guest.GuestError as error:
        return EXIT_GUEST_FAILED, error.what


def run_command(options, built):
    messages = KernelMessages()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with guest.Guest(settings_of(options), built, messages.write, lambda data: write_all(1, data)) as machine:
        status, trouble = run_in_guest(machine, options)
    messages.finish()  # the console's tail is on standard error already: it was passed on as it came
    if trouble:
        complain(trouble)
    return status


# ---- Interactive -------------------------------------------------------------------------------------------------


def terminal_state():
    try:
        return termios.tcgetattr(0)
    except termios.error:
        return None


def run_interactive(options, built):
    print("Faultline: ^A x leaves QEMU at once, ^A h lists its keys; the command poweroff ends the guest in order.",
          file=sys.stderr, flush=True)
    before = terminal_state()
    events = guest.EventChannel()
    with tempfile.TemporaryDirectory(prefix="faultline-run-") as directory:
        command = guest.interactive_arguments(settings_of(options), built, directory) + events.arguments()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # ^C is the guest's
        try:
            process = subprocess.Popen(command, preexec_fn=prepare_child, pass_fds=[events.theirs.fileno()])
            events.theirs.close()
            events.greet()
            status = process.wait()
        finally:
            if before:
                termios.tcsetattr(0, termios.TCSADRAIN, before)
    events.seen = events.read()
    reason, from_guest = events.reason_of_end(status)
    return {"exit": from_guest, "died": 128 - status if status < 0 else status}.get(reason, 0)


def prepare_child():
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    guest.die_with_parent()


def main(arguments):
    options = parse(arguments)
    try:
        build.setup("run", *(["iso"] if options.iso else []))
        built = build.build(build.kernel_preset(options.debug))
        return run_interactive(options, built) if options.command is None else run_command(options, built)
    except build.BuildError as error:
        print(error, file=sys.stderr)
        return build.EXIT_NOT_BUILT
    except (image.ImageError, guest.GuestError) as error:
        complain(error)
        return EXIT_USAGE
    except BrokenPipeError:  # the reader of our output has gone, as in `run -c ... | head`
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
