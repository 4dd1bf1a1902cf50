#!/usr/bin/env python3
"""Checks the lock annotations (GUARDED_BY, REQUIRES) of every kernel file with clang's thread-safety analysis.

Nothing is built: clang only reads. Exit status 1 where an annotation is broken."""

import argparse
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLOORS = ["lib", "arch", "core", "mm", "dev", "fs", "kernel", "boot"]
FLAGS = ["-fsyntax-only", "-Wthread-safety", "-Werror", "--target=i686-linux-gnu", "-std=c++17", "-m32", "-march=i686",
         "-ffreestanding", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics", "-mgeneral-regs-only",
         "-nostdinc++", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Wold-style-cast", "-Wswitch-enum",
         "-Wtype-limits"]


def check(clang, path, flags):
    """(path, complaints); no complaints, no breach."""
    done = subprocess.run([clang, *FLAGS, *flags, f"-I{ROOT}", path], cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode == 0, done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", help="files to check (default: every .cpp of the kernel)")
    parser.add_argument("--debug", action="store_true", help="as the debug build compiles them")
    options = parser.parse_args()
    clang = shutil.which("clang++")
    if not clang:
        print("clang++ is missing: run scripts/setup test", file=sys.stderr)
        return 1
    flags = ["-DFAULTLINE_DEBUG=1"] if options.debug else []
    files = options.files or [str(path.relative_to(ROOT)) for floor in FLOORS
                              for path in sorted((ROOT / floor).rglob("*.cpp"))]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for fine, complaints in pool.map(lambda path: check(clang, path, flags), files):
            if not fine:
                failed += 1
                print(complaints, file=sys.stderr)
    print(f"{len(files)} files checked, {failed} with complaints")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
