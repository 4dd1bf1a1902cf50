"""/proc and /sys: the files that procps, busybox, glibc and LTP read, in the formats of this machine's own Linux."""

import re

import pytest

import debian


def shape(text):
    """A text without its values: numbers and hexadecimal words become N, blanks in rows one blank."""
    text = re.sub(r"\b(?:0x)?[0-9a-f]*[0-9][0-9a-f]*\b|\bunlimited\b", "N", text)
    return re.sub(r"[ \t]+", " ", text)


def keys(text):
    """The first word of each line."""
    return [line.split(":")[0].split()[0] for line in text.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def files(kernel):
    """Files of the guest, read by one shell: path -> text."""
    paths = """/proc/self/stat /proc/self/statm /proc/self/status /proc/self/limits /proc/self/mountinfo
        /proc/self/mounts /proc/self/oom_score /proc/self/oom_score_adj /proc/self/oom_adj /proc/self/personality
        /proc/self/fdinfo/1 /proc/self/cgroup /proc/self/comm /proc/self/cmdline /proc/loadavg /proc/uptime /proc/stat
        /proc/meminfo /proc/partitions /proc/diskstats /proc/interrupts /proc/devices /proc/filesystems /proc/version
        /proc/swaps /proc/syscalls /proc/sys/fs/file-nr /proc/sys/fs/nr_open /proc/sys/kernel/pid_max
        /proc/sys/kernel/random/uuid /proc/sys/kernel/random/boot_id /proc/sys/kernel/printk /proc/sys/kernel/tainted
        /proc/sys/vm/overcommit_memory /sys/devices/system/cpu/online /sys/devices/system/cpu/possible
        /sys/devices/system/cpu/cpu0/topology/thread_siblings_list /sys/block/vda/size /sys/block/vda/stat""".split()
    done = kernel.run("for f in " + " ".join(paths) + "; do echo \"=== $f\"; cat $f; echo; done", timeout=120)
    parts = re.split(r"^=== (\S+)\n", done.output, flags=re.MULTILINE)[1:]
    return {path: text[:-1] for path, text in zip(parts[::2], parts[1::2])}


def host(path):
    with open(path) as file:
        return file.read()


@pytest.mark.parametrize("path", [
    "/proc/self/statm", "/proc/self/limits", "/proc/self/oom_score", "/proc/self/oom_score_adj", "/proc/self/oom_adj",
    "/proc/self/personality", "/proc/self/fdinfo/1", "/proc/loadavg", "/proc/uptime", "/proc/sys/fs/file-nr",
    "/proc/sys/fs/nr_open", "/proc/sys/kernel/pid_max", "/proc/sys/kernel/printk", "/proc/sys/kernel/tainted",
    "/proc/sys/vm/overcommit_memory"])
def test_shape_is_linux(files, path):
    """The same words, as many numbers, the same separators."""
    assert shape(files[path]) == shape(host(path))


def test_stat_has_the_fields_of_linux(files):
    """52 fields, the name in brackets, and numbers that agree with what the process is."""
    fields = re.fullmatch(r"(\d+) \((.*)\) (\w) (.*)\n", files["/proc/self/stat"])
    rest = fields.group(4).split()
    assert len(rest) == 49 == len(host("/proc/self/stat").rpartition(") ")[2].split()) - 1
    assert fields.group(2) == "sh" or fields.group(2) == "cat"
    assert rest[14] == "20" and rest[16] == "1"  # priority, threads


def test_status_has_the_lines_of_linux(files):
    """Linux's lines in Linux's order, but for what a kernel may have been built without."""
    ours, theirs = keys(files["/proc/self/status"]), keys(host("/proc/self/status"))
    common = [key for key in theirs if key in ours]
    assert [key for key in ours if key in theirs] == common
    missing = set(theirs) - set(ours) - {"Kthread", "HugetlbPages", "untag_mask", "Speculation_Store_Bypass",
                                         "SpeculationIndirectBranch", "x86_Thread_features",
                                         "x86_Thread_features_locked"}
    assert not missing


def test_machine_files(files):
    """Files of which only the kind of lines is the same everywhere."""
    assert {"cpu", "cpu0", "intr", "ctxt", "btime", "processes", "procs_running", "procs_blocked"} <= set(
        keys(files["/proc/stat"]))
    assert len(files["/proc/stat"].splitlines()[0].split()) == len(host("/proc/stat").splitlines()[0].split()) == 11
    assert {"MemTotal", "MemFree", "MemAvailable", "Buffers", "Cached", "SwapTotal", "SwapFree"} <= set(
        keys(files["/proc/meminfo"]))
    assert files["/proc/partitions"].startswith("major minor  #blocks  name\n\n 254        0 ")
    assert len(files["/proc/diskstats"].split()) == 20
    assert len(files["/sys/block/vda/stat"].split()) == 17
    assert re.search(r"^ *CPU0", files["/proc/interrupts"]) and re.search(r"^ *\d+: +\d+", files["/proc/interrupts"],
                                                                         re.MULTILINE)
    assert "Character devices:\n  1 mem\n" in files["/proc/devices"] and "Block devices:\n" in files["/proc/devices"]
    assert re.match(r"Linux version \d+\.\d+\.\d+", files["/proc/version"])
    uuid = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\n"
    assert re.fullmatch(uuid, files["/proc/sys/kernel/random/uuid"])
    assert re.fullmatch(uuid, files["/proc/sys/kernel/random/boot_id"])
    assert re.fullmatch(r"0(-\d)?\n", files["/sys/devices/system/cpu/online"])
    assert files["/sys/devices/system/cpu/possible"] == files["/sys/devices/system/cpu/online"]


def test_mounts_agree(files):
    """Each line of mountinfo is one of mounts; ids differ and parents exist."""
    mounts = [line.split() for line in files["/proc/self/mounts"].splitlines()]
    info = [line.split() for line in files["/proc/self/mountinfo"].splitlines()]
    assert [(line[8], line[4], line[7]) for line in info] == [(m[0], m[1], m[2]) for m in mounts]
    ids = {line[0] for line in info}
    assert len(ids) == len(info) and all(line[1] in ids | {"1"} for line in info)
    assert {m[1] for m in mounts} >= {"/", "/proc", "/sys", "/dev"}


def test_system_calls_are_counted(kernel, files):
    """Number, name, count; what is not there has no name and is named once in the log."""
    lines = [line.split() for line in files["/proc/syscalls"].splitlines()]
    counts = {name: int(count) for _, name, count in lines}
    assert counts["read"] > 10 and counts["execve"] >= 1 and dict((line[1], line[0]) for line in lines)["read"] == "3"
    done = kernel.run("/tests/syscalls; /tests/syscalls; grep -c 'call 223 is' /dev/null; grep '^223 ' /proc/syscalls;"
                      " dmesg | grep -c 'call 223 is not there'", timeout=300)
    assert "ENOSYS\nENOSYS\n" in done.output and "223 - 2\n" in done.output and done.output.endswith("1\n"), done.console


def test_writes_and_refusals(kernel):
    """What may be written is obeyed, the rest refused as on Linux."""
    done = kernel.run("/tests/procfiles", timeout=300)
    assert done.output == "right\n" and done.status == 0, done.output + done.console


def test_the_killer_spares_and_prefers(kernel):
    """oom_score follows oom_score_adj."""
    done = kernel.run("sleep 100 & echo 500 > /proc/$!/oom_score_adj; cat /proc/$!/oom_score;"
                      " echo -1000 > /proc/$!/oom_score_adj; cat /proc/$!/oom_score; kill $!", timeout=300)
    assert [int(word) for word in done.output.split()[:2]] == [1000, 0]


def test_top_shows_who_is_busy(kernel):
    """Sorted by use since the last look, the busy one on top."""
    done = kernel.run("yes > /dev/null & until grep -q yes /proc/$!/comm; do true; done; top -b -n 2 -d 1; kill $!", timeout=120)
    second = done.output.split("COMMAND\n")[2].splitlines()
    assert second[0].split()[-1] == "yes" and float(second[0].split()[5]) > 30, done.output


def test_busybox_reads_it_all(boot):
    """ps, top, free and uptime of Debian's static busybox."""
    busybox = next(debian.package("busybox-static").glob("**/bin/busybox"))
    guest = boot(add=[(busybox, "/bin/busybox")])
    done = guest.run("busybox ps; busybox top -b -n 1; busybox free; busybox uptime; busybox nproc", timeout=300)
    assert done.status == 0, done.console
    assert re.search(r"^ +1 root +/bin/init", done.output, re.MULTILINE)
    assert re.search(r"^Mem: \d+K used, \d+K free", done.output, re.MULTILINE)
    assert re.search(r"^ +\d+ +\d+ root +R .*busybox top", done.output, re.MULTILINE)
    assert re.search(r"load average: \d+\.\d\d, ", done.output)
