"""The kernel's ext2, name cache and page cache, compiled as a program for this machine, against a model and e2fsck."""

import random
import shutil
import subprocess

import pytest

import machine

pytestmark = pytest.mark.release  # nothing here boots a kernel

HOST = machine.build.ROOT / "test" / "host"
KINDS = {
    "1k": ["-b", "1024", "-I", "128", "16M"],
    "4k": ["-b", "4096", "-I", "256", "32M"],
    "1k_full": ["-b", "1024", "-I", "128", "3M"],
    "4k_full": ["-b", "4096", "-I", "256", "6M"],
    "old": ["-b", "1024", "-I", "256", "-O", "^filetype,^sparse_super,^resize_inode", "9M"],
}


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    out = tmp_path_factory.mktemp("host") / "ext2_host"
    done = subprocess.run([HOST / "build.sh", out], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    return out


def make_image(path, kind, *options):
    *arguments, size = KINDS[kind]
    with open(path, "wb") as image:
        image.truncate(int(size[:-1]) << 20)
    subprocess.run([shutil.which("mke2fs", path="/usr/sbin:/sbin:/usr/bin"), "-q", "-F", "-t", "ext2", *arguments, *options, path],
                   check=True, stderr=subprocess.DEVNULL)
    return path


def run(program, *arguments, deadline=300):
    return subprocess.run([program, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", timeout=deadline)


def assert_clean(image):
    done = subprocess.run([shutil.which("e2fsck", path="/usr/sbin:/sbin:/usr/bin"), "-fn", image],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_random_operations_agree_with_the_model(program, tmp_path, kind, seed):
    """Thousands of file operations give what a simple model gives, also on a full disk, and e2fsck finds nothing."""
    image = make_image(tmp_path / "image", kind)
    done = run(program, "stress", image, seed, 5000)
    assert done.returncode == 0, done.stdout
    assert_clean(image)


@pytest.mark.parametrize("kind", ["1k", "4k"])
@pytest.mark.parametrize("mode", ["fail", "fill"])
def test_want_of_memory_and_of_space_leave_a_clean_disk(program, tmp_path, kind, mode):
    """Each allocation that fails is an error for the caller and nothing else; a full disk can be emptied again."""
    image = make_image(tmp_path / "image", kind)
    done = run(program, mode, image)
    assert done.returncode == 0, done.stdout
    assert_clean(image)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("kind", ["1k", "4k"])
def test_threads_do_not_disturb_each_other(program, tmp_path, kind, seed):
    """Four threads that make, write, rename and remove files, with syncs in between, find what they wrote."""
    image = make_image(tmp_path / "image", kind)
    done = run(program, "threads", image, seed)
    assert done.returncode == 0, done.stdout
    assert_clean(image)


@pytest.mark.parametrize("kind", ["1k", "4k"])
def test_damaged_images_are_refused_or_survived(program, tmp_path, kind):
    """Whatever bytes of the metadata are wrong, nothing crashes, hangs or trips an assertion."""
    stage = tmp_path / "stage"
    (stage / "sub").mkdir(parents=True)
    (stage / "empty").mkdir()
    (stage / "many").mkdir()
    chance = random.Random(7)
    (stage / "big").write_bytes(chance.randbytes(900_000))
    (stage / "sub" / "link").symlink_to("big")
    (stage / "sub" / "long").symlink_to("x" * 200)
    for i in range(120):
        (stage / "many" / f"file{i}").write_text(str(i))
    good = bytes(make_image(tmp_path / "good", kind, "-N", "256", "-d", stage).read_bytes())
    block = 1024 if kind == "1k" else 4096
    for _ in range(60):
        data = bytearray(good)
        start, size = chance.choice([(1024, 204), (max(2 * 1024, block), 64), (0, 300 << 10), (5 * block, 60 << 10)])
        for _ in range(chance.choice([1, 2, 5, 20, 100])):
            at = start + chance.randrange(size)
            data[at] = chance.choice([0, 255, chance.randrange(256), data[at] ^ 1 << chance.randrange(8)])
        (tmp_path / "bad").write_bytes(data)
        done = run(program, "walk", tmp_path / "bad", 1, deadline=60)
        assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", ["1k", "4k"])
def test_readers_do_not_undo_a_write_under_way(program, tmp_path, kind, seed):
    """A file that is written while others read it, and while its pages are evicted, holds what was written last."""
    image = make_image(tmp_path / "image", kind)
    done = run(program, "append", image, seed)
    assert done.returncode == 0, done.stdout
    assert_clean(image)
