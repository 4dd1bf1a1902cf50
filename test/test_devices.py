"""Devices: the terminal's modes and job control, keyboard and screen, disks in their variants."""

import re
import socket

import pytest

import machine

QUICK = dict(memory=128, smp=1)

# What Linux says to the same program on a pseudo-terminal.
TERMINAL_PROMISES = {
    "nothing_in_time": "0", "waited_long_enough": "1", "nothing_at_once": "0", "least_three": "3 abc",
    "pause_ends_it": "3 xyz", "poll_writable": "1", "poll_times_out": "0", "poll_input": "1", "bytes_waiting": "1",
    "bytes_after_flush": "0", "nonblocking_is_eagain": "1", "winch": "1", "unknown_is_enotty": "1",
    "bad_pointer_is_efault": "1", "own_group": "1", "no_such_group": "1", "interrupted_is_eintr": "1",
    "restarted": "4 late", "background_read_stops": "1", "ignored_stop_is_eio": "1", "background_write_goes": "1",
    "background_write_stops": "1", "continued_in_foreground": "1",
}


def answer_requests(terminal):
    """Types what the program asks for until it ends; its report."""
    said = ""
    while True:
        match = terminal.expect(rb"type (\w+)\r+\n|end of ttymodes")
        said += terminal.before + "\n"
        if not match.group(1):
            return dict(re.findall(r"(?m)^(\w+): (.*)$", said))
        terminal.send(match.group(1).decode())


def start(console, command):
    """Starts a command at the prompt; returns when it runs, with the terminal its own, no longer the line editor's."""
    console.sendline(f"sh -c 'echo sta\"\"rt; exec {command}'")
    console.expect(rb"start\r+\n")


def test_terminal_modes_are_linux_s(boot):
    """VMIN, VTIME, poll, FIONREAD, flushing, window size, signals and background groups do what they do on Linux."""
    console = boot(console=True, **QUICK)
    console.prompt()
    start(console, "/tests/ttymodes")
    assert answer_requests(console) == TERMINAL_PROMISES


def test_line_is_edited_before_a_program_reads_it(boot):
    """Erase, word erase, kill, literal next and end of file work in a program that just reads."""
    console = boot(console=True, **QUICK)
    console.prompt()
    start(console, "cat > /tmp/typed")
    console.send("wrong\x15abx\x7fc word gone\x17\x7f!\r\x16\x03\x16\x04.\r")
    console.send("\x04")
    console.prompt()
    assert "|abc word!.....|" in console.command("hexdump -C /tmp/typed")
    assert "61 62 63 20 77 6f 72 64  21 0a 03 04 2e 0a" in console.command("hexdump -C /tmp/typed")


def test_control_keys_reach_the_foreground_group(boot):
    """^C ends what runs, ^Z stops it, ^S and ^Q hold and release its output, a flood of output does not drown ^C."""
    console = boot(console=True, add=[(machine.TERMINAL_SIDE, "/bin/terminal_side")], **QUICK)
    console.prompt()
    start(console, "sleep 1000")
    console.send("\x03")
    console.prompt()
    assert "130" in console.command("echo $?")
    start(console, "cat")
    console.send("held\x13\r\x11")
    console.expect(rb"held\r+\nheld\r+\n")
    console.send("\x03")
    console.prompt()
    start(console, "terminal_side")
    console.expect(rb"foreground\r+\n")
    console.send("\x1a")
    console.expect("Stopped")
    console.prompt()
    console.sendline("bg")
    console.expect(rb"background\r+\n")
    console.sendline("fg")
    console.expect(rb"foreground\r+\n")
    console.send("\x03")
    console.prompt()
    assert "130" in console.command("echo $?")
    start(console, "yes")
    console.expect(rb"y\r+\ny\r+\ny\r+\n")
    console.send("\x03")
    console.prompt()
    assert "alive" in console.command("echo ali''ve")


class Monitor:
    """QEMU's own console, on a socket."""

    PROMPT = b"(qemu) "

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(machine.COMMAND_SECONDS)
        self.socket.connect(str(path))
        self.answer()

    def answer(self):
        said = b""
        while not said.endswith(self.PROMPT):
            said += self.socket.recv(65536)
        return said.decode()

    def command(self, line):
        self.socket.sendall(line.encode() + b"\n")
        return self.answer()

    def type(self, console, keys):
        """Keys with what each echoes: the next one comes when the guest has taken it, for the keyboard holds but a few."""
        for key, echo in keys:
            self.command(f"sendkey {key}")
            console.expect(echo)

    def screen(self):
        """The text memory of the adapter, row by row; what is shown is part of it."""
        words = re.findall(r"0x([0-9a-f]{4})\b", self.command("xp /16320hx 0xb8000").partition("\n")[2])
        text = "".join(chr(int(word, 16) & 0xff) for word in words)
        return [text[at:at + 80].rstrip() for at in range(0, len(text), 80)]


def test_keyboard_and_screen_are_part_of_the_console(boot, tmp_path):
    """What is typed on the PS/2 keyboard runs as if typed on the serial line, and its output shows on both."""
    console = boot(console=True, qemu=["-vga", "std", "-monitor", f"unix:{tmp_path / 'monitor'},server=on,wait=off"],
                   **QUICK)
    console.prompt()
    monitor = Monitor(tmp_path / "monitor")
    monitor.type(console, [*zip("echo", "echo"), ("spc", " "), ("shift-h", "H"), ("x", "x"), ("backspace", "\b"), ("i", "i"),
                           ("shift-1", "!")])
    monitor.command("sendkey ret")
    console.expect(rb"\nHi!\r+\n")
    console.prompt()
    console.command("seq 300; printf '\\033[31mr\\033[1med\\033[0m\\n'; echo the last li''ne")
    rows = monitor.screen()
    assert "the last line" in rows and "red" in rows and "300" in rows
    start(console, "sleep 1000")
    monitor.command("sendkey ctrl-c")
    console.prompt()


@pytest.fixture
def second_disk(tmp_path):
    """A disk whose size is no multiple of a page, with its ends marked."""
    image = tmp_path / "second.img"
    image.write_bytes(b"THE BEGINNING" + bytes(1030144 - 13 - 7) + b"THE END")
    return image


@pytest.mark.parametrize("device", ["", "vectors=0", "disable-legacy=on,queue-size=8,seg-max-adjust=off"])
def test_disk_works_in_every_variant(boot, second_disk, device):
    """Interrupts by message or by the shared line, a long queue or one of eight: files are read back as written."""
    disk = "virtio-blk-pci,drive=second" + ("," + device if device else "")
    options = ["-drive", f"id=second,if=none,format=raw,file={second_disk}", "-device", disk]
    if "vectors" in device:
        options += ["-global", "virtio-blk-pci.vectors=0"]
    guest = boot(memory=128, smp=2, qemu=options)
    assert guest.ok("head -c 13 /dev/vdb; tail -c 7 /dev/vdb").output == "THE BEGINNINGTHE END"
    assert guest.ok("cat /bin/* > /tmp/all & cat /dev/vdb > /tmp/disk; wait; cat /bin/* | cmp - /tmp/all && "
                    "cmp /dev/vdb /tmp/disk && echo same").lines[-1] == "same"
    guest.ok("echo new text > /dev/vdb && sync")
    guest.poweroff()
    assert second_disk.read_bytes()[:13] == b"new text\nNING"


def test_disk_that_fails_is_an_error_and_no_panic(boot, second_disk, tmp_path):
    """A read error of the disk is EIO for the program; the machine goes on."""
    (tmp_path / "faults").write_text('[inject-error]\nevent = "read_aio"\nerrno = "5"\n')
    drive = (f"driver=raw,if=virtio,file.driver=blkdebug,file.config={tmp_path / 'faults'},"
             f"file.image.filename={second_disk}")
    guest = boot(qemu=["-drive", drive], **QUICK)
    done = guest.run("cat /dev/vdb")
    assert done.status != 0 and "Input/output error" in done.output
    assert guest.ok("echo on").output == "on\n"


def test_read_only_disk_refuses_writes(boot, second_disk):
    """A disk that the host gives read-only can be read, and a write to it is refused."""
    guest = boot(qemu=["-drive", f"if=virtio,readonly=on,format=raw,file={second_disk}"], **QUICK)
    assert guest.ok("head -c 13 /dev/vdb").output == "THE BEGINNING"
    assert guest.run("echo x > /dev/vdb").status != 0
