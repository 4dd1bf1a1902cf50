#!/usr/bin/env python3
"""Checks that every include points down the floors of the kernel, never up.

A file of a floor may include its own floor and lower ones, by a path from the root ("mm/region.h").
boot/ may include every floor. user/ may include no kernel header; it knows the system-call table and errno.
Each breach is printed as file:line with the rule it breaks, and the exit status is 1.
"""

import argparse
import pathlib
import re
import sys

FLOORS = ["lib", "arch", "core", "mm", "dev", "fs", "kernel"]
TOP = ["boot", "user"]
SUFFIXES = {".h", ".cpp", ".c", ".S", ".def"}
USER_MAY_INCLUDE = {"kernel/syscalls.def", "lib/errno.h", "lib/errno.def"}
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')


def breach(floor, target):
    """The rule that this include breaks, or None."""
    room = target.split("/")[0] if "/" in target else ""
    if floor == "user":
        if room in FLOORS + ["boot"] and target not in USER_MAY_INCLUDE:
            return f"user/ knows the system-call table and errno only, not {room}/"
        return None
    if ".." in target.split("/") or room not in FLOORS + ["boot"]:
        return 'an include is a full path from the root, as in "mm/region.h"'
    if floor == "boot":
        return None
    if room == "boot":
        return f"{floor}/ may not include boot/"
    if FLOORS.index(room) > FLOORS.index(floor):
        return f"{floor}/ (floor {FLOORS.index(floor) + 1}) may not include {room}/ (floor {FLOORS.index(room) + 1}): includes point down"
    return None


def check_file(root, path):
    floor = path.relative_to(root).parts[0]
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        found = INCLUDE.match(line)
        rule = breach(floor, found.group(1)) if found else None
        if rule:
            yield f'{path.relative_to(root)}:{number}: #include "{found.group(1)}": {rule}'


def check_tree(root):
    for floor in FLOORS + TOP:
        for path in sorted((root / floor).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                yield from check_file(root, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent,
                        help="the tree to check (default: this one)")
    parser.add_argument("--stamp", type=pathlib.Path, help="a file to touch when all is well")
    options = parser.parse_args()
    breaches = list(check_tree(options.root))
    for line in breaches:
        print(line, file=sys.stderr)
    if not breaches and options.stamp:
        options.stamp.touch()
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
