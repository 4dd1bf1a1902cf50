"""The tree keeps its own rules: includes, format, lock annotations, slide names, and scripts that explain themselves."""

import re
import subprocess

import pytest

import machine

pytestmark = pytest.mark.release  # nothing here boots a kernel

ROOT = machine.ROOT
SCRIPTS = ["run", "test", "setup", "image", "gdb", "bench", "format", "check_layers.py", "check_thread_safety.py",
           "slide_names.py", "symbols.py", "debian-fetch", "debian-root"]


def script(name, *arguments, **options):
    return subprocess.run([ROOT / "scripts" / name, *map(str, arguments)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)


# ---- Layers ----


def test_layers_of_this_tree_point_down():
    """No file includes a header of a higher floor."""
    done = script("check_layers.py")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path, line, rule", [
    ("mm/fault.cpp", '#include "kernel/process.h"', "mm/ (floor 4) may not include kernel/ (floor 7)"),
    ("lib/format.cpp", '#  include "arch/x86.h"', "lib/ (floor 1) may not include arch/ (floor 2)"),
    ("fs/path.cpp", '#include "inode.h"', "full path from the root"),
    ("fs/ext2/volume.cpp", '#include "../inode.h"', "full path from the root"),
    ("kernel/main.cpp", '#include "boot/boot_paging.h"', "may not include boot/"),
    ("user/bin/ls.c", '#include "mm/frame.h"', "user/ knows the system-call table and errno only"),
])
def test_layers_when_an_include_points_up_then_the_line_and_rule_are_named(tmp_path, path, line, rule):
    """A breach is reported as file:line with the rule it breaks."""
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(f"// A file.\n{line}\n")
    done = script("check_layers.py", "--root", tmp_path)
    assert done.returncode == 1
    assert f"{path}:2: " in done.stdout and rule in done.stdout


def test_layers_when_an_include_points_down_then_nothing_is_said(tmp_path):
    """Lower floors and the own floor are fine, and boot may include all."""
    for path, line in (("mm/fault.cpp", '#include "mm/fault.h"'), ("mm/heap.cpp", '#include "core/log.h"'),
                       ("boot/boot_paging.cpp", '#include "kernel/main.h"'), ("lib/a.h", "#include <stdint.h>")):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(line + "\n")
    done = script("check_layers.py", "--root", tmp_path)
    assert (done.returncode, done.stdout) == (0, "")


# ---- Format, lock annotations ----


def test_format_of_this_tree():
    """clang-format would change nothing."""
    done = script("format", "--check")
    assert done.returncode == 0, done.stdout[:6000]


@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["release", "debug"])
def test_lock_annotations_hold_for_clang(debug):
    """clang's thread-safety analysis finds every guarded field used under its lock."""
    done = script("check_thread_safety.py", *debug)
    assert done.returncode == 0, done.stdout[:10000]


def test_lock_annotations_when_a_guarded_field_is_touched_without_its_lock_then_clang_says_so(tmp_path):
    """The check would notice: the annotations are not empty for clang."""
    file = tmp_path / "bad.cpp"
    file.write_text('''
#include "lib/annotations.h"
class CAPABILITY("mutex") Lock {};
struct Counter {
    Lock lock;
    int value GUARDED_BY(lock);
};
int peek(Counter& counter);
int peek(Counter& counter) { return counter.value; }
''')
    done = script("check_thread_safety.py", file)
    assert done.returncode == 1
    assert "requires holding" in done.stdout, done.stdout


# ---- Slide names ----


def test_every_lock_is_in_the_order_that_is_documented():
    """docs/locking.md has a row for each rank of core/lock_rank.h, in that order, and names each file that has a lock of it."""
    enumerators = re.search(r"enum class LockRank.*?\{(.*?)\n\};", (ROOT / "core/lock_rank.h").read_text(), re.DOTALL).group(1)
    ranks = re.findall(r"^    (\w+),", enumerators, re.MULTILINE)
    page = (ROOT / "docs/locking.md").read_text()
    rows = {rank: text for names, text in re.findall(r"^\| (\w+(?:, \w+)*) \| (.*) \|$", page, re.MULTILINE)
            for rank in names.split(", ")}
    assert [rank for rank in rows if rank in ranks] == ranks
    for floor in ("arch", "core", "dev", "fs", "kernel", "lib", "mm"):
        for path in sorted([*(ROOT / floor).rglob("*.h"), *(ROOT / floor).rglob("*.cpp")]):
            for rank in re.findall(r"(?:SpinLock|SleepLock) [\w:]+\s*\{\s*LockRank::(\w+)", path.read_text()):
                assert str(path.relative_to(ROOT)) in rows[rank], f"{path.relative_to(ROOT)}: a lock of rank {rank}"


def test_slide_names_are_tagged_and_their_page_is_fresh():
    """Every name of the slides is found in docs/slide-names.md, made from the declarations' tags."""
    done = script("slide_names.py", "--check")
    assert done.returncode == 0, done.stdout


def test_slide_names_from_tags(tmp_path):
    """The page names our function with its class, the file, and what differs."""
    (tmp_path / "mm").mkdir()
    (tmp_path / "mm" / "page_table.h").write_text('''
class PageDirectory {
public:
    // Null where no table is there.
    Pte* find(UserPage page) const;  // xv6: walkpgdir; never allocates
    // xv6: mappages, takes frames
    [[nodiscard]] Result<void> map(UserPage page,
                                   Frame frame);
};
constexpr u32 kPageSize = 4096;  // xv6: PGSIZE
constexpr u32 page_round_up(u32 value) { return (value + 4095) & ~4095u; }  // xv6: PGROUNDUP
''')
    assert script("slide_names.py", "--root", tmp_path).returncode == 0
    rows = [line for line in (tmp_path / "docs" / "slide-names.md").read_text().splitlines() if line.startswith("| `")]
    assert rows == [
        "| `PGROUNDUP` | `page_round_up` | [mm/page_table.h](../mm/page_table.h) |  |",
        "| `walkpgdir` | `PageDirectory::find` | [mm/page_table.h](../mm/page_table.h) | never allocates |",
        "| `mappages` | `PageDirectory::map` | [mm/page_table.h](../mm/page_table.h) | takes frames |",
        "| `PGSIZE` | `kPageSize` | [mm/page_table.h](../mm/page_table.h) |  |",
    ]
    done = script("slide_names.py", "--check", "--root", tmp_path)
    assert done.returncode == 1
    assert "no declaration is tagged `// xv6: copyuvm`" in done.stdout
    assert "walkpgdir" not in done.stdout and "stale" not in done.stdout


# ---- The kernel file ----


def test_kernel_carries_its_own_symbols():
    """The second link moved no function, so the embedded addresses are true."""
    built = machine.built()
    done = script("symbols.py", "--nm", "nm", "--verify", built.directory / "symbols.S", built.kernel)
    assert done.returncode == 0, done.stdout
    assert len(re.findall(r"\.asciz", (built.directory / "symbols.S").read_text())) > 100


# ---- Scripts ----


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_explain_themselves(name):
    """--help prints how to use it and succeeds."""
    done = script(name, "--help")
    assert done.returncode == 0
    assert "usage: " in done.stdout.lower()


@pytest.mark.parametrize("name", ["run", "setup", "image", "gdb", "format"])
def test_scripts_when_an_option_is_unknown_then_they_say_so(name):
    """A wrong option is an error with status 2, and nothing is done."""
    done = script(name, "--no-such-option", *(["out.img"] if name == "image" else []))
    assert done.returncode == 2
    assert "--no-such-option" in done.stdout


def test_setup_when_nothing_is_missing_then_does_nothing():
    """scripts/setup is silent where everything is installed (it was, to get here)."""
    done = script("setup")
    assert (done.returncode, done.stdout) == (0, "")
