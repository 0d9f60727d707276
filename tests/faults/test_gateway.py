"""A real server that is killed in the middle of uploads and started again: nothing is lost, and nobody has to help."""

import os
import random
import signal
import subprocess
import time
from pathlib import Path
from threading import Thread

import pytest
from docs.blocks import ROOT
from servers import s3

from voicekit import stores
from voicekit.stores import Body, copying
from voicekit.stores.copying import Did

pytestmark = pytest.mark.faults

PORT = 17480  # of a gateway of its own: what is killed here is nobody else's


def script(name, root):
    env = {**os.environ, "RGW_ROOT": str(root), "RGW_PORT": str(PORT), "RGW_DISK": str(2 << 30)}
    subprocess.run(["bash", ROOT / f"tests/servers/{name}"], env=env, check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def mortal(tmp_path_factory):
    """A gateway, and how to kill it and to have it back."""
    if s3.rgw() is None:
        pytest.skip(s3.MISSING)
    root = Path("/tmp/voicekit-rgw-mortal")  # sockets have short paths
    script("start-rgw.sh", root)
    yield root
    script("stop-rgw.sh", root)
    subprocess.run(
        ["bash", ROOT / "tests/servers/stop-rgw.sh", "--wipe"], env={**os.environ, "RGW_ROOT": str(root)}, check=True
    )


@pytest.mark.parametrize("seed", range(3))
def test_killed_in_mid_upload(mortal, tmp_path, monkeypatch, seed):
    monkeypatch.setenv("VOICEKIT_RGW", str(mortal))
    server = s3.rgw()
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    chance = random.Random(seed)
    source = stores.reach(f"file:{tmp_path}")
    for number in range(60):
        source.put(f"blobs/{number}", Body.of(chance.randbytes(chance.choice([10, 50_000, 3_000_000]))))
    client = server.client()
    client.create_bucket(Bucket=f"mortal-{seed}")
    target = stores.reach(server.address(f"mortal-{seed}"))
    did = {}

    def copy():
        for stat, what in copying.copy(source, target):
            did[stat.key] = what

    copier = Thread(target=copy)
    copier.start()
    time.sleep(chance.uniform(0.2, 1.0))
    os.kill(int((mortal / "run/rgw.pid").read_text()), signal.SIGKILL)
    done = len(did)
    script("start-rgw.sh", mortal)
    copier.join()
    assert done < 60
    assert set(did.values()) == {Did.COPIED}
    whole = {stat.key: stores.read(target, stat.key, 1 << 24) for stat in target.list()}
    assert whole == {stat.key: stores.read(source, stat.key, 1 << 24) for stat in source.list()}
