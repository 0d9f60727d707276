"""calls verify: what is missing, changed or strange in store and ledgers is found, and what is whole is not blamed."""

import os
import re
import shutil
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from calls.archives import DAY, HOUR, Workspace, codes, lay, name, sound, tree
from calls.erasing import erase

from voicekit.calls import access, chain, ledgers
from voicekit.calls.chain import Kind
from voicekit.calls.index.selection import Selection
from voicekit.jobs import verify_calls
from voicekit.stores import Body


@pytest.fixture
def one(tmp_path):
    made = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas")
    for number in range(5):
        lay(made.spool, name(number), sound(number))
    made.archive(free=False)
    return made


@pytest.fixture
def calls(tmp_path):
    return lambda: sorted((tmp_path / "nas/calls").rglob("*-*"))


def test_what_is_whole(one):
    assert codes(one.verify()) == ["verified"] * 5


def test_missing_changed_and_strange_objects(one, calls, tmp_path):
    missing, changed, longer, *_ = calls()
    missing.unlink()
    changed.write_bytes(changed.read_bytes()[:-1] + b"?")
    longer.write_bytes(longer.read_bytes() + b"?")
    for key, age in (
        ("calls/aa/aaaaaaaa-0000-8000-8000-000000000000", 2 * DAY),
        ("calls/no-uuid", 2 * DAY),
        ("calls/x", 1),
    ):
        with one.reach() as store:
            store.put(key, Body.of(b"x"))
        os.utime(tmp_path / "nas" / key, (time.time() - age,) * 2)
    said = one.verify()
    assert codes(said) == ["missing"] + ["not-verified"] * 3 + ["stray"] * 2 + ["verified"] * 2
    bad = {outcome.subject for outcome in said if outcome.bad}
    assert bad == {missing.name, changed.name, longer.name}
    assert {outcome.verdict for outcome in said if outcome.code == "stray"} == {"skipped"}


def test_a_part_of_them_is_drawn_by_lot(one, monkeypatch):
    with one.reach() as store:
        drawn = [
            codes(verify_calls.apply(one.settings, one.ring, store, share=share)).count("verified")
            for share in [0.5] * 30 + [1e-9, 1.0]
        ]
    assert 20 < sum(drawn[:30]) < 130  # 75 of 150: by chance this fails once in 10^17
    assert len(set(drawn[:30])) > 1
    assert drawn[30:] == [1, 5]


def test_a_share_is_a_percentage(one, run):
    """1 would be one recording to some, and a hundredth to others."""
    for wrong in ("1", "0%", "101%", "%", "x%"):
        ran = run("calls", "verify", "--sample", wrong, "-C", one.root)
        assert (ran.code, "as 1% or 0.5%" in ran.err) == (2, True)
    assert run("calls", "verify", "--sample", "0.001%", "-C", one.root).out == "1 in all: 1 verified\n"


def test_those_that_were_archived_since_a_moment(one):
    now = int(time.time())
    with one.reach() as store:
        assert codes(verify_calls.apply(one.settings, one.ring, store, since=now - HOUR)) == ["verified"] * 5
        assert codes(verify_calls.apply(one.settings, one.ring, store, since=now + HOUR)) == []


def test_a_page_that_is_gone_or_another(one, tmp_path):
    (page,) = (tmp_path / "nas/meta").rglob("*-*")
    before = tmp_path / "before"
    shutil.copytree(tmp_path / "nas", before)
    page.unlink()
    assert codes(one.verify()).count("not-verified") == 5
    shutil.rmtree(tmp_path / "nas")
    shutil.copytree(before, tmp_path / "nas")
    with one.reach() as store:
        store.put(f"meta/pbx1/{page.name}", Body.of(page.read_bytes().splitlines(keepends=True)[0]))
    assert codes(one.verify()).count("not-verified") == 5


def test_a_master_key_that_is_lacking_is_told_once(one, monkeypatch):
    monkeypatch.setattr(verify_calls, "_BATCH", 2)  # by several processes
    ring = replace(one.ring, secrets=(b"x" * 32,))
    with one.reach() as store:
        list(verify_calls.apply(one.settings, ring, store))  # the index tells of it as well, the first time
        (told,) = verify_calls.apply(one.settings, ring, store)
    assert told.bad
    assert told.data == {"recordings": 5}
    assert told.detail.startswith(
        f"5 recordings can't be opened: the key file has no master key {one.ring.id}; voicekit"
    )


def test_each_damage_of_a_ledger_is_told_with_its_place(one, tmp_path):
    """Here, in the store, or in one of both; of another writer, too."""
    other = Workspace(tmp_path / "other", tmp_path / "more", one.store, key=one.key)
    lay(other.spool, name(9), sound(9))
    other.archive(free=False)
    segment = tmp_path / f"nas/ledger/{one.writer}/00000001.jsonl"
    whole = segment.read_bytes()
    for workspace in (one, other):
        said = workspace.verify()
        assert codes(said) == ["verified"] * 6
    segment.unlink()
    (bad,) = [outcome for outcome in one.verify() if outcome.bad]
    assert "is not there; voicekit calls archive puts it again" in bad.detail
    assert codes(one.archive(free=False)) == []
    assert segment.read_bytes() == whole
    assert not [outcome for outcome in one.verify() if outcome.bad]
    with one.reach() as store:
        store.put(f"ledger/{one.writer}/00000001.jsonl", Body.of(whole.replace(b'"size":', b'"size":1', 1)))
    for workspace in (one, other):
        (bad,) = [outcome for outcome in workspace.verify() if outcome.bad]
        assert (bad.subject, bad.code) == (one.writer, "ledger-damaged")
        assert "00000001.jsonl" in bad.detail


def test_the_root_of_a_day_vouches_for_all_that_was_said(one, monkeypatch):
    """Of a day that is over for good; else `so far`. Of what kind a ledger is, its receipts tell."""
    recording, *_ = one.receipts()
    monkeypatch.setattr(chain, "stamp", lambda at, stamp=chain.stamp: stamp(at - timedelta(days=1)))
    with one.reach() as store:
        access.say(one.settings, one.ring, store, Kind.ACCESS, [recording], "why", "play")
        last = list(ledgers.behind(one.settings.ledger, 0))[-1][2].splitlines()[-1]
    monkeypatch.undo()
    with one.reach() as store:
        roots = [o for o in verify_calls.apply(one.settings, one.ring, store, roots=True) if o.code == "root"]
    running, over = roots
    assert running.data["hash"].encode() in last
    line = "[0-9]{4}-[0-9]{2}-[0-9]{2}  line [0-9]+  [0-9a-f]{64}"
    assert re.fullmatch(f"{line}  5 receipts, so far", running.detail)
    assert re.fullmatch(f"{line}  0 receipts", over.detail)
    assert [(root.data["receipts"], root.data["final"]) for root in roots] == [(5, False), (0, True)]


def test_verifying_changes_nothing_in_store_and_ledger(one, tmp_path):
    before = tree(tmp_path / "nas"), tree(one.settings.ledger), tree(one.spool)
    one.verify()
    assert (tree(tmp_path / "nas"), tree(one.settings.ledger), tree(one.spool)) == before


def test_many_are_read_by_processes_and_one_that_dies_is_told(one, calls, monkeypatch):
    monkeypatch.setattr(verify_calls, "_BATCH", 2)
    calls()[0].unlink()
    said = one.verify()
    assert codes(said) == ["missing", "not-verified"] + ["verified"] * 4
    parent = os.getpid()

    def dies(*_):
        if os.getpid() != parent:
            os.kill(os.getpid(), 9)

    monkeypatch.setattr(verify_calls, "_read", dies)
    said = one.verify()
    assert codes(said) == ["missing"] + ["not-verified"] * 5
    assert any("its process died" in outcome.detail for outcome in said)


@pytest.mark.parametrize(("sealed", "bad"), [(True, False), (False, True)])
def test_what_was_erased_and_is_put_back(tmp_path, sealed, bad):
    """As by who brings a bucket back from its copy."""
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas", sealed=sealed)
    lay(one.spool, name(1), sound(1))
    one.archive(free=False)
    (there,) = (tmp_path / "nas/calls").rglob("*-*")
    data = there.read_bytes()
    erase(one, Selection(recordings=(there.name,)))
    assert codes(one.verify()) == []
    there.parent.mkdir(parents=True, exist_ok=True)
    there.write_bytes(data)
    (said,) = one.verify()
    assert (said.code, said.subject, said.bad) == ("lies-again", there.name, bad)
