"""Workspaces with releases, and stores for them."""

import shutil

import pytest
from sites import Site

from voicekit import stores
from voicekit.jobs import build_release, revoice
from voicekit.release import shelf, stock
from voicekit.state import Situation


def build(site, **options):
    """What `release build` gives."""
    plan = build_release.plan(site.situation())
    return list(build_release.apply(plan, shelf.of(site.load()), partial=False, **options))


def speak(site):
    """What `revoice` does."""
    workspace = site.load()
    with workspace.exclusive():
        assert not any(x.bad for x in revoice.apply(revoice.plan(Situation.read(workspace))))


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """Made once for all tests, which get copies."""
    site = Site(tmp_path_factory.mktemp("once") / "site")
    speak(site)
    assert not any(x.bad for x in build(site))
    return site


@pytest.fixture
def made(once, tmp_path):
    """A small workspace with everything spoken and one release."""
    shutil.copytree(once.root, tmp_path / "site")
    return Site(tmp_path / "site")


@pytest.fixture
def here(made):
    """The store of that workspace."""
    return shelf.of(made.load())


@pytest.fixture
def manifest(here):
    return stock.load(here, stock.find(here, ""))


@pytest.fixture
def folder(tmp_path):
    """`folder(name)`: an empty store."""

    def make(name="away"):
        (tmp_path / name).mkdir()
        return stores.reach(f"file:{tmp_path / name}")

    return make
