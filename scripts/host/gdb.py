#!/usr/bin/env python3
"""scripts/gdb (make qemu-gdb): QEMU waiting at its first instruction, and GDB attached with the symbols.

Everything GDB needs is in a command file of this run; nothing in the user's home is read for it or changed.
The guest's console shares the terminal: its output appears between GDB's, and GDB's command `guest` types a line.
"""

import argparse
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from host import build, guest, image, run  # noqa: E402  (the path above comes first)

COMMANDS = """\
set confirm off
set pagination off
set architecture i386
file {kernel}
{program}
python
import gdb, os
class Guest(gdb.Command):
    '''guest LINE: type a line on the guest's console.'''
    def __init__(self):
        super().__init__("guest", gdb.COMMAND_USER)
    def invoke(self, line, from_tty):
        os.write({console}, (line + chr(13)).encode())
Guest()
end
target remote {socket}
echo \\nThe guest waits at its first instruction. `continue` boots it, ^C stops it, `guest LINE` types a line on its\\n
echo console, `quit` ends both. Symbols: the kernel{named}.\\n
"""


def parse(arguments):
    mine, extra = arguments, []
    if "--" in arguments:
        at = arguments.index("--")
        mine, extra = arguments[:at], arguments[at + 1:]
    made = argparse.ArgumentParser(
        prog="scripts/gdb", description="Boot Faultline under QEMU with GDB attached.", allow_abbrev=False,
        usage="scripts/gdb [options] [PROGRAM] [-- GDB ARGS]",
        epilog="Example: scripts/gdb bin/ls, then: break main, continue, guest ls /bin")
    made.add_argument("program", nargs="?", metavar="PROGRAM", help="a user program whose symbols to load, as bin/ls")
    made.add_argument("--debug", action="store_true", help="the build with the kernel's own checks")
    made.add_argument("--append", default="", metavar='"KERNEL OPTIONS"', help="more words for the kernel's command line")
    made.add_argument("-m", dest="memory", type=run.parse_memory, default="512", help="memory (default: %(default)s)")
    made.add_argument("--smp", type=run.parse_cpus, default=1, metavar="N",
                      help="number of CPUs (default: %(default)s; with more, each is a thread of GDB)")
    options = made.parse_args(mine)
    options.gdb_arguments = extra
    return options


def find_program(built, name):
    """The program with symbols: the file as linked, else the one on the image."""
    below = name.lstrip("/")
    for folder in ("user", "root"):
        for path in (built.directory / folder / f"{below}.elf", built.directory / folder / below):
            if path.is_file():
                return path
    raise guest.GuestError(f"no program {name!r} in {built.directory.relative_to(ROOT)}/root (say bin/ls)")


def write_commands(path, options, built, socket_path, console):
    program = find_program(built, options.program) if options.program else None
    path.write_text(COMMANDS.format(kernel=built.kernel, socket=socket_path, console=console,
                                    program=f"add-symbol-file {program}" if program else "",
                                    named=f" and {options.program}" if program else ""))


def show_console(channel):
    channel.ours.setblocking(True)
    while True:
        data = channel.read()
        if not data:
            return
        sys.stdout.buffer.write(data)
        sys.stdout.flush()


def debug(options, built):
    settings = guest.Settings(memory=options.memory, smp=options.smp, append=options.append)
    console = guest.Channel("console")
    with tempfile.TemporaryDirectory(prefix="faultline-gdb-") as name:
        directory = pathlib.Path(name)
        write_commands(directory / "commands", options, built, directory / "gdb", console.ours.fileno())
        command = guest.machine_arguments(settings) + console.arguments() + ["-serial", "chardev:console"]
        command += ["-S", "-gdb", f"unix:{directory / 'gdb'},server=on,wait=off"]
        command += guest.prepare_boot(settings, built, name, guest.kernel_options(settings))
        # A session of its own: ^C is for GDB, which then stops the guest.
        qemu = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[console.theirs.fileno()],
                                start_new_session=True, preexec_fn=guest.die_with_parent)
        console.theirs.close()
        threading.Thread(target=show_console, args=(console,), daemon=True).start()
        try:
            return subprocess.run([gdb_program(), "-q", "-x", str(directory / "commands"), *options.gdb_arguments],
                                  pass_fds=[console.ours.fileno()],
                                  preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)).returncode
        finally:
            qemu.kill()
            qemu.wait()


def gdb_program():
    for name in ("i686-elf-gdb", "gdb", "gdb-multiarch"):
        if shutil.which(name):
            return name
    raise guest.GuestError("gdb is missing: run scripts/setup gdb")


def main(arguments):
    options = parse(arguments)
    try:
        build.setup("run", "gdb")
        built = build.build("debug" if options.debug else "release")
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return debug(options, built)
    except build.BuildError as error:
        print(error, file=sys.stderr)
        return build.EXIT_NOT_BUILT
    except (image.ImageError, guest.GuestError) as error:
        print(f"gdb: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
