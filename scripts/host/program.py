#!/usr/bin/env python3
"""scripts/build-program: builds a program of the user's own for Faultline, with the compiler and the library of the build."""

import argparse
import collections
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from host import build  # noqa: E402  (the path above comes first)

EXIT_FAILED = 1
EXIT_USAGE = 2
LANGUAGES = {".c": "c", ".cpp": "c++", ".cc": "c++", ".S": "assembly", ".s": "assembly", ".o": "ready", ".a": "ready"}

EPILOG = """\
FILE is C (.c), C++ (.cpp, .cc), assembly (.S, .s), an object (.o) or a library of objects (.a).

Without --xv6 a program sees Faultline's C library: stdio.h, stdlib.h, unistd.h, sys/mman.h, faultline.h and so on.
With --xv6 it is a program as for xv6 on the x86: C and assembly that includes types.h, stat.h, user.h, fcntl.h and
their kin, linked at address 0, started at main, which ends by exit(); docs/xv6.md tells the rest.

exit status:
  0   built     1   the program has errors     2   bad arguments     126   Faultline itself could not be built

examples:
  scripts/build-program hello.c                 makes hello
  scripts/run --add hello -c hello              puts it into the image as /bin/hello and runs it
  scripts/build-program --xv6 cow.c -o cow && scripts/run --add cow -c cow
  scripts/build-program main.c list.c -Iinclude -DDEBUG=1 -o tool
"""


class ProgramError(Exception):
    """A request that cannot be met, in words for the user."""


def parser():
    made = argparse.ArgumentParser(
        prog="scripts/build-program", description="Build a program that runs on Faultline.", epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    add = made.add_argument
    add("files", nargs="+", metavar="FILE", type=pathlib.Path, help="what it is made of")
    add("-o", dest="output", metavar="OUT", type=pathlib.Path,
        help="the program (default: the first FILE's name without its ending, in this directory)")
    add("--xv6", action="store_true", help="a program as for xv6: its headers, its library, its layout of memory")
    add("-I", dest="include", action="append", default=[], metavar="FOLDER", help="look for headers here as well")
    add("-D", dest="define", action="append", default=[], metavar="NAME[=VALUE]", help="define a macro")
    for letter, example in (("O", "-O0"), ("f", "-fstack-clash-protection"), ("W", "-Werror")):
        add(f"-{letter}", dest=f"words_{letter}", action="append", default=[], metavar="...",
            help=f"as for the compiler: {example}")
    add("-v", dest="verbose", action="store_true", help="show the commands")
    return made


def check(options):
    """Complains of what the compiler would report less clearly."""
    for file in options.files:
        if file.suffix not in LANGUAGES:
            raise ProgramError(f"{file}: not a file that a program is made of "
                               f"(say one that ends in {', '.join(LANGUAGES)})")
        if not file.exists():
            raise ProgramError(f"{file}: no such file")
        if not file.is_file():
            raise ProgramError(f"{file}: not a file")
        if options.xv6 and LANGUAGES[file.suffix] == "c++":
            raise ProgramError(f"{file}: programs for xv6 are written in C or assembly")
    output = options.output or pathlib.Path(options.files[0].stem)
    if output.is_dir():
        raise ProgramError(f"{output}: is a directory (say -o OUT)")
    if not output.parent.is_dir():
        raise ProgramError(f"{output.parent}: no such directory")
    if any(output.resolve() == file.resolve() for file in options.files):
        raise ProgramError(f"{output}: would overwrite what it is made of (say -o OUT)")
    return output


def words_of(built):
    """{kind: words} as the build wrote them (user/own_programs.cmake)."""
    words = collections.defaultdict(list)
    for line in (built.directory / "user" / "program-words").read_text().splitlines():
        kind, _, word = line.partition(" ")
        words[kind].append(word)
    return words


def execute(command, verbose):
    command = [str(word) for word in command]
    if verbose:
        print(" ".join(command), file=sys.stderr)
    if subprocess.run(command).returncode != 0:
        raise ProgramError(None)  # the compiler has said what is wrong


def compile_command(options, words, file, target):
    language = LANGUAGES[file.suffix]
    kind = "xv6" if options.xv6 else "unix"
    chosen = words["compile"] + words[f"compile-{kind}"] + words[f"compile-{kind}-{language}"]
    # The user's folders first: a program may bring a header of its own.
    own = [f"-I{folder}" for folder in options.include] + [f"-D{name}" for name in options.define]
    last = [f"-{letter}{word}" for letter in "OfW" for word in getattr(options, f"words_{letter}")]
    return words["compiler"] + own + chosen + last + ["-c", file, "-o", target]


def build_program(options, words, output):
    kind = "xv6" if options.xv6 else "unix"
    with tempfile.TemporaryDirectory(prefix="faultline-program-") as directory:
        objects = []
        for number, file in enumerate(options.files):
            target = file
            if LANGUAGES[file.suffix] != "ready":
                target = pathlib.Path(directory) / f"{number}-{file.stem}.o"
                execute(compile_command(options, words, file, target), options.verbose)
            objects.append(target)
        # Linked beside its place, so that a failure leaves an older program as it was.
        partial = output.with_name(f".{output.name}.{os.getpid()}")
        try:
            execute(words["compiler"] + words["link"] + words[f"link-{kind}"] + words[f"first-{kind}"] + objects +
                    ["-Wl,--start-group"] + words[f"library-{kind}"] + ["-Wl,--end-group", "-o", partial],
                    options.verbose)
            partial.replace(output)
        finally:
            partial.unlink(missing_ok=True)


def main(arguments):
    options = parser().parse_args(arguments)
    try:
        output = check(options)
        build.setup("run")
        build_program(options, words_of(build.build("release")), output)
    except build.BuildError as error:
        print(error, file=sys.stderr)
        return build.EXIT_NOT_BUILT
    except ProgramError as error:
        if error.args[0] is None:
            return EXIT_FAILED
        print(f"build-program: {error}", file=sys.stderr)
        return EXIT_USAGE
    except OSError as error:
        print(f"build-program: {error.filename}: {error.strerror}", file=sys.stderr)
        return EXIT_USAGE
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
