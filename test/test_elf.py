"""Hostile programs: each field of the ELF headers, made wrong, gets ENOEXEC (or a clean kill), and the kernel goes on."""

import struct

import pytest

import machine
from test_memory import expect_frames_back

EHDR = "<16sHHIIIIIHHHHHH"
FIELDS = {  # name: (offset in the file, size)
    "type": (16, 2), "machine": (18, 2), "version": (20, 4), "entry": (24, 4), "phoff": (28, 4), "phentsize": (42, 2),
    "phnum": (44, 2), "p_offset": (52 + 4, 4), "p_vaddr": (52 + 8, 4), "p_filesz": (52 + 16, 4), "p_memsz": (52 + 20, 4),
    "p_align": (52 + 28, 4), "ident_class": (4, 1), "ident_data": (5, 1), "magic": (0, 1)}
VALUES = [0, 1, 3, 0x7fffffff, 0x80000000, 0xfffff000, 0xffffffff, 0x7ffff000]


def tiny_program():
    """A program that exits with 0, in one segment."""
    code = bytes.fromhex("b801000000" "31db" "cd80")  # mov $1,%eax; xor %ebx,%ebx; int $0x80
    size = 52 + 32 + len(code)
    ident = b"\x7fELF\x01\x01\x01" + bytes(9)
    header = struct.pack(EHDR, ident, 2, 3, 1, 0x08048000 + 84, 52, 0, 0, 52, 32, 1, 0, 0, 0)
    segment = struct.pack("<8I", 1, 0, 0x08048000, 0x08048000, size, size, 5, 0x1000)
    return header + segment + code


def variants():
    yield "good", tiny_program()
    for name, (offset, size) in FIELDS.items():
        for value in VALUES:
            program = bytearray(tiny_program())
            program[offset:offset + size] = (value & ((1 << 8 * size) - 1)).to_bytes(size, "little")
            yield f"{name}-{value:x}", bytes(program)
    for length in (0, 4, 51, 52, 60, 83, 84):
        yield f"short-{length}", tiny_program()[:length]


@pytest.fixture(scope="module")
def guest(tmp_path_factory):
    directory = tmp_path_factory.mktemp("elf")
    added = []
    for name, program in variants():
        path = directory / name
        path.write_bytes(program)
        path.chmod(0o755)
        added.append((path, f"/elf/{name}"))
    one = machine.Machine(machine.settings(add=added), machine.built())
    yield one.boot()
    one.close()


def test_the_good_one_runs(guest):
    """The unchanged program runs."""
    assert guest.run("/elf/good").status == 0


def test_every_hostile_field_is_survived(guest):
    """All variants are refused or die alone; afterwards the good one still runs and no frame is lost."""
    done = guest.run("for f in /elf/*; do $f 2>/dev/null; echo $f $?; done", timeout=300)
    statuses = dict(line.rsplit(" ", 1) for line in done.lines if line.startswith("/elf/"))
    assert len(statuses) == len(list(variants()))
    assert statuses["/elf/good"] == "0"
    for name in ("magic-0", "type-1", "machine-0", "p_vaddr-80000000", "p_memsz-0", "p_filesz-ffffffff", "phnum-0"):
        assert statuses[f"/elf/{name}"] != "0", name
    expect_frames_back(guest, "for f in /elf/*; do $f; done >/dev/null 2>&1")
