"""scripts/bench: what Faultline's operations cost, in guest instructions (-icount) and in plain TCG.

Boots the release build twice, runs /bin/bench in it, prints one table and writes JSON. The aims are docs/performance.md's.
With --linux the same program also runs on Debian's Linux in the same QEMU, and the table has the ratios.
"""

import argparse
import json
import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from host import build, guest, linux  # noqa: E402

# Guest instructions for one operation, under -icount. Where they come from: docs/performance.md.
AIMS = {
    "null system call": 80,
    "fork + exit + wait, 64 KiB dirty": 20_000,
    "fork + exit + wait, 4 MiB dirty": 45_000,
    "fork + exit + wait, 32 MiB dirty": 280_000,
    "fork + exec + exit + wait": 45_000,
    "vfork + exec + exit + wait": 35_000,
    "fork + exec + exit + wait, 64 MiB, cow": 300_000,  # a fiftieth of stock's
    "demand-zero fault (page)": 1_250,
    "first read of an anonymous page": 200,
    "munmap of touched memory (page)": 60,
    "brk shrink (page)": 60,
    "copy-on-write break (page)": 1_300,
    "copy-on-write, last owner (page)": 200,
    "private file mapping, cached, read (page)": 60,
    "mmap + munmap, untouched": 1_000,
    "mprotect of 16 pages": 500,
    "read 4 KiB, cached": 1_200,
    "pread 4 KiB, cached": 1_200,
    "write, per 4 KiB, cached": 1_250,
    "open + close": 1_200,
    "stat": 700,
    "create 1 KiB file": 6_000,
    "unlink it": 2_500,
    "pipe round trip between two processes": 1_500,
    "pipe, per 4 KiB": 2_300,
    "context switch through pipes (hop)": 750,
    "signal to self, handler, return": 500,
    "SIGSEGV, handler, mprotect, retry": 1_000,
    "boot to the first command (ms, virtual)": 120,
    "memory used at the first command (KiB)": 6 * 1024,
}
BOOT = "boot to the first command (ms, virtual)"
MEMORY = "memory used at the first command (KiB)"
POLICIES = "64 MiB, "  # in the names of what asks for one of Faultline's policies
BOOTS = 3
LINE = re.compile(r"^(\S.*\S)\s{2,}(\d+)\s+(\d+\.\d\d)$")


class BenchError(Exception):
    """The benchmark could not run, or found a wrong result."""


def parse(text):
    """bench's lines: {name: (ticks, faults)}. A line that says WRONG is an error."""
    found = {}
    for line in text.splitlines():
        if " WRONG: " in line:
            raise BenchError(f"the benchmark found a wrong result: {line}")
        match = LINE.match(line)
        if match:
            found[match[1]] = (int(match[2]), float(match[3]))
    return found


def memory_used_kib(meminfo):
    """RAM less free less page cache, in KiB."""
    values = {name: int(value) for name, value in re.findall(r"^(\w+):\s+(\d+) kB", meminfo, re.MULTILINE)}
    return values["MemTotal"] - values["MemFree"] - values["Cached"] - values.get("Buffers", 0)


def boot_settings(memory):
    """Instructions count, and waiting for the host (its disk, its answer on the control line) takes the time that it takes."""
    return guest.Settings(memory=memory, smp=1, append="", icount=True, icount_sleep=True)


def boot_milliseconds(built, memory):
    """Virtual time at the first command: one tick is one nanosecond. The median of several boots."""
    ticks = []
    for _ in range(BOOTS):
        output = bytearray()
        with guest.Guest(boot_settings(memory), built, on_output=output.extend) as machine:
            machine.start()
            machine.wait_until_ready(time.monotonic() + 300)
            machine.run("bench --tsc", 300)
            ticks.append(int(output.decode()))
            machine.poweroff()
    return sorted(ticks)[BOOTS // 2] // 1_000_000


def linux_boot_milliseconds(built, memory):
    said = linux.run(boot_settings(memory), built.stage / "bin" / "bench", "true", 3600)
    return int(re.search(r"^(\d+)$", said, re.MULTILINE)[1]) // 1_000_000


def measure(built, icount, names, repeats, memory):
    """One boot, everything measured in it."""
    settings = guest.Settings(memory=memory, smp=1, append="", icount=icount)
    output = bytearray()
    machine = guest.Guest(settings, built, on_output=output.extend)
    started = time.monotonic()

    def run(command, timeout=1800):
        output.clear()
        status = machine.run(command, timeout)
        text = output.decode(errors="replace")
        if status != 0:
            raise BenchError(f"{command!r} ended with status {status}:\n{text}")
        return text

    with machine:
        machine.start()
        machine.wait_until_ready(time.monotonic() + 300)
        found = {}
        meminfo = run("cat /proc/meminfo")
        quoted = " ".join(f"'{name}'" for name in names)
        found.update(parse(run(f"bench -r {repeats} {quoted}")))
        if not names:
            if icount:
                found[BOOT] = (boot_milliseconds(built, memory), 0.0)
            found[MEMORY] = (memory_used_kib(meminfo), 0.0)
        machine.poweroff()
    print(f"bench: {'-icount' if icount else 'plain TCG'} took {time.monotonic() - started:.0f} s", file=sys.stderr)
    return found


def measure_linux(built, icount, ours, repeats, memory):
    """What `ours` has, measured by the same program on Linux, but for what needs a call of Faultline's own."""
    started = time.monotonic()
    wanted = [name for name in ours if POLICIES not in name and name not in (BOOT, MEMORY)]
    quoted = " ".join(f"'={name}'" for name in wanted)
    settings = guest.Settings(memory=memory, smp=1, append="", icount=icount)
    said = linux.run(settings, built.stage / "bin" / "bench", f"/bin/bench --any-faults -r {repeats} {quoted}", 3600)
    found = parse(said)
    if missing := [name for name in wanted if name not in found]:
        raise BenchError(f"Linux did not measure {missing[0]!r}:\n{said[-2000:]}")
    if BOOT in ours:
        found[BOOT] = (linux_boot_milliseconds(built, memory), 0.0)
    if MEMORY in ours:
        found[MEMORY] = (memory_used_kib(said), 0.0)
    print(f"bench: Linux, {'-icount' if icount else 'plain TCG'} took {time.monotonic() - started:.0f} s", file=sys.stderr)
    return found


def ratio_table(results, linux_results):
    """Markdown: both kernels side by side; a ratio above 1 says that Linux takes longer."""
    titles = {"icount": "instructions", "tcg": "plain TCG ticks"}
    modes = list(results)
    rows = ["| operation (per) | " + " | ".join(f"Faultline, {titles[mode]} | Linux | Linux/Faultline" for mode in modes) + " |",
            "|---" + "|--:" * (3 * len(modes)) + "|"]
    for name in dict.fromkeys(name for mode in modes for name in results[mode] if name in linux_results[mode]):
        cells = [name]
        for mode in modes:
            ours, theirs = (found[mode].get(name, (None, None))[0] for found in (results, linux_results))
            known = ours is not None and theirs is not None
            cells += [f"{ours:,}", f"{theirs:,}", f"{theirs / max(ours, 1):.2f}"] if known else ["", "", ""]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def slower_than_linux(results, linux_results):
    """Sentences about what Faultline takes longer for."""
    return [f"{name} ({mode}): {theirs[name][0] / found[name][0]:.2f}"
            for mode, found in results.items() for theirs in [linux_results[mode]]
            for name in found if name in theirs and theirs[name][0] < found[name][0]]


def table(results):
    """The results as Markdown."""
    rows = ["| operation (per) | instructions | faults | aim | of aim | plain TCG ticks |", "|---|--:|--:|--:|--:|--:|"]
    names = list(dict.fromkeys(name for mode in results.values() for name in mode))
    for name in names:
        exact, faults = results.get("icount", {}).get(name, (None, None))
        plain = results.get("tcg", {}).get(name, (None, None))[0]
        aim = AIMS.get(name)
        ratio = f"{exact / aim:.2f}" if exact is not None and aim else ""
        cells = [name, f"{exact:,}" if exact is not None else "", f"{faults:.2f}" if faults is not None else "",
                 f"{aim:,}" if aim else "", ratio, f"{plain:,}" if plain is not None else ""]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def parser():
    made = argparse.ArgumentParser(prog="scripts/bench", description="Measures Faultline under QEMU: guest instructions "
                                   "(-icount shift=0,sleep=off) and ticks in plain TCG. Prints a table, writes JSON.")
    made.add_argument("names", nargs="*", metavar="NAME", help="only benchmarks whose name contains NAME")
    made.add_argument("--mode", choices=["icount", "tcg", "both"], default="both", help="default: both")
    made.add_argument("-r", "--repeats", type=int, default=5, metavar="N", help="median of N runs, 1 to 31 (default 5)")
    made.add_argument("--json", default=None, metavar="FILE", help="where to write (default build/bench.json)")
    made.add_argument("--linux", action="store_true", help="the same program on Debian's Linux (package linux-image-686, started "
                      "lean) in the same QEMU; the table has both and their ratio")
    made.add_argument("-m", "--memory", default="512", help="memory of the guest, as for QEMU (default 512)")
    return made


def main(arguments):
    options = parser().parse_args(arguments)
    if not 1 <= options.repeats <= 31:
        parser().error("--repeats must be 1 to 31")
    try:
        build.setup()
        built = build.build("release")
        modes = ["icount", "tcg"] if options.mode == "both" else [options.mode]
        wanted = (options.names, options.repeats, options.memory)
        results = {mode: measure(built, mode == "icount", *wanted) for mode in modes}
        linux_results = {mode: measure_linux(built, mode == "icount", results[mode], *wanted[1:]) for mode in modes} if options.linux else {}
    except (BenchError, linux.LinuxError, build.BuildError, guest.GuestError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(ratio_table(results, linux_results) if options.linux else table(results))
    for line in slower_than_linux(results, linux_results) if options.linux else []:
        print(f"bench: slower than Linux: {line}", file=sys.stderr)
    path = pathlib.Path(options.json or build.BUILD / "bench.json")
    path.write_text(json.dumps({mode: {name: {"ticks": value[0], "faults": value[1], "aim": AIMS.get(name),
                                              "linux": linux_results.get(mode, {}).get(name, (None,))[0]}
                                       for name, value in found.items()} for mode, found in results.items()}, indent=1))
    print(f"bench: written to {path}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
