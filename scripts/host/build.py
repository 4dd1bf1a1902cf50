#!/usr/bin/env python3
"""Builds a preset, quietly unless it fails. One build at a time in each build folder."""

import argparse
import contextlib
import dataclasses
import fcntl
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("FAULTLINE_BUILD") or ROOT / "build").resolve()  # elsewhere: two builds at once
PATIENCE_SECONDS = 1.5  # a build that takes longer is announced
EXIT_NOT_BUILT = 126


class BuildError(Exception):
    """The build failed; the text is the tools' own."""


@dataclasses.dataclass(frozen=True)
class Built:
    """Where a preset's results are."""

    directory: pathlib.Path

    @property
    def kernel(self):
        return self.directory / "faultline.elf"

    @property
    def kernel_without_debug_info(self):
        return self.directory / "faultline.stripped.elf"

    @property
    def image(self):
        return self.directory / "root.img"

    @property
    def stage(self):
        return self.directory / "root"


def kernel_preset(debug):
    """The build to boot: the debug one if asked for here, or for everything by FAULTLINE_KERNEL=debug."""
    return "debug" if debug or os.environ.get("FAULTLINE_KERNEL") == "debug" else "release"


def setup(*parts):
    """Installs missing packages; a glance when nothing is missing."""
    if subprocess.run([ROOT / "scripts" / "setup", *(parts or ("run",))]).returncode != 0:
        raise BuildError("setup failed")


@contextlib.contextmanager
def locked(directory):
    directory.mkdir(parents=True, exist_ok=True)
    with open(directory / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def warnings_are_fatal():
    return any(os.environ.get(name, "").upper() in ("1", "ON", "TRUE", "YES") for name in ("FAULTLINE_WERROR", "CI"))


def does_something(output):
    """Is there anything to do, by what the tools have said so far? Looking for new files and at the image is done always."""
    steps = [int(last) for last in re.findall(rb"^\[\d+/(\d+)\]", output or b"", re.MULTILINE)]
    return max(steps) > 2 if steps else bool(output)


def run_quietly(command, what):
    """Runs a build command; its output is shown only if it fails. One that does something, and takes long, is announced: to
    find that there is nothing to do may take long as well, on a busy machine."""
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace") as process:
        announced, output = False, None
        while output is None:
            try:
                output, _ = process.communicate(timeout=PATIENCE_SECONDS)
            except subprocess.TimeoutExpired as so_far:
                if not announced and does_something(so_far.output):
                    announced = True
                    print(f"building {what}...", file=sys.stderr, flush=True)
    if process.returncode != 0:
        raise BuildError(f"{output.rstrip()}\nbuilding {what} failed")
    return output


def configure(preset, directory):
    cache = directory / "CMakeCache.txt"
    werror = "ON" if warnings_are_fatal() else "OFF"
    text = cache.read_text() if cache.exists() else ""
    known = re.search(r"^FAULTLINE_WERROR:BOOL=(\w+)$", text, re.M)
    if (directory / "build.ninja").exists() and known and known.group(1) == werror:
        return
    run_quietly(["cmake", "--preset", preset, "-B", directory, f"-DFAULTLINE_WERROR={werror}"], f"{preset} (configuring)")


def build(preset="release"):
    """Configures if need be, builds everything, and says where it is."""
    directory = BUILD / preset
    try:
        with locked(directory):
            configure(preset, directory)
            run_quietly(["cmake", "--build", directory], preset)
    except FileNotFoundError as error:
        raise BuildError(f"{error.filename} is missing: run scripts/setup") from error
    return Built(directory)


def build_unit_tests():
    """The host's own project, with the native compiler and sanitizers."""
    directory = BUILD / "unit"
    with locked(directory):
        if not (directory / "build.ninja").exists():
            run_quietly(["cmake", "-G", "Ninja", "-S", ROOT / "test" / "unit", "-B", directory],
                        "unit tests (configuring)")
        run_quietly(["cmake", "--build", directory], "unit tests")
    return directory


def main():
    parser = argparse.ArgumentParser(description="Build presets: release, debug, unit (the host's tests).")
    parser.add_argument("preset", nargs="+", choices=("release", "debug", "unit"))
    options = parser.parse_args()
    try:
        for preset in options.preset:
            if preset == "unit":
                build_unit_tests()
            else:
                build(preset)
    except BuildError as error:
        print(error, file=sys.stderr)
        return EXIT_NOT_BUILT
    return 0


if __name__ == "__main__":
    sys.exit(main())
