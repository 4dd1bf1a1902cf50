#!/usr/bin/env python3
"""Writes docs/slide-names.md: where the names of a course's slides (xv6's) are found in this kernel.

A declaration that plays a classic role ends with a tag, or has it on the line above:
    Pte* find(UserPage page) const;  // xv6: walkpgdir; find_or_create() is the one with alloc set
What follows a comma or semicolon says what differs.
"""

import argparse
import dataclasses
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ["lib", "arch", "core", "mm", "dev", "fs", "kernel", "boot"]
SUFFIXES = {".h", ".cpp", ".S", ".def"}
PAGE = pathlib.Path("docs/slide-names.md")
REQUIRED = """V2P P2V PGROUNDUP PGROUNDDOWN PDX PTX PTE_ADDR PTE_FLAGS kmap walkpgdir mappages setupkvm switchuvm
allocuvm deallocuvm loaduvm copyuvm freevm kalloc kfree growproc proghdr is_address_okay setup_page_table_entry_for
output_top_level_pte_for""".split()
TAG = re.compile(r"(?://|/\*)\s*xv6:\s*(.*?)\s*(?:\*/)?$")
HEADING = """# Slide names

Courses on xv6 speak of `walkpgdir` and `copyuvm`. Faultline has the same ideas under its own names. This table is
made from tags in the declarations (`// xv6: name`) by `scripts/slide_names.py`; a test keeps it true.

| On the slide | Here | File | What differs |
|---|---|---|---|
"""


@dataclasses.dataclass
class Entry:
    slide_name: str
    our_name: str
    file: str
    line: int
    difference: str


def declared_name(code):
    """The name that a declaration declares: a function's, a type's, or a variable's."""
    code = re.sub(r"\b(alignas|__attribute__|REQUIRES|EXCLUDES|ACQUIRE|RELEASE)\s*\([^()]*\)", "", code)
    code = re.sub(r"\[\[.*?\]\]", "", code)
    code = re.sub(r"^\s*template\s*<[^>]*>\s*", "", code)
    for pattern in (r"^\s*SYSCALL\(\s*\d+\s*,\s*(\w+)", r"^\s*#\s*define\s+(\w+)", r"\b(?:class|struct|enum class|enum)\s+(\w+)",
                    r"([\w:~]*\boperator\s*\S+?|[A-Za-z_][\w:]*)\s*\(", r"^\s*using\s+(\w+)", r"^\s*\.?(?:globl)?\s*(\w+):?\s*$",
                    r"([A-Za-z_]\w*)\s*(?:\[[^]]*\]\s*)?(?:=|\{|;|,|$)"):
        found = re.search(pattern, code)
        if found:
            return found.group(1)
    return code.strip()


def without_comment(line):
    return re.sub(r"//.*$", "", line).rstrip()


def declaration_around(lines, at):
    """The whole declaration that has line `at` as one of its lines (formatters wrap long ones), and its first line."""
    first = at
    if without_comment(lines[at]).strip() == "}":  # the end of a function whose body stands in between
        while first > 0 and not re.match(r"[A-Za-z].*\(.*\)$", lines[first]):
            first -= 1
        return without_comment(lines[first]), first
    while first > 0 and without_comment(lines[first - 1]) and without_comment(lines[first - 1])[-1] not in ";{}:>":
        first -= 1
    last = at
    while last + 1 < len(lines) and not re.search(r"[;{]", without_comment(" ".join(lines[first:last + 1]))):
        last += 1
    return " ".join(without_comment(line).strip() for line in lines[first:last + 1]), first


def enclosing_type(lines, at):
    """The class or struct around line `at`, by indentation: the nearest less indented one above."""
    indent = len(lines[at]) - len(lines[at].lstrip())
    for line in reversed(lines[:at]):
        found = re.match(r"(\s*)(?:template\s*<.*>\s*)?(?:class|struct)\s+(?:\w+\(.*?\)\s+|\[\[.*?\]\]\s*)*(\w+)[^;]*$", line)
        if found and len(found.group(1)) < indent:
            return found.group(2)
        if line and not line[0].isspace() and line[0] not in "}#/p" and indent:
            return None  # some other block of the file's own level
    return None


def declaration_at(lines, at):
    """Index of the line that the tag on line `at` speaks of: its own, or the next that is not a comment."""
    if not lines[at].lstrip().startswith(("//", "/*")):
        return at
    while at + 1 < len(lines):
        at += 1
        if lines[at].strip() and not lines[at].strip().startswith(("//", "template")):
            break
    return at


def entries_of(path, root):
    lines = path.read_text(errors="replace").splitlines()
    for number, line in enumerate(lines):
        tag = TAG.search(line)
        if not tag:
            continue
        code, at = declaration_around(lines, declaration_at(lines, number))
        ours = declared_name(code)
        owner = enclosing_type(lines, at)
        if owner and "::" not in ours and owner != ours:
            ours = f"{owner}::{ours}"
        for part in re.split(r"\s*(?://)?\s*xv6:\s*", tag.group(1)):
            name, _, difference = re.sub(r"^([\w.]+(?:\(\))?)\s*[,;:]?\s*", r"\1\0", part).partition("\0")
            yield Entry(name, ours, str(path.relative_to(root)), number + 1, difference)


def all_entries(root):
    found = []
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                found += entries_of(path, root)
    order = {name: place for place, name in enumerate(REQUIRED)}
    return sorted(found, key=lambda entry: (order.get(entry.slide_name, len(order)), entry.slide_name, entry.file, entry.our_name))


def table(entries):
    rows = [f"| `{entry.slide_name}` | `{entry.our_name}` | [{entry.file}](../{entry.file}) | "
            f"{entry.difference.replace('|', chr(92) + '|')} |" for entry in entries]
    return HEADING + "\n".join(rows) + "\n"


def check(entries, page):
    """What is wrong, a line each."""
    tagged = {entry.slide_name for entry in entries}
    for name in REQUIRED:
        if name not in tagged:
            yield f"no declaration is tagged `// xv6: {name}`"
    if not page.exists():
        yield f"{PAGE} is missing: run scripts/slide_names.py"
    elif page.read_text() != table(entries):
        yield f"{PAGE} is stale: run scripts/slide_names.py"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a name lacks a tag or the page is stale")
    parser.add_argument("--root", type=pathlib.Path, default=ROOT, help="the tree (default: this one)")
    options = parser.parse_args()
    entries = all_entries(options.root)
    page = options.root / PAGE
    if options.check:
        complaints = list(check(entries, page))
        print("\n".join(complaints), file=sys.stderr, end="\n" if complaints else "")
        return 1 if complaints else 0
    page.parent.mkdir(exist_ok=True)
    page.write_text(table(entries))
    return 0


if __name__ == "__main__":
    sys.exit(main())
