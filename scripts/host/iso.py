"""Makes a bootable ISO: GRUB, the kernel, and a root image small enough to be held in memory as a module."""

import pathlib
import shutil
import subprocess
import tempfile

from host import image

ROOT = pathlib.Path(__file__).resolve().parents[2]
GRUB_MODULES = "normal multiboot iso9660 biosdisk part_msdos part_gpt configfile search"


def quoted_for_grub(options):
    """Each word in single quotes: GRUB's shell would take ; $ # and others for itself."""
    return " ".join("'" + word.replace("'", r"'\''") + "'" for word in options.split())


def make_iso(output, built, kernel_options, additions=()):
    """Writes `output`; kernel_options is the kernel's whole command line."""
    mkrescue = shutil.which("grub-mkrescue") or shutil.which("grub2-mkrescue")
    if not mkrescue or not shutil.which("xorriso"):
        raise image.ImageError("an ISO needs grub-mkrescue and xorriso: run scripts/setup iso")
    with tempfile.TemporaryDirectory(prefix="faultline-iso-") as name:
        boot = pathlib.Path(name) / "boot"
        (boot / "grub").mkdir(parents=True)
        shutil.copy(built.kernel_without_debug_info, boot / "faultline.elf")
        image.make_image(boot / "root.img", built.stage, additions, size=None)
        menu = (ROOT / "boot" / "grub.cfg.in").read_text()
        (boot / "grub" / "grub.cfg").write_text(menu.replace("@KERNEL_OPTIONS@", quoted_for_grub(kernel_options)))
        done = subprocess.run([mkrescue, "-o", str(output), "--locales=", "--fonts=", "--themes=",
                               f"--install-modules={GRUB_MODULES}", name],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise image.ImageError(f"grub-mkrescue: {done.stdout.strip()}")
