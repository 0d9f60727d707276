"""A small disk of its own, to be filled."""

import os
import shutil
import subprocess
from contextlib import contextmanager, suppress

import pytest


@contextmanager
def disk(folder, size):
    """`folder`, on a disk of `size` as mount knows it (`4m`); skips where none can be mounted."""
    with _mounted(folder, ["-t", "tmpfs", "-o", f"size={size}", "none"]):
        yield folder


@contextmanager
def ext4(folder, image, size):
    """`folder`, on a disk of `size` bytes as most PBXs have it, in the file `image`: without room for one more block
    once it is full, also for root.
    """
    if os.geteuid() != 0 or not shutil.which("mkfs.ext4"):
        pytest.skip("only root may mount a small disk, made by e2fsprogs")
    with image.open("wb") as file:
        file.truncate(size)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", "-b", "4096", image], check=True)
    with _mounted(folder, ["-o", "loop", image]):
        yield folder


@contextmanager
def _mounted(folder, what):
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    mounted = subprocess.run(["mount", *what, folder], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no small disk here: {mounted.stderr.decode()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def fill(folder):
    """To the last block; what is to be removed to have room again."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            with suppress(OSError):
                while file.write(b"x" * size):
                    pass
    return ballast
