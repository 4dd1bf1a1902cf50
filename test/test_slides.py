"""The lecture as programs: `slides` lists them, runs them, and fails when reality differs from the slide."""

import importlib.util
import re

import pytest

import machine


def load_lecture():
    """scripts/lecture.py, which is no module of a package."""
    spec = importlib.util.spec_from_file_location("lecture", machine.ROOT / "scripts" / "lecture.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


lecture = load_lecture()
PAGE = machine.ROOT / "docs" / "lecture.md"

# What the lecture has, in its order: the slide's name, and lines that its output must have. Each "[ok]" line was compared
# by the slide itself, with values that it read from the kernel.
SLIDES = {
    "layout": ["[ok] the program begins at: 0x0", "[ok] pages of stack: 1", "[ok] what is below the stack: guard page", "[ok] pages of guard: 1", "[ok] code begins at: 0x8048000",
               "[ok] the stack ends at KERNBASE: 0x80000000"],
    "v2p": ["[ok] places of the direct map (one in 4 MiB) that are not P2V: 0", "[ok] two virtual addresses, one frame"],
    "entries": ["[ok] flags of the PDE (P W U A): 0x27", "[ok] flags of the PTE (P W U A D): 0x67",
                "[ok] what the frame of the PDE is: page table"],
    "entryaddress": ["[ok] pages that show the variable's frame: 1"],
    "setpte": ["[ok] the entry before: 0x0", "[ok] read at va: what was written through mem: 0x12345678",
               "[ok] read through mem: what was written at va: 0x9abcdef0",
               "[ok] bits that the CPU has set since (A, D): 0x60"],
    "toplevel": ["  is present (valid)", "  is writable (may be overridden in the next level)",
                 "  is user-accessible (may be overridden in the next level)",
                 "[ok] what lies at its base address: page table"],
    "walkpgdir": ["  2. present: no", "[ok] its PDE: 0x0", "[ok] flags of the new PDE (P W U): 0x7",
                  "[ok] what its frame is: page table"],
    "permissions": ["[ok] a write: works", "[ok] a write: kills", "[ok] flags of the PDE, still: 0x7"],
    "mappages": ["[ok] PDE of the last page: 0x0", "[ok] valid pages: 4", "[ok] these are two tables",
                 "[ok] mmap that must not replace fails (EEXIST)"],
    "kalloc": ["[ok] it is not free while it is mapped", "[ok] it is free after munmap"],
    "phystop": ["[ok] 224 MB: 0xe000000", "[ok] frames below 224 MB: 57344"],
    "kmap": ["[ok] entries of the kernel's half that differ: 0", "[ok] entries of the upper half with U: 0",
             "[ok] the kernel's text and read-only data are without W"],
    "proghdr": ["[ok] its contents come from: /demos/proghdr", "[ok] its rights are the header's flags: 5",
                "[ok] its rights are the header's flags: 3"],
    "execphases": ["[ok] it has another page directory", "[ok] the arguments that phase 5 copied: /demos/execphases stopped",
                   "[ok] frames of the old program that it still has: 0", "[ok] guard pages: 1",
                   "[ok] every page of program and stack is valid at once"],
    "allocuvm": ["[ok] the kernel's line: allocuvm out of memory", "[ok] sbrk returns -1", "[ok] frames lost: 0",
                 "[ok] the heap's end has not moved"],
    "loaduvm": ["[ok] valid pages: exec has loaded them: 2", "[ok] they hold the file's bytes", "[ok] the frames differ"],
    "growproc": ["[ok] valid pages of the heap: 1", "[ok] valid pages of the heap: 3", "[ok] frames that deallocuvm freed: 2"],
    "fastcopy": ["[ok] frames that both show: 1024", "[ok] fork took fewer than 100 frames", "[ok] frames that both show: 0",
                 "[ok] fork took at least 1024 frames"],
    "guardpage": ["[ok] it is not the user's", "[ok] err: 5", "[ok] err: 7", "[ok] addr is in the guard page"],
    "skipguard": ["[ok] the signal that ends it (SIGSEGV): 11", "[ok] err: the page is present, a write, user: 7",
                  "[ok] the signal that ends it: none, the guard page was skipped: 0",
                  "[ok] err, but for read or write: the page is present, user: 5", "[ok] err: not present, a write, user: 6",
                  "[ok] and within the gap"],
    "sbrk": ["[ok] bytes by which the end moved: 8192", "[ok] valid pages: 2", "[ok] its frame was free at once",
             "[ok] sbrk(0x7fffffff) returns -1"],
    "killline": ["[ok] trap: 14", "[ok] err: 6", "[ok] eip: 0x1a", "[ok] addr: 0x800444"],
    "retry": ["[ok] faults: 1", "[ok] 0 + 5, added once: 5", "[ok] faults: 3", "[ok] every byte arrived",
              "[ok] eip pointed at the store itself"],
    "growstack": ["[ok] VPN 0x7FFFB is not valid", "[ok] valid pages, VPN 0x7FFFC to 0x7FFFF: 4", "[ok] faults: 1",
                  "[ok] VPN 0x7FFFB is valid and writable"],
    "lazyheap": ["[ok] valid pages: 0", "[ok] valid pages: 1", "[ok] frames filled with zeroes: 1"],
    "lazyload": ["[ok] valid pages: 0", "[ok] pages fetched from the program's file: 1", "[ok] valid pages: 1",
                 "[ok] what the function returned: 42"],
    "cow": ["[ok] frames that both show: 5", "[ok] frames that both show: 4", "[ok] frames copied: 1"],
    "cowcases": ["[ok] the signal that ends the writer (SIGSEGV): 11", "[ok] owners of the frame: 2",
                 "[ok] frames copied: 1", "[ok] owners of the frame: 1", "[ok] entries made writable: 1"],
    "stackarray": ["[ok] frames for the array: 8", "[ok] bytes allocated: 32768", "[ok] frames for the array: 9"],
    "cowframes": ["[ok] frames of both processes: 8", "[ok] frames of both processes: 9"],
    "cachehit": ["[ok] faults that read from the disk: 1", "[ok] faults that read from the disk: 0",
                 "[ok] both mappings show the same frame", "[ok] owners of the frame: 1"],
    "backing": ["[ok] offset in the file: 12288", "[ok] backing: private memory", "[ok] backing: zeroes",
                "[ok] backing: nothing"],
    "frameinfo": ["[ok] entries that show it: 1", "[ok] entries that show it: 2", "[ok] owners: 3", "[ok] it is dirty"],
    "evict": ["[ok] valid pages: 8", "[ok] page 0 is not valid any more", "[ok] a fault read it from the disk",
              "[ok] the byte read: 'e'"],
}


@pytest.mark.parametrize("name", SLIDES)
def test_slide_is_what_the_slide_says(kernel, name):
    """`slides NAME` shows the slide on this machine; everything is as the slide says."""
    done = kernel.ok(f"slides {name}")
    for line in SLIDES[name]:
        assert f"  {line}\n" in done.output, f"no line {line!r} in:\n{done.output}"
    assert "DIFFERS" not in done.output
    assert done.output.endswith("\nAs the slide says.\n")


@pytest.mark.parametrize("command, difference", [
    ("vm stock lazyheap", "valid pages: the slide says 0, here it is 5"),
    ("vm full sbrk", "valid pages: the slide says 2, here it is 0"),
    ("vm full growproc", "valid pages of the heap: the slide says 1, here it is 0"),
    ("vm stock fastcopy", "frames that both show: the slide says 1024, here it is 0"),
    ("vm full lazyload", "valid pages: the slide says 0, here it is"),
    ("vm stock cow", "frames that both show: the slide says 5, here it is 0"),
])
def test_slide_fails_where_reality_differs(kernel, command, difference):
    """Under another policy a slide comes out otherwise: the status is not 0, and a line says what differs."""
    done = kernel.run(command)
    name = command.split()[-1]
    assert done.status == 1
    assert f"{name}: differs from the slide: {difference}" in done.output


def test_kill_line_is_the_slides_to_the_letter(kernel):
    """pid 4 processname: trap 14 err 6 on cpu 0 eip 0x1a addr 0x800444--kill proc: only pid and CPU are this machine's."""
    console = kernel.ok("slides killline").console
    pattern = r"^pid \d+ processname: trap 14 err 6 on cpu \d eip 0x1a addr 0x800444--kill proc$"
    assert re.search(pattern, console, re.MULTILINE), console


def test_slides_lists_the_lecture(kernel):
    """`slides` alone lists every slide of the lecture, one a line, its number first; a number runs the same one."""
    lines = kernel.ok("slides").lines
    assert [line.split()[1] for line in lines] == list(SLIDES)
    assert [int(line.split()[0]) for line in lines] == list(range(1, len(SLIDES) + 1))
    number = list(SLIDES).index("cow") + 1
    assert f"---- Slide {number}: Copy-on-write" in kernel.ok(f"slides {number}").output


def test_slide_of_224_mb_shows_the_slides_machine(boot):
    """With mem=224M the machine has the slide's 57,344 frames and no others."""
    assert "  [ok] frames in all, with mem=224M: 57344\n" in boot(append="mem=224M").ok("slides phystop").output


def frames_of_programs(machine):
    """Frames that programs use; caches of the kernel's own come and go, most of all with the slide on eviction."""
    text = machine.ok("cat /proc/vmstat").output
    return {name: int(re.search(rf"^{name} (\d+)$", text, re.MULTILINE)[1])
            for name in ("nr_anon_pages", "nr_page_table_pages", "nr_page_directories")}


@pytest.mark.parametrize("memory, smp, options", [
    (64, 1, ""), (1024, 4, "vm=stock"), (256, 2, "vm=cow fault_around=4K"), (240, 2, "evict=fifo")])
def test_the_whole_lecture_on_another_machine(boot, memory, smp, options):
    """`slides all` succeeds with one CPU and four, whatever the machine's policy, and loses no frame of programs; only the
    slide on 224 MB fails where there is less memory than that."""
    machine = boot(memory=memory, smp=smp, append=options)
    before = frames_of_programs(machine)
    done = machine.run("slides all", timeout=300)
    failed = re.findall(r"^(\w+: (?:differs|cannot).*)$", done.output, re.MULTILINE)
    assert [line.split(":")[0] for line in failed] == (["phystop"] if memory < 224 else []), failed
    assert frames_of_programs(machine) == before


def test_slides_into_a_file_come_out_the_same(kernel):
    """With the output in a file, whose pages take up frames that a slide has just freed, every slide succeeds too."""
    done = kernel.run("for i in 1 2 3; do slides all > /tmp/slides.out 2>&1 || cat /tmp/slides.out; done", timeout=300)
    assert done.output == "", [line for line in done.lines if "differs" in line or "cannot" in line]


def test_slides_knows_what_it_has(kernel):
    """A slide that does not exist is an error; --help explains; -c says what one would type."""
    done = kernel.run("slides 99")
    assert done.status == 1 and "there is no slide 99" in done.output
    assert kernel.run("slides nonsense").status == 1
    assert kernel.ok("slides --help").output.startswith("Usage: slides")
    assert kernel.ok("growstack --help").output.startswith("Usage: growstack")
    commands = kernel.ok("slides -c all").lines
    assert len(commands) == len(SLIDES) and commands[-1].endswith(list(SLIDES)[-1])


def test_lecture_page_shows_what_a_run_prints(kernel):
    """docs/lecture.md has each slide's output, as a run prints it now (but for frames and process numbers)."""
    text = kernel.ok("slides all", timeout=300).output
    assert list(lecture.differences(PAGE.read_text(), lecture.split_slides(text), lecture.titles_of(text))) == []


def test_lecture_page_is_compared_to_the_letter():
    """A line that a run does not print is found; another frame or process number is not a difference."""
    run = "---- Slide 1: One ----\n$ vm full one\n  [ok] pid 7 has frame 0x00123 in 8 pages\n"
    outputs, titles = lecture.split_slides(run), lecture.titles_of(run)
    page = "## 1. One\n\n```\n/ # slides one\n" + run + "```\n"
    assert list(lecture.differences(page.replace("pid 7", "pid 12").replace("123", "fff"), outputs, titles)) == []
    assert list(lecture.differences(page.replace("8 pages", "9 pages"), outputs, titles))
    assert list(lecture.differences(page.replace("## 1.", "## 2."), outputs, titles))
    assert list(lecture.differences("", outputs, titles))


def test_lecture_page_names_code_that_exists():
    """Each "Read:" of the page names files of the tree, and functions or types that stand in them."""
    paragraphs = re.findall(r"^Read: (.*?)\n\n", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert len(paragraphs) == len(SLIDES)
    for paragraph in paragraphs:
        paths = [machine.ROOT / path for path in re.findall(r"\b(?:arch|core|mm|kernel|user)/[\w./]*\w", paragraph)]
        assert paths and all(path.is_file() for path in paths), paragraph
        text = "".join(path.read_text() for path in paths)
        for name in re.findall(r"`([\w:]+)(?:\(\))?`", paragraph):
            assert name.split("::")[-1] in text, f"{name} is not in {paths}"
