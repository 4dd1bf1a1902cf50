"""The lecture as programs: `slides` lists them, runs them, and fails when reality differs from the slide."""

import re

import pytest

# What the lecture has, in its order: the slide's name, and lines that its output must have. Each "[ok]" line was compared
# by the slide itself, with values that it read from the kernel.
SLIDES = {
    "entries": ["[ok] flags of the PDE (P W U A): 0x27", "[ok] flags of the PTE (P W U A D): 0x67",
                "[ok] what the frame of the PDE is: page table"],
    "entryaddress": ["[ok] pages that show the variable's frame: 1"],
    "toplevel": ["  is present (valid)", "  is writable (may be overridden in the next level)",
                 "  is user-accessible (may be overridden in the next level)",
                 "[ok] what lies at its base address: page table"],
    "walkpgdir": ["  2. present: no", "[ok] its PDE: 0x0", "[ok] flags of the new PDE (P W U): 0x7",
                  "[ok] what its frame is: page table"],
    "permissions": ["[ok] a write: works", "[ok] a write: kills", "[ok] flags of the PDE, still: 0x7"],
    "growstack": ["[ok] VPN 0x7FFFB is not valid", "[ok] valid pages, VPN 0x7FFFC to 0x7FFFF: 4", "[ok] faults: 1",
                  "[ok] VPN 0x7FFFB is valid and writable"],
    "lazyheap": ["[ok] valid pages: 0", "[ok] valid pages: 1", "[ok] frames filled with zeroes: 1"],
    "cow": ["[ok] frames that both show: 5", "[ok] frames that both show: 4", "[ok] frames copied: 1"],
    "cowcases": ["[ok] the signal that ends the writer (SIGSEGV): 11", "[ok] owners of the frame: 2",
                 "[ok] frames copied: 1", "[ok] owners of the frame: 1", "[ok] entries made writable: 1"],
    "stackarray": ["[ok] frames for the array: 8", "[ok] bytes allocated: 32768", "[ok] frames for the array: 9"],
    "cowframes": ["[ok] frames of both processes: 8", "[ok] frames of both processes: 9"],
}


@pytest.mark.parametrize("name", SLIDES)
def test_slide_is_what_the_slide_says(kernel, name):
    """`slides NAME` shows the slide on this machine; everything is as the slide says."""
    done = kernel.ok(f"slides {name}")
    for line in SLIDES[name]:
        assert f"  {line}\n" in done.output, f"no line {line!r} in:\n{done.output}"
    assert "DIFFERS" not in done.output
    assert done.output.endswith("\nAs the slide says.\n")


def test_slides_lists_the_lecture(kernel):
    """`slides` alone lists every slide of the lecture, one a line, its number first; a number runs the same one."""
    lines = kernel.ok("slides").lines
    assert [line.split()[1] for line in lines] == list(SLIDES)
    assert [int(line.split()[0]) for line in lines] == list(range(1, len(SLIDES) + 1))
    number = list(SLIDES).index("cow") + 1
    assert f"---- Slide {number}: Copy-on-write" in kernel.ok(f"slides {number}").output


def test_slides_knows_what_it_has(kernel):
    """A slide that does not exist is an error; --help explains; -c says what one would type."""
    done = kernel.run("slides 99")
    assert done.status == 1 and "there is no slide 99" in done.output
    assert kernel.run("slides nonsense").status == 1
    assert kernel.ok("slides --help").output.startswith("Usage: slides")
    assert kernel.ok("growstack --help").output.startswith("Usage: growstack")
    commands = kernel.ok("slides -c all").lines
    assert len(commands) == len(SLIDES) and commands[-1].endswith(list(SLIDES)[-1])
