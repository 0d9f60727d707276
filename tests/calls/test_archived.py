"""What is archived, as all ledgers say it: heard once, and never forgotten."""

import shutil
import sqlite3
from uuid import UUID

import pytest
from calls.archives import Workspace, codes, lay, name, sha, sound
from calls.test_ledger import receipt
from hypothesis import given
from hypothesis import strategies as st

from voicekit.calls import hearing, seen
from voicekit.calls.archived import Archived
from voicekit.calls.chain import START, Cursor, Entry, Kind
from voicekit.calls.receipts import Receipt
from voicekit.errors import LockedError, VerificationError
from voicekit.jobs import archive_calls, reindex_calls


def entry(kind, body):
    return Entry(1, START.hash, kind, "2026-11-30T12:00:00Z", body, START.hash)


def add(known, entries):
    known.add(entries, "w-1", Cursor(1, 2, START), b"")


@pytest.fixture
def known(tmp_path):
    with seen.opened(tmp_path / "seen.sqlite") as cache:
        yield cache.archived


def test_of_two_receipts_for_one_content_the_first_counts(known):
    one, two = receipt(1), receipt(2)
    again = Receipt.of(two.body | {"original": one.original})
    add(known, (entry(Kind.RECEIPT, each.body) for each in (one, again)))
    add(known, [entry(Kind.ERASE, {"recording": one.recording})])
    assert known.find(one.original) == one.recording
    assert known.find(two.original) == ""
    assert known.has("") is False
    assert set(known.of([one.recording, two.recording])) == {one.recording}


@given(st.lists(st.integers(0, 3000), max_size=600), st.lists(st.integers(0, 3000), max_size=1200))
def test_which_of_many_are_archived(there, asked):
    from contextlib import closing

    with closing(sqlite3.connect(":memory:")) as base:
        from voicekit.calls import archived

        for table in (archived.TABLE, archived.PAGES, archived.GONE, archived.LOST, hearing.TABLE):
            base.execute(table)
        known = Archived(base)
        body = receipt().body
        told = (body | {"original": f"{n:064x}", "recording": str(UUID(int=n))} for n in there)
        add(known, (entry(Kind.RECEIPT, each) for each in told))
        assert {UUID(one).int for one in known.of([str(UUID(int=n)) for n in asked])} == set(there) & set(asked)


def test_no_line_is_heard_twice(tmp_path, monkeypatch):
    """Not in the store, and not here; and nobody's line is missed."""
    far = Workspace(tmp_path / "far", tmp_path / "spool1", f"file:{tmp_path}/nas")
    one = Workspace(tmp_path / "one", tmp_path / "spool2", f"file:{tmp_path}/nas", key=far.key)
    heard = []
    news = hearing.news

    def counted(*told):
        for entries, to in news(*told):
            heard.extend(entry.hash for entry in entries if entry.kind is not Kind.SEGMENT)
            yield entries, to

    monkeypatch.setattr(hearing, "news", counted)
    lay(one.spool, name(9), sound(9))
    assert codes(one.archive()) == ["archived"]
    assert heard == []  # what it says itself it has heard
    for number in range(3):
        lay(far.spool, name(number), sound(number))
        far.archive()
        heard.clear()
        lay(one.spool, name(number), sound(number))
        assert codes(one.archive()) == ["known"]
        lay(one.spool, name(10 + number), sound(10 + number))
        assert codes(one.archive()) == ["archived"]
    heard.clear()
    one.archive()
    one.archive()
    assert heard == []


def test_a_ledger_that_was_put_in_the_place_of_another_is_told(tmp_path):
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas")
    lay(one.spool, name(1), sound(1))
    one.archive()
    one.archive()
    with one.reach() as store, seen.opened(one.settings.seen) as cache:
        since = hearing.cursor(cache._base, one.writer)
        strange = Cursor(since.segment, since.lines, START)
        with pytest.raises(VerificationError, match="not the ledger that was read before"):
            list(hearing.news(one.settings, store, one.writer, one.writer, strange))
        assert cache.archived.has(sha(sound(1)))
        cache.archived.forget()
        assert not cache.archived.has(sha(sound(1)))
        assert list(cache.archived.hear(one.settings, store, one.writer, one.ring.naming)) == []
        assert cache.archived.has(sha(sound(1)))


def test_what_is_forgotten_during_a_run_is_heard_again(tmp_path):
    """As by a reindex elsewhere, or who removed the cache. No sound of ours is put anew under another key."""
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas")
    for number in range(200):
        lay(one.spool, name(number), sound(number))
    with one.reach() as store:
        said = archive_calls.apply(one.settings, one.ring, store, one.settings.chosen(()), free=False)
        first = next(said)
        with pytest.raises(LockedError), one.reach() as again:
            list(reindex_calls.apply(one.settings, one.ring, again))
        with seen.opened(one.settings.seen) as cache:
            cache.archived.forget()
        assert codes([first, *said]).count("archived") == 200
    assert set(codes(one.archive(free=False))) <= {"known"}
    assert codes(one.verify()) == ["verified"] * 200


def test_an_object_whose_key_is_ours_is_never_put_anew(tmp_path):
    """Also where nobody remembers it: as its page says."""
    one = Workspace(tmp_path / "one", tmp_path / "spool", f"file:{tmp_path}/nas")
    lay(one.spool, name(1), sound(1))
    one.archive(free=False)
    (there,) = (tmp_path / "nas/calls").rglob("*-*")
    before = there.read_bytes()
    for segment in one.settings.ledger.glob("*.jsonl"):
        segment.unlink()
    shutil.rmtree(tmp_path / "nas/ledger")
    assert codes(one.archive(free=False)).count("archived") == 1
    assert there.read_bytes() == before
    assert codes(one.verify()) == ["verified"]
