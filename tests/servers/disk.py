"""A small disk of its own, to be filled."""

import os
import subprocess
from contextlib import contextmanager

import pytest


@contextmanager
def disk(folder, size):
    """`folder`, on a disk of `size` as mount knows it (`4m`); skips where none can be mounted."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder]
    mounted = subprocess.run(command, check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no small disk here: {mounted.stderr.decode()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)
