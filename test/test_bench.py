"""scripts/bench: one program, measured on Faultline and on Linux in the same QEMU."""

import json
import subprocess
import sys

import pytest

import debian
import machine

sys.path.insert(0, str(machine.ROOT / "scripts"))
from host import bench  # noqa: E402  (the path above comes first)

pytestmark = pytest.mark.release

OURS = {"icount": {"fast": (10, 0.0), "slow": (30, 0.0), "ours alone": (1, 0.0)}, "tcg": {"fast": (100, 0.0), "slow": (100, 0.0)}}
LINUX = {"icount": {"fast": (40, 0.0), "slow": (15, 0.0)}, "tcg": {"fast": (100, 0.0), "slow": (250, 0.0)}}


def test_the_table_has_both_kernels_and_the_ratio():
    """A ratio above 1 says that Linux takes longer; what only one of them did is no line."""
    lines = bench.ratio_table(OURS, LINUX).splitlines()
    assert lines[2:] == ["| fast | 10 | 40 | 4.00 | 100 | 100 | 1.00 |", "| slow | 30 | 15 | 0.50 | 100 | 250 | 2.50 |"]


def test_what_is_slower_than_linux_is_named():
    assert bench.slower_than_linux(OURS, LINUX) == ["slow (icount): 0.50"]


def test_a_wrong_result_is_an_error():
    with pytest.raises(bench.BenchError, match="wrong result"):
        bench.parse("null system call        WRONG: token (3 faults in 1 operations)\n")


def test_the_same_program_runs_on_linux(tmp_path):
    """`scripts/bench --linux` boots Debian's kernel with our benchmark and prints both; the JSON has them too."""
    debian.package("linux-image-686")
    file = tmp_path / "bench.json"
    done = subprocess.run([machine.ROOT / "scripts" / "bench", "--linux", "--mode", "tcg", "-r", "1", "--json", file, "null system"],
                          capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    assert "Linux/Faultline" in done.stdout.splitlines()[0]
    line = json.loads(file.read_text())["tcg"]["null system call"]
    assert line["ticks"] > 0 and line["linux"] > 0
    assert f"| null system call | {line['ticks']:,} | {line['linux']:,} | " in done.stdout


@pytest.mark.parametrize("words, message", [(["--mode", "none"], "invalid choice"), (["--repeats", "0"], "must be 1 to 31")])
def test_a_wrong_call_is_explained(words, message):
    done = subprocess.run([machine.ROOT / "scripts" / "bench", *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and message in done.stderr
