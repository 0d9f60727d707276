"""A tree of files whose writer is killed at any step that it takes: what is there is whole, and goes on."""

import subprocess
import sys
from pathlib import Path

import pytest

from voicekit import stores
from voicekit.stores import Body, sftp

# Dies before the n-th call that changes something; `done` when there were fewer.
_KILLED = """
import os, sys
from pathlib import Path
from voicekit import stores
from voicekit.stores import Body

address, verb, left = sys.argv[1], sys.argv[2], int(sys.argv[3])

def counted(owner, name):
    inner = getattr(owner, name)
    def call(*args, **kwargs):
        global left
        if not left:
            os.kill(os.getpid(), 9)
        left -= 1
        return inner(*args, **kwargs)
    setattr(owner, name, call)

store = stores.reach(address)
before = store.stat("a/b")
if address.startswith("file:"):
    for name in ("open", "fsync", "unlink", "mkdir", "rename", "replace"):
        counted(os, name)
else:
    from voicekit.stores.sftp_client import Client
    counted(Client, "ask")
body = Body.of(b"after" * 20000)
match verb:
    case "put": store.put("a/b", body)
    case "absent": store.put("a/b", body, if_absent=True)
    case "replace": store.replace("a/b", body, before.tag)
    case "delete": store.delete("a/b")
print("done")
"""


@pytest.mark.parametrize("verb", ["put", "absent", "replace", "delete"])
@pytest.mark.parametrize(
    ("scheme", "stride"),
    [
        ("file", 5),
        ("sftp", 29),
        pytest.param("file", 1, marks=pytest.mark.faults),
        pytest.param("sftp", 1, marks=pytest.mark.faults),
    ],
)
def test_killed_at_any_step(nas, tmp_path, reach, hasty, monkeypatch, scheme, stride, verb):
    monkeypatch.setattr(sftp, "LEASE", 1.5)
    before, after = b"before" * 20000, b"after" * 20000
    steps = 0
    while True:
        root = tmp_path / str(steps)
        root.mkdir()
        address = nas.address(root) if scheme == "sftp" else f"file:{root}"
        store = reach(address)
        if verb != "absent":
            store.put("a/b", Body.of(before))
        ran = subprocess.run(
            [sys.executable, "-c", _KILLED, address, verb, str(steps)], capture_output=True, check=False
        )
        assert ran.returncode in (0, -9), ran.stderr.decode()
        _is_whole(store, root, before if verb != "absent" else None, None if verb == "delete" else after)
        store.put("a/b", Body.of(b"anew"))
        assert stores.read(store, "a/b", 9) == b"anew"
        store.close()
        if ran.returncode == 0:
            break
        steps += stride
    assert steps >= 3


def _is_whole(store, root: Path, *allowed: bytes | None) -> None:
    stat = store.stat("a/b")
    there = stores.read(store, "a/b", 1_000_000) if stat else None
    assert there in allowed
    assert [stat.key for stat in store.list()] == (["a/b"] if stat else [])
    assert (root / "a/b").exists() == bool(stat)
