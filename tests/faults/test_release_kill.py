"""kill -9 and broken connections in build, push and pull: no release is less than whole, and the next run ends it."""

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from urllib.parse import urlsplit

import pytest
from release.conftest import speak
from sites import Site

from voicekit import stores
from voicekit.release import shelf, stock, transfer

PROMPTS = {f"custom/p{n}": f"Message {n}." for n in range(40)}


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A workspace with so much in it that a push takes a while."""
    site = Site(tmp_path_factory.mktemp("once") / "site", PROMPTS)
    speak(site)
    assert start(site.root, "build").wait() == 0
    return site


def start(root, verb, *argv):
    command = [sys.executable, "-m", "voicekit", "release", verb, "-C", str(root), *argv]
    return subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def whole(store, manifest):
    """A release that the store names is there, each byte of it. Gives whether it names one."""
    assert set(stock.releases(store)) <= {manifest.id}
    if not stock.releases(store):
        return False
    assert stock.load(store, manifest.id).data == manifest.data
    for _, result in transfer.prove(transfer.needs(manifest, masters=True), store):
        assert isinstance(result, int), result
    return True


def timed(begin):
    began = time.monotonic()
    assert begin().wait() == 0
    return time.monotonic() - began


def disturb(begin, chance, seconds):
    """Kill a run at a random moment; gives whether it was alive."""
    run = begin()
    time.sleep(chance.uniform(0.4, 1.0) * seconds)
    os.killpg(run.pid, signal.SIGKILL)
    return run.wait() == -signal.SIGKILL


def torment(begin, clean, look, moments, seed):
    """Runs that are killed until so many were under way; after each the state is whole, and the next run ends it."""
    clean()
    seconds, chance, landed = timed(begin), random.Random(seed), 0
    assert look()
    for _ in range(3 * moments + 3):
        clean()
        if disturb(begin, chance, seconds):
            landed += 1
        else:
            seconds *= 0.8  # the first run was slower, with cold caches
        look()
        assert begin().wait() == 0
        assert look()
        if landed >= moments:
            return
    pytest.fail("most kills came too late")


MOMENTS = [1, pytest.param(30, marks=pytest.mark.faults)]


@pytest.fixture
def site(once, tmp_path):
    shutil.copytree(once.root, tmp_path / "site")
    return Site(tmp_path / "site", PROMPTS)


@pytest.fixture
def manifest(once):
    here = shelf.of(once.load())
    return stock.load(here, stock.find(here, ""))


def emptied(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()


@pytest.mark.parametrize("moments", MOMENTS)
def test_build(site, manifest, moments):
    look = lambda: whole(shelf.of(site.load()), manifest)  # noqa: E731  what all of them call it
    clean = lambda: shutil.rmtree(site.root / "store", ignore_errors=True)  # noqa: E731
    torment(lambda: start(site.root, "build"), clean, look, moments, "build")


@pytest.mark.parametrize("moments", MOMENTS)
def test_push_to_a_folder(site, manifest, tmp_path, moments):
    away = tmp_path / "away"
    begin = lambda: start(site.root, "push", "--store", f"file:{away}")  # noqa: E731
    look = lambda: whole(stores.reach(f"file:{away}"), manifest)  # noqa: E731
    torment(begin, lambda: emptied(away), look, moments, "push")


@pytest.mark.parametrize("moments", MOMENTS)
def test_pull(site, manifest, tmp_path, moments):
    away, other = tmp_path / "away", Site(tmp_path / "other", {"x": "X."})
    emptied(away)
    assert start(site.root, "push", "--store", f"file:{away}").wait() == 0
    begin = lambda: start(other.root, "pull", "--store", f"file:{away}")  # noqa: E731
    look = lambda: whole(shelf.of(other.load()), manifest)  # noqa: E731

    def clean():
        shutil.rmtree(other.root / "store", ignore_errors=True)
        shutil.rmtree(other.root / "masters", ignore_errors=True)

    torment(begin, clean, look, moments, "pull")


@pytest.mark.parametrize("moments", MOMENTS)
def test_push_to_a_server(site, manifest, rgw, rgw_bucket, moments):
    numbers = iter(range(10_000))
    prefix = ["p"]
    begin = lambda: start(site.root, "push", "--store", rgw.address(rgw_bucket, prefix[0]))  # noqa: E731
    look = lambda: whole(stores.reach(rgw.address(rgw_bucket, prefix[0])), manifest)  # noqa: E731
    clean = lambda: prefix.__setitem__(0, f"p{next(numbers)}")  # noqa: E731
    torment(begin, clean, look, moments, "server")


class Wire:
    """A connection to a server that is cut now and then, in the middle of whatever goes over it."""

    def __init__(self, endpoint, chance):
        parts = urlsplit(endpoint)
        self._server, self._chance, self.cuts = (parts.hostname, parts.port), chance, 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self._socket.close()

    def _serve(self):
        while True:
            try:
                ours, _ = self._socket.accept()
            except OSError:
                return
            theirs = socket.create_connection(self._server)
            fuse = [self._chance.randrange(20_000, 900_000)]
            for one, other in ((ours, theirs), (theirs, ours)):
                threading.Thread(target=self._pass, args=(one, other, fuse), daemon=True).start()

    def _pass(self, source, sink, fuse):
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                fuse[0] -= len(data)
                if fuse[0] < 0:
                    self.cuts += 1
                    break
                sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@pytest.mark.parametrize("rounds", [1, pytest.param(12, marks=pytest.mark.faults)])
def test_a_connection_that_breaks(site, manifest, rgw, rgw_bucket, rounds):
    chance, cuts = random.Random(rounds), 0
    for number in range(rounds):
        wire = Wire(rgw.endpoint, chance)
        away = rgw.address(rgw_bucket, f"w{number}", wire.endpoint)
        for _ in range(4):
            if start(site.root, "push", "--store", away).wait() == 0:
                break
        else:
            pytest.fail("never came to an end")
        assert whole(stores.reach(rgw.address(rgw_bucket, f"w{number}")), manifest)
        cuts += wire.cuts
        wire.close()
    assert cuts
