#!/usr/bin/env python3
"""Puts the output of a real run into docs/lecture.md, or checks that what stands there is what a run prints.

A block of the page begins with a line that calls the tool; what follows in the block is its output:
    ```
    / # slides cow
    ...
    ```
Frames, process numbers and addresses that depend on the compiler differ between runs: comparing, they count as equal.
"""

import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "lecture.md"
BLOCK = re.compile(r"^```\n/ # slides (?P<name>\w+)\n(?P<output>.*?)^```$", re.MULTILINE | re.DOTALL)
TITLE = re.compile(r"^---- Slide (?P<number>\d+): (?P<title>.*) ----$", re.MULTILINE)
SECTION = re.compile(r"^## (?P<number>\d+)\. (?P<title>.*)$", re.MULTILINE)


def split_slides(text):
    """The output of `slides all`, by slide: name -> output. The name is the last word of the slide's command line."""
    starts = [found.start() for found in TITLE.finditer(text)] + [len(text)]
    found = {}
    for start, end in zip(starts, starts[1:]):
        part = text[start:end]
        command = re.search(r"^\$ (.*)$", part, re.MULTILINE)[1]
        found[command.split()[-1]] = part
    return found


def titles_of(text):
    return [(int(found["number"]), found["title"]) for found in TITLE.finditer(text)]


def normalized(text):
    """The text without what differs between two runs or two compilers."""
    text = re.sub(r"\bpid \d+", "pid #", text)
    text = re.sub(r"\bon cpu \d+", "on cpu #", text)
    text = re.sub(r"\b(?:0x)?[0-9a-f]{5,}\b", "#", text)  # entries, frames, addresses; VPNs with them
    lines = []
    for line in text.splitlines():
        if "[ok]" not in line:
            line = re.sub(r"\b\d{2,}\b", "#", line)  # counts that depend on the program's size or the machine
        lines.append(re.sub(r"  +", " ", line.rstrip()))
    return "\n".join(lines)


def differences(page_text, outputs, titles):
    """What of the page is not what the run printed, a line each."""
    blocks = {found["name"]: found["output"] for found in BLOCK.finditer(page_text)}
    sections = [(int(found["number"]), found["title"]) for found in SECTION.finditer(page_text)]
    if sections != titles:
        wrong = next((pair for pair in zip(sections + [None], titles + [None]) if pair[0] != pair[1]), None)
        yield f"the page's headings and the list of slides differ at {wrong}"
    for name, output in outputs.items():
        if name not in blocks:
            yield f"slide {name} is missing"
            continue
        ours, theirs = normalized(blocks[name]).splitlines(), normalized(output).splitlines()
        for number, (old, new) in enumerate(zip(ours + [""] * len(theirs), theirs + [""] * len(ours))):
            if old != new:
                yield f"slide {name}, line {number + 1}: the page has {old!r}, the run printed {new!r}"
                break
    for name in blocks:
        if name not in outputs:
            yield f"there is no slide {name}"


def filled(page_text, outputs):
    """The page with the run's outputs, and the headings with the numbers and titles that they belong to."""
    sections = re.split(r"^(?=## )", page_text, flags=re.MULTILINE)
    for place, section in enumerate(sections):
        block = BLOCK.search(section)
        output = outputs.get(block["name"]) if block else None
        if output is None:
            continue
        title = TITLE.search(output)
        section = BLOCK.sub(lambda _: f"```\n/ # slides {block['name']}\n{output.rstrip()}\n```", section)
        sections[place] = SECTION.sub(lambda _: f"## {title['number']}. {title['title']}", section)
    return "".join(sections)


def run_all():
    done = subprocess.run([ROOT / "scripts" / "run", "-c", "slides all"], stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        sys.exit(f"slides all: status {done.returncode}")
    return done.stdout.decode()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the page differs from a run")
    options = parser.parse_args()
    text = run_all()
    outputs, page_text = split_slides(text), PAGE.read_text()
    if not options.check:
        page_text = filled(page_text, outputs)
        PAGE.write_text(page_text)
    complaints = list(differences(page_text, outputs, titles_of(text)))
    print("\n".join(complaints), file=sys.stderr, end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
