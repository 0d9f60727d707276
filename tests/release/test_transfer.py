"""Push and pull: nothing names what is not there, whatever fails; the next run does the rest."""

import contextlib
import os
import random
import shutil

import pytest
from release.conftest import build, speak
from sites import Site

from voicekit import stores, workspace
from voicekit.errors import InputError, StoreError, VerificationError
from voicekit.jobs import copy_release
from voicekit.release import blob_key, manifest_key, release_of, shelf, stock, transfer
from voicekit.stores import Body, copying
from voicekit.stores.faults import AbsentError, UnreachableError


def codes(outcomes):
    return [outcome.code for outcome in outcomes if outcome.code != "copied"]


def contents(store):
    return {stat.key: stores.read(store, stat.key, 1 << 24) for stat in store.list()}


def whole(store):
    """Every manifest in a store has all its blobs, byte for byte."""
    for release in stock.releases(store):
        manifest = stock.load(store, release)
        for _, result in transfer.prove(transfer.needs(manifest, masters=False), store):
            assert isinstance(result, int), result
    return True


class Shaky:
    """A store that fails after some puts."""

    def __init__(self, store, puts):
        self._store, self._puts = store, puts

    def __getattr__(self, name):
        return getattr(self._store, name)

    def put(self, key, body, **options):
        self._puts -= 1
        if self._puts < 0:
            raise StoreError("gone")
        self._store.put(key, body, **options)


def test_there_and_back_is_the_same(made, here, folder, tmp_path):
    away = folder()
    assert codes(copy_release.apply(here, away, "")) == ["brought"]
    assert codes(copy_release.apply(here, away, "")) == ["kept"]
    other = Site(tmp_path / "other")
    back = shelf.of(other.load())
    assert codes(copy_release.apply(away, back, "", only="Wind")) == ["brought"]
    assert contents(back) == contents(here)
    assert other.tree("masters") == made.tree("masters")
    assert codes(copy_release.verify(back, "", masters=True)) == ["proved"]


def test_on_a_real_server(made, here, rgw, rgw_bucket, tmp_path):
    away = stores.reach(rgw.address(rgw_bucket, "acme"))
    assert codes(copy_release.apply(here, away, "")) == ["brought"]
    assert codes(copy_release.apply(here, away, "")) == ["kept"]
    assert codes(copy_release.verify(away, "", masters=True)) == ["proved"]
    back = shelf.of(Site(tmp_path / "other").load())
    assert codes(copy_release.apply(away, back, "")) == ["brought"]
    assert contents(back) == contents(here)


def test_without_masters(here, folder):
    away = folder()
    list(copy_release.apply(here, away, "", masters=False))
    assert not list(away.list("masters/"))
    assert codes(copy_release.verify(away, "", masters=False)) == ["proved"]
    assert codes(copy_release.verify(away, "", masters=True)) == ["missing"] * 3 + ["not-whole"]


def test_a_release_of_another_workspace_is_not_pulled(here, folder):
    with pytest.raises(InputError, match="of the workspace"):
        list(copy_release.apply(here, folder(), "", only="Acme"))


@pytest.mark.parametrize("puts", range(0, 14, 2))
def test_stopped_after_any_put_nothing_is_promised_and_the_next_run_ends_it(here, folder, puts):
    away = folder()
    with pytest.raises(StoreError, match="gone"):
        list(copy_release.apply(here, Shaky(away, puts), ""))
    assert not stock.releases(away)
    assert len(list(away.list())) == puts
    assert codes(copy_release.apply(here, away, "")) == ["brought"]
    assert whole(away)


def test_what_lies_there_in_another_size_is_put_again(here, folder, manifest):
    away = folder()
    away.put(blob_key(min(manifest.blobs)), Body.of(b"cut sho"))
    assert codes(copy_release.apply(here, away, "")) == ["brought"]
    assert whole(away)


def test_what_is_deleted_while_it_is_pushed_is_noticed(here, folder, manifest):
    """`store gc` looked at the releases before this one came, and deletes what it needs."""

    class Tidied(Shaky):
        def put(self, key, body, **options):
            self._store.put(key, body, **options)
            if release_of(key):
                self._store.delete(blob_key(min(manifest.blobs)))

    away = folder()
    assert codes(copy_release.apply(here, Tidied(away, 0), "")) == ["incomplete"]
    assert codes(copy_release.apply(here, away, "")) == ["brought"]
    assert whole(away)


def test_a_blob_that_is_damaged_here_is_named_and_no_manifest_follows(made, here, folder, manifest):
    victim = sorted(manifest.blobs)[1]
    path = made.root / "store" / blob_key(victim)
    good = path.read_bytes()
    path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    away = folder()
    outcomes = list(copy_release.apply(here, away, ""))
    assert codes(outcomes) == ["damaged", "incomplete"]
    assert victim[:12] in outcomes[0].detail + outcomes[0].subject or any(victim in o.subject for o in outcomes)
    assert not stock.releases(away)
    path.write_bytes(good)
    assert codes(copy_release.apply(here, away, "")) == ["brought"]


def test_a_store_that_lies_about_its_blobs(here, folder, manifest, tmp_path):
    """Put with a valid hash of its own under another's name: what the store proves is not what the manifest says."""
    away = folder()
    list(copy_release.apply(here, away, ""))
    victim, size = next(iter(sorted(manifest.blobs.items())))
    away.put(blob_key(victim), Body.of(b"x" * size))
    back = shelf.of(Site(tmp_path / "other").load())
    assert codes(copy_release.apply(away, back, "")) == ["damaged", "incomplete"]
    assert not stock.releases(back)
    assert not any(victim in stat.key for stat in back.list())
    assert codes(copy_release.verify(away, "", masters=True)) == ["damaged", "not-whole"]


def test_a_manifest_under_another_name_is_not_believed(here, folder, manifest):
    away = folder()
    away.put(manifest_key("c" * 64), Body.of(manifest.data))
    with pytest.raises(VerificationError, match="not the manifest"):
        stock.load(away, "c" * 64)
    with pytest.raises(AbsentError, match="no release"):
        stock.load(away, "d" * 64)


def test_a_hostile_manifest_writes_nothing(folder, manifest, tmp_path):
    import hashlib

    away = folder()
    data = manifest.data.replace(b'"en/custom/one.ulaw"', b'"../../one.ulaw"')
    assert data != manifest.data
    away.put(manifest_key(hashlib.sha256(data).hexdigest()), Body.of(data))
    other = Site(tmp_path / "other")
    before = other.tree()
    with pytest.raises(InputError, match="lies where it must not"):
        list(copy_release.apply(away, shelf.of(other.load()), ""))
    assert other.tree() == before


def test_an_outage_stops_the_run_at_once(here, folder):
    class Dead:
        def __getattr__(self, name):
            return getattr(folder_store, name)

        def put(self, *_, **__):
            raise UnreachableError("no answer; try later")

    folder_store = folder()
    with pytest.raises(UnreachableError):
        list(copy_release.apply(here, Dead(), ""))


def test_a_release_by_its_first_digits(made, here, manifest):
    assert stock.find(here, manifest.id[:6]) == manifest.id
    made.words({"custom/one": "Press two."})
    speak(made)
    assert codes(build(made))[-1] == "released"
    second = stock.find(here, "")
    assert second != manifest.id
    assert list(stock.releases(here)) == [manifest.id, second]
    for wrong in ("abc", "zzzz", "nosuch", "0" * 64):
        with pytest.raises(InputError, match="no release or channel"):
            stock.find(here, wrong)


@pytest.fixture
def two(made, here, manifest):
    """Ids of two releases, the first made first."""
    made.words({"custom/one": "Press two."})
    speak(made)
    assert codes(build(made))[-1] == "released"
    return manifest.id, stock.find(here, "last")


def same_times(folder):
    for path in folder.rglob("*"):
        os.utime(path, (10**9, 10**9))


def test_the_last_one_is_the_last_wherever_releases_go(made, here, two, folder, tmp_path):
    """Pushed in any order, copied, with all times of files lost."""
    away, there = folder("away"), folder("there")
    for release in (*two[::-1], two[0]):
        list(copy_release.apply(here, away, release))
    for _ in copying.copy(away, there):
        pass
    for place in ("site/store", "away", "there"):
        same_times(tmp_path / place)
    for store in (here, away, there):
        assert list(stock.releases(store)) == list(two)
        assert stock.find(store, "") == stock.find(store, "last") == two[1]


def test_the_last_one_after_a_handover(made, two, run, tmp_path):
    assert run("handover", "-C", made.root, "-o", tmp_path / "a.zip").code == 0
    assert run("init", "--from", tmp_path / "a.zip", tmp_path / "back").code == 0
    same_times(tmp_path / "back/store")
    assert stock.find(shelf.of(workspace.load(tmp_path / "back")), "") == two[1]


def test_of_releases_without_a_time_the_last_is_not_guessed(made, here, two, tmp_path):
    """As an older voicekit made them."""
    for path in (tmp_path / "site/store/releases").rglob("built-*"):
        path.unlink()
    same_times(tmp_path / "site/store")
    with pytest.raises(InputError, match="name one") as caught:
        stock.find(here, "")
    assert all(release[:12] in str(caught.value) for release in two)
    os.utime(tmp_path / "site/store" / manifest_key(two[0]), (10**9 + 1, 10**9 + 1))
    assert stock.find(here, "") == two[0]


@pytest.mark.parametrize("when", ["99999999T999999999999Z", "20260301T000000Z", "x", "20260230T000000000000Z"])
def test_a_time_that_is_none_is_not_believed(here, two, when):
    here.put(f"releases/{two[0]}/built-{when}", Body.of(b""))
    assert stock.find(here, "") == two[1]


def test_the_shelf_reads_in_part(made, here, manifest):
    for key in (blob_key(min(manifest.blobs)), f"masters/{made.master('closed').stem}.flac"):
        whole_of_it = stores.read(here, key, 1 << 24)
        for start, end in ((0, 5), (3, 9), (2, None), (5, 5), (0, 1 << 30), (1 << 30, None)):
            with here.open(key, start, end) as reading:
                assert b"".join(reading) == whole_of_it[start:end]
    with pytest.raises(AbsentError):
        here.open(blob_key("0" * 64))


def test_masters_come_only_under_their_own_hash(made, here):
    with pytest.raises(VerificationError):
        here.put(f"masters/{'a' * 64}.flac", Body.of(b"x"))
    for key in ("masters/../x.flac", "masters/x.flac", f"masters/{'a' * 64}"):
        with pytest.raises(StoreError):
            here.put(key, Body.of(b"x"))
    with pytest.raises(StoreError, match="never"):
        here.delete(f"masters/{made.master('closed').stem}.flac")
    assert made.master("closed").exists()


@pytest.mark.parametrize("seed", range(4))
def test_random_faults_leave_only_whole_releases(here, folder, tmp_path, seed):
    """Puts fail, blobs vanish; what has a manifest is whole all the same, and the next push mends what is missing."""
    chance, away = random.Random(seed), folder()
    for _ in range(6):
        with contextlib.suppress(StoreError):
            list(copy_release.apply(here, Shaky(away, chance.randrange(20)), ""))
        assert whole(away)
        if chance.random() < 0.5:
            for stat in chance.sample(list(away.list()), min(2, len(list(away.list())))):
                if not release_of(stat.key) and not stock.releases(away):
                    away.delete(stat.key)
    list(copy_release.apply(here, away, ""))
    assert stock.releases(away)
    assert whole(away)
    shutil.rmtree(tmp_path / "away/blobs")
    assert codes(copy_release.apply(here, away, "")) == ["brought"]
    assert whole(away)
